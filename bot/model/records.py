"""Every change to our own store that a decision can make, as data. The union is closed, like that of the writes."""

from datetime import datetime
from typing import get_args

import msgspec

from bot.model.edges import Deployment, Edge, Standing
from bot.model.epics import PlannedChild, Preview, Run
from bot.model.events import Evidence
from bot.model.ids import IssueRef, Repo
from bot.model.plan import Plan, Verdict
from bot.model.texts import LivingText


class QuestionAsked(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Joined with the receipt of `write_key` when the comment is posted: no callbacks.

    A person who sets the label asks without a comment: then round is 0, `write_key` empty and `asked_at` given.
    """

    id: str
    issue: IssueRef
    round: int
    asked_of: str
    write_key: str
    asked_at: datetime | None = None


class QuestionAnswered(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Closes an open question. `how` says what counted as the answer."""

    question: str
    by: str
    how: str


class GivenBack(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A human takes an issue out of `human-needed`: the rounds begin again, those up to `rounds` are forgotten."""

    issue: IssueRef
    rounds: int


class HeldByHand(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person wants nothing to be started on an issue until somebody says so."""

    issue: IssueRef
    by: str
    reason: str


class Unheld(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It may go on."""

    issue: IssueRef


class LabelRemovedByHuman(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A human took away a label that we had set: it stays away for every cause it was set for so far."""

    issue: IssueRef
    label: str


class ChildPlanStored(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Children planned for an epic in a run whose number was the next one when the facts were read.

    Those that an earlier run planned are not repeated. Questions about the children go to whoever commanded the run.
    `replaced` are the keys of earlier ones that could not be created and are planned anew: they are given up.
    """

    epic: IssueRef
    run: Run
    children: tuple[PlannedChild, ...]
    replaced: tuple[str, ...] = ()


class RunUndone(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person takes a run back; `children` are the keys of those that are given up."""

    epic: IssueRef
    run: int
    by: str
    children: tuple[str, ...]


class PreviewShown(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The plan that `/decompose confirm` means; it takes the place of the one shown before."""

    epic: IssueRef
    preview: Preview


class TextRevised(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A living text of ours has a new wording; its revision was the next one when the facts were read.

    With the revision and the words it has already: whether it is final has changed.
    """

    issue: IssueRef
    text: LivingText


class EdgesStored(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What `issue` says about who waits for whom; it takes the place of all that it has said before."""

    issue: IssueRef
    edges: tuple[Edge, ...]


class StandingStored(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """How an issue stands with its blockers; the revision is the one that was read, or the next one."""

    issue: IssueRef
    standing: Standing


class WaitersWoken(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Issues that waited long without a look have been told to look again, whatever comes of it."""

    issues: tuple[IssueRef, ...]


class PlanStored(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A plan whose id was free when the facts were read; if it is not any more, the job is tried again."""

    plan: Plan


class EvidenceStored(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Kept once per delivery, so that a job that runs twice swears once."""

    delivery: str
    evidence: Evidence


class VerdictGiven(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A verdict whose revision was the next one when the facts were read; else the job is tried again."""

    verdict: Verdict


class DeploymentSeen(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """GitHub tells of a deployment that succeeded; an older one than is known changes nothing."""

    repo: Repo
    deployment: Deployment


class Stopped(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The kill switch of a repository is on: none of its writes goes out."""

    repo: Repo
    by: str
    reason: str


class Resumed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It is off again."""

    repo: Repo


AnyRecord = (
    QuestionAsked
    | QuestionAnswered
    | GivenBack
    | HeldByHand
    | Unheld
    | LabelRemovedByHuman
    | ChildPlanStored
    | RunUndone
    | PreviewShown
    | TextRevised
    | EdgesStored
    | StandingStored
    | WaitersWoken
    | PlanStored
    | EvidenceStored
    | VerdictGiven
    | DeploymentSeen
    | Stopped
    | Resumed
)

RECORDS = get_args(AnyRecord)
