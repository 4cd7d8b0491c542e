"""A plan, the evidence about its worktree, and the verdict on a pull request's head."""

from datetime import datetime

import msgspec

from bot.model.events import Evidence
from bot.model.ids import IssueRef, Repo, Sha


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A worktree planned for an issue: where it starts and which branch its commits go to. The id is a name."""

    id: int
    issue: IssueRef
    base_branch: str
    base: Sha
    branch: str


class Attestation(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence as it was received; `id` orders the attestations of all plans by arrival."""

    id: int
    evidence: Evidence
    received_at: datetime


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate says of one pull request.

    `name` is one of the classes of
    design section 6 (`match`, `wrong_plan`, …), `conclusion` GitHub's word for the check run; `expected` and `actual`
    are commits; `plans` all that are involved.
    """

    name: str
    conclusion: str
    why: str
    expected: Sha | None
    actual: Sha
    plans: tuple[int, ...]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What was last said about one commit. `revision` counts the verdicts of this commit from 1.

    `name` is one of the classes of design section 6 (`match`, `wrong_plan`, …); `conclusion` is GitHub's word
    for the check run; `pulls` are the numbers of the pull requests it was given for.
    """

    repo: Repo
    head: Sha
    tree: Sha | None
    revision: int
    name: str
    conclusion: str
    summary: str
    pulls: tuple[int, ...]
