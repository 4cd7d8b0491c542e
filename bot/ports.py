"""What the rooms above may ask of GitHub and of the store. Wired in `bootstrap.py`."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from bot.model.commands import Command, Permission
from bot.model.config import Adopted, Config
from bot.model.decision import Decision, Past, Reason
from bot.model.edges import Deployment, Edge, Standing
from bot.model.epics import Preview, Run, StoredChild
from bot.model.events import Event
from bot.model.facts import CheckRun, Comment, DeliveryAttempt, File, Happening, Issue, Pull, Repository
from bot.model.ids import AppIdentity, IssueRef, Repo, Sha
from bot.model.opinions import NoOpinion, Opinion, ProposedPlan
from bot.model.outbox import Charge, Claim, Deadline
from bot.model.plan import Attestation, Plan, Verdict
from bot.model.questions import Hold, Question
from bot.model.texts import LivingText
from bot.model.writes import AnyWrite, Receipt

T = TypeVar("T")


class GitHubReader(Protocol):
    """Facts as GitHub tells them now. None where the thing does not exist or may not be seen (404, 410)."""

    async def identity(self) -> AppIdentity: ...
    async def repository(self, repo: Repo) -> Repository | None: ...
    async def find_repository(self, full_name: str) -> Repo | None: ...
    async def permission(self, repo: Repo, login: str) -> Permission: ...
    async def issue(self, ref: IssueRef) -> Issue | None: ...
    async def is_open(self, ref: IssueRef) -> bool | None:
        """None for one that is not there. That it is open may have been seen up to a minute ago; the others are now."""

    async def comments(self, ref: IssueRef) -> tuple[Comment, ...]: ...
    async def comment(self, repo: Repo, comment: int) -> Comment | None: ...
    async def sub_issues(self, ref: IssueRef) -> tuple[Issue, ...]: ...
    async def parent(self, ref: IssueRef) -> Issue | None: ...
    async def timeline(self, ref: IssueRef) -> tuple[Happening, ...]: ...
    async def blocked_by(self, ref: IssueRef) -> tuple[Issue, ...]: ...
    async def pull(self, ref: IssueRef) -> Pull | None: ...
    async def open_pulls_of_branch(self, repo: Repo, branch: str) -> tuple[Pull, ...]: ...
    async def open_pulls_with_head(self, repo: Repo, head: Sha) -> tuple[Pull, ...]: ...
    async def branch_head(self, repo: Repo, branch: str) -> Sha | None: ...
    async def tree(self, repo: Repo, commit: Sha) -> Sha | None: ...
    async def file(self, repo: Repo, at: str, ref: str = "") -> File | None: ...
    async def merge_base(self, repo: Repo, base: str, head: Sha) -> Sha | None: ...
    async def check_runs(self, repo: Repo, head: Sha, name: str) -> tuple[CheckRun, ...]: ...
    async def failed_deliveries(self, since: datetime) -> tuple[DeliveryAttempt, ...]: ...


class StoreReader(Protocol):
    """What we remember."""

    async def open_question(self, issue: IssueRef) -> Question | None: ...
    async def questions(self, issue: IssueRef) -> tuple[Question, ...]: ...
    async def forgotten_rounds(self, issue: IssueRef) -> int:
        """Up to which round a human has let the questions be forgotten; 0 if none has."""

    async def unanswered(self, before: datetime) -> tuple[Question, ...]:
        """Open questions asked before `before` that nobody was reminded of yet."""

    async def hold(self, issue: IssueRef) -> Hold | None: ...
    async def past(self, subject: IssueRef, most: int) -> tuple[Past, ...]:
        """The newest decisions about an issue, newest first."""

    async def commander(self, epic: IssueRef) -> str:
        """The login of whoever had the epic decomposed last; empty if nobody did."""

    async def children(self, epic: IssueRef) -> tuple[StoredChild, ...]:
        """The children planned for the epic, less those that were undone."""

    async def undone_children(self, epic: IssueRef) -> tuple[StoredChild, ...]: ...
    async def epics_of(self, child: IssueRef) -> tuple[IssueRef, ...]:
        """The epics of this repository that planned the issue as their child, the one that did so last first."""

    async def runs(self, epic: IssueRef) -> tuple[Run, ...]: ...
    async def preview(self, epic: IssueRef) -> Preview | None: ...
    async def living_text(self, key: str) -> LivingText: ...
    async def unfinished_texts(self) -> tuple[IssueRef, ...]:
        """Issues on which a text of ours stands that has to be looked at again."""

    async def edges_said_by(self, source: IssueRef) -> tuple[Edge, ...]:
        """What the issue's own text and links say, of itself and of others."""

    async def edges_of(self, blocked: IssueRef) -> tuple[Edge, ...]:
        """All that the issue waits for, whoever says so."""

    async def dependents(self, blocker: IssueRef) -> tuple[IssueRef, ...]:
        """The issues that wait for this one, each once, in every repository."""

    async def standing(self, issue: IssueRef) -> Standing: ...
    async def awaiting_deployment(self, repo: Repo) -> tuple[IssueRef, ...]:
        """Issues that wait until something of this repository is deployed."""

    async def deployments(self, repo: Repo) -> tuple[Deployment, ...]: ...
    async def waiting_since(self, before: datetime, most: int) -> tuple[IssueRef, ...]:
        """Waiting issues that nobody has looked at since `before`, the longest first."""

    async def was_done(self, key: str) -> bool:
        """Whether the write with this key has changed something on GitHub."""

    async def plan(self, plan: int) -> Plan | None: ...
    async def plan_of_issue(self, issue: IssueRef) -> Plan | None: ...
    async def plan_of_branch(self, repo: Repo, branch: str) -> Plan | None: ...
    async def next_plan(self) -> int: ...
    async def attestations(self, plan: int) -> tuple[Attestation, ...]: ...
    async def claims(self, repo: Repo, *, head: Sha, tree: Sha | None) -> tuple[Attestation, ...]: ...
    async def twins(self, repo: Repo, patch_id: str) -> tuple[Attestation, ...]: ...
    async def verdict(self, repo: Repo, head: Sha) -> Verdict | None: ...
    async def verdicts_on_tree(self, repo: Repo, tree: Sha) -> tuple[Verdict, ...]: ...
    async def reasons(self, subject: IssueRef, most: int) -> tuple[Reason, ...]:
        """What was decided about an issue, newest first."""

    async def waiting(self, subject: IssueRef) -> tuple[str, ...]:
        """Writes of an issue's lane that have not gone out, each in words: what, and why it waits."""

    async def written(self, key: str) -> AnyWrite | None:
        """The write with this key as it was decided; None if nobody decided it."""

    async def pending(self, subject: IssueRef) -> tuple[AnyWrite, ...]: ...
    async def received(self, guids: Collection[str]) -> frozenset[str]: ...
    async def adopted_config(self, repo: Repo) -> Adopted | None:
        """The last good text of the repository's configuration; None if it was never read."""


class Configs(Protocol):
    """What each repository has decided about us, as it stands on its default branch."""

    async def of(self, repo: Repo) -> Config:
        """The last good configuration; all defaults for the App itself. Raises what reading raises if none is known."""


class Advisors(Protocol):
    """Programs that the operator plugs in. None where there is no program; NoOpinion if it failed: the rules decide."""

    @property
    def has_triage(self) -> bool:
        """Whether there is a program to ask what it thinks of an issue."""

    async def triage(self, issue: Issue) -> Opinion | NoOpinion | None: ...
    async def decompose(self, issue: Issue) -> ProposedPlan | NoOpinion | None: ...


class Read(Protocol):
    """All that `gather` is given. The time is a fact like others."""

    @property
    def github(self) -> GitHubReader: ...
    @property
    def store(self) -> StoreReader: ...
    @property
    def advisors(self) -> Advisors: ...
    @property
    def configs(self) -> Configs:
        """For what concerns several repositories; `decide` is given the configuration of the event's own."""

    def now(self) -> datetime: ...
    def may_lag(self, event: Event) -> bool:
        """Whether GitHub may still answer as if `event` had not happened: it is that young."""

    async def compute(self, work: Callable[[], T]) -> T:
        """Pure work that may take long, off the event loop: reading much Markdown."""


class Handler(Protocol):
    """One reaction: `gather` reads facts, `decide` is a plain function of event, facts and config."""

    @property
    def name(self) -> str: ...
    @property
    def gather(self) -> Callable[[Event, Read], Awaitable[Any]]: ...
    @property
    def decide(self) -> Callable[[Event, Any, Config], Decision]: ...
    @property
    def while_held(self) -> bool:
        """Whether it goes on with an issue that a person has put on hold."""


class Handlers(Protocol):
    """All reactions of the house, for the worker, which knows none of them by name."""

    def named(self, name: str) -> Handler | None: ...
    def interested(self, event: Event) -> Sequence[Handler]:
        """Who reacts to `event`, in the order of their names."""

    def of_command(self, word: str) -> tuple[Command, Handler] | None:
        """The command of this name and who carries it out."""


class LeaseLost(Exception):
    """Another worker has taken this work over; whoever holds the old fencing token must stop."""


class NotYet(Exception):
    """The facts do not agree with each other yet (a stale read); the job looks again a little later.

    Worth raising while the event is young (`Read.may_lag`): later, what GitHub tells is how it is.
    """


class NotSent(Exception):
    """Certainly nothing reached GitHub, or GitHub certainly did nothing: the reservation is given back.

    `retry_after` in seconds is set where GitHub answered, did nothing, and may do it next time; None where nobody
    answered at all.
    """

    def __init__(self, why: str, *, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.retry_after = retry_after


class NoAccess(NotSent):
    """GitHub lets us see nothing there until a person changes it: suspended, a permission not granted, blocked."""


class Limited(NotSent):
    """GitHub's own budget is used up until `until`."""

    def __init__(self, why: str, *, until: datetime) -> None:
        super().__init__(why)
        self.until = until


class Refused(NotSent):
    """GitHub refuses this write and would refuse it again (403 permission, 404, 410, 422).

    `is_missing`: it does not find what is to be changed (404); if we have just made that, maybe only for the moment.
    """

    def __init__(self, why: str, *, is_missing: bool = False) -> None:
        super().__init__(why)
        self.is_missing = is_missing


class Ambiguous(Exception):
    """It may have been done: no answer, a 5xx, or an answer that is not what was asked for."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Writer(Protocol):
    """Carries out writes whose `ResultOf` are resolved. Only the guard calls `perform`; the others read.

    `perform` raises NotSent, Limited, Refused or Ambiguous, nothing else. It refuses to send after `deadline`,
    read at that moment: a worker that slept through its lease must not write, one that renewed it may.
    """

    async def perform(self, write: AnyWrite, *, deadline: Deadline) -> Receipt: ...
    async def find(self, write: AnyWrite, *, since: datetime) -> Receipt | None: ...
    async def already_true(self, write: AnyWrite) -> Receipt | None: ...


class Budget(Protocol):
    """GitHub's own limits and our pacing below them."""

    async def opening(self, write: AnyWrite) -> datetime | None: ...


class Limits(Protocol):
    """Closed windows of GitHub's rate limits, kept where every worker sees them and a restart does not forget them.

    `installation` 0 is the App itself (its own key's budget).
    """

    async def blocked_until(self, installation: int) -> datetime | None: ...
    async def block(self, installation: int, until: datetime, why: str) -> None:
        """Closes the installation until `until`; a window that already ends later stays as it is."""


class RepositoryNames(Protocol):
    """The name a repository was last known by; only URLs need it."""

    async def name(self, repo: Repo) -> str:
        """`owner/name`, empty if it is not known."""

    async def remember(self, repo: Repo, full_name: str) -> None: ...


class Ledger(Protocol):
    """What the guard remembers about writes. Every method is one transaction."""

    async def stopped(self, repo: Repo) -> str:
        """Why the kill switch is on for this repository or the whole App; empty if it is not."""

    async def receipt(self, key: str) -> Receipt | None: ...

    async def overridden(self, write: AnyWrite) -> str:
        """Why a human's hand forbids this write; empty if none does."""

    async def question_is_open(self, question: str) -> bool: ...

    async def newest_revision(self, repo: Repo, head: Sha) -> int: ...

    async def text_revision(self, text: str) -> int: ...

    async def run_is_active(self, epic: IssueRef, run: int) -> bool: ...

    async def waits_for(self, issue: IssueRef) -> frozenset[str]:
        """Keys of the blockers that the issue waited for when it was looked at last."""

    async def blockers_said(self, issue: IssueRef) -> frozenset[str]:
        """Keys of the blockers that texts and links name, done or not."""

    async def reserve(self, claim: Claim, charges: Sequence[Charge], now: datetime) -> Charge | None:
        """Reserves one unit at every charge and stores the intent, in one transaction; or neither.

        Returns the first charge whose limit is reached, None if all had room. A claim that holds a reservation
        already keeps it, whatever the limits say now; only its intent is renewed. From here on the attempt is a doubt:
        who is killed while sending says nothing more. Raises LeaseLost.
        """

    async def give_back(self, claim: Claim, *, refused: bool = False) -> None:
        """Ends the reservation and the intent: it is certain that nothing was done, so this attempt is no doubt.

        `refused`: GitHub itself has said so.
        """
