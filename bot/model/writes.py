"""Every change the bot can make to the outside world, as data. The union is closed: `AnyWrite` names all of it.

A write may name an earlier one's result: `ResultOf(key)` is resolved from that write's receipt when its turn comes.
"""

from typing import ClassVar, get_args

import msgspec

from bot.model.conditions import Condition
from bot.model.ids import APP, IssueRef, Repo, Sha
from bot.model.markers import Marker


class ResultOf(msgspec.Struct, frozen=True, tag=True):
    """What the write with this key made: its id where an id is wanted, `#number` where it stands in a text."""

    key: str


class NumberOf(msgspec.Struct, frozen=True, tag=True):
    """The number of the issue that the write with this key made, where an address wants one."""

    key: str


#: A text in pieces, so that a comment can name an issue that does not exist yet.
Text = tuple[str | ResultOf, ...]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What GitHub answered: the id and, for issues, the number of what was made. `at` is GitHub's own time."""

    id: int = 0
    number: int = 0
    at: str = ""


class Write(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One change. `key` is the idempotency key: what carries the same key is never done twice.

    `only_if` is judged again right before it goes out. `safety` lets it use the reserve kept below a ceiling: a
    ceiling never swallows a failing verdict. `creates` says that doing it twice would make two things, so that after
    a doubt its trace is looked for first.
    """

    surface: ClassVar[str]
    creates: ClassVar[bool] = False

    key: str
    only_if: tuple[Condition, ...] = ()
    safety: bool = False


class PostComment(Write, frozen=True, kw_only=True):
    surface: ClassVar[str] = "comments"
    creates: ClassVar[bool] = True
    issue: IssueRef
    body: Text
    marker: Marker


class EditComment(Write, frozen=True, kw_only=True):
    """Replaces the text of a comment of ours."""

    surface: ClassVar[str] = "edits"
    issue: IssueRef
    comment: ResultOf | int
    body: Text
    marker: Marker


class AddLabel(Write, frozen=True, kw_only=True):
    """`cause` names the question or rule it is set for: a label a human removed stays away for the same cause."""

    surface: ClassVar[str] = "labels"
    issue: IssueRef
    label: str
    cause: str


class RemoveLabel(Write, frozen=True, kw_only=True):
    surface: ClassVar[str] = "labels"
    issue: IssueRef
    label: str


class CreateIssue(Write, frozen=True, kw_only=True):
    """`under` is the issue it is to become a sub-issue of, where that has to be there before: no parent, no child."""

    surface: ClassVar[str] = "issues"
    creates: ClassVar[bool] = True
    repo: Repo
    title: str
    body: Text
    marker: Marker
    labels: tuple[str, ...] = ()
    under: NumberOf | int = 0


class LinkSubIssue(Write, frozen=True, kw_only=True):
    """Makes `child` (a database id) a sub-issue of `parent`, or of the issue `under` in the same repository.

    `child_number` is the number of a child in the same repository, 0 where it is not known.
    """

    surface: ClassVar[str] = "links"
    parent: IssueRef
    child: ResultOf | int
    under: NumberOf | int = 0
    child_number: NumberOf | int = 0


class CloseIssue(Write, frozen=True, kw_only=True):
    """Closes an issue as not planned."""

    surface: ClassVar[str] = "closes"
    issue: IssueRef


class AddBlockedBy(Write, frozen=True, kw_only=True):
    """Tells GitHub that `issue` cannot go on before the issue with the database id `blocker` is closed."""

    surface: ClassVar[str] = "dependencies"
    issue: IssueRef
    blocker: int


class RemoveBlockedBy(Write, frozen=True, kw_only=True):
    surface: ClassVar[str] = "dependencies"
    issue: IssueRef
    blocker: int


class React(Write, frozen=True, kw_only=True):
    """A reaction to a comment; GitHub answers 200 if it was there already, so it is its own receipt."""

    surface: ClassVar[str] = "reactions"
    issue: IssueRef
    comment: int
    content: str


#: GitHub takes no more of them in one request.
MOST_ANNOTATIONS = 50


class Annotation(msgspec.Struct, frozen=True, kw_only=True):
    """A remark that GitHub shows beside a line of a file; `line` and `column` count from 1."""

    path: str
    line: int
    column: int
    message: str


class CreateCheckRun(Write, frozen=True, kw_only=True):
    """A completed check run on one commit. GitHub shows the newest run of a name on a commit.

    `pull` has the number 0 for a commit on a branch. At most `MOST_ANNOTATIONS` annotations are sent.
    """

    surface: ClassVar[str] = "checks"
    creates: ClassVar[bool] = True
    pull: IssueRef
    name: str
    head: Sha
    conclusion: str
    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()


class Redeliver(Write, frozen=True, kw_only=True):
    """Asks GitHub to send one failed delivery again; it comes back under the same GUID."""

    surface: ClassVar[str] = "redeliveries"
    delivery: int
    guid: str


AnyWrite = (
    PostComment
    | EditComment
    | AddLabel
    | RemoveLabel
    | CreateIssue
    | LinkSubIssue
    | CloseIssue
    | AddBlockedBy
    | RemoveBlockedBy
    | React
    | CreateCheckRun
    | Redeliver
)

WRITES: tuple[type[Write], ...] = get_args(AnyWrite)
SURFACES: tuple[str, ...] = tuple(dict.fromkeys(kind.surface for kind in WRITES))


def repo_of(write: AnyWrite) -> Repo:
    """Whose ceilings, budget and token the write uses. `APP` for what is done with the App's own key."""
    match write:
        case CreateIssue():
            return write.repo
        case LinkSubIssue():
            return write.parent.repo
        case CreateCheckRun():
            return write.pull.repo
        case Redeliver():
            return APP
        case _:
            return write.issue.repo


def dependencies(write: AnyWrite) -> frozenset[str]:
    """Keys of the writes whose receipts this one needs."""
    found: set[str] = set()
    for name in write.__struct_fields__:
        value = getattr(write, name)
        pieces = value if isinstance(value, tuple) else (value,)
        found.update(piece.key for piece in pieces if isinstance(piece, ResultOf | NumberOf))
    return frozenset(found)
