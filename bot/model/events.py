"""What happened, in our words. An event is a hint: handlers read the facts again before they decide."""

from datetime import datetime

import msgspec

from bot.model.commands import Call
from bot.model.ids import Actor, IssueRef, Repo, Sha


class Evidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a runner or `interlock attest` swears about a worktree, read with git when it was sent.

    `base` is the commit the diff was taken against; `patch_id` is `git patch-id --stable` of that diff, empty if
    nothing changed; `dirty` says that tracked or untracked files differ from `head`.
    """

    plan: int
    head: Sha
    tree: Sha
    base: Sha
    patch_id: str
    dirty: bool


class Deployed(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody reported of a deployment, begun `at` (GitHub's clock): `success`, `failure`, `in_progress`, …"""

    environment: str
    is_production: bool
    state: str
    at: datetime


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event and the subject it is about. `is_title_only`: an edit of an issue that left its description alone.

    `name` and `action` are GitHub's (`issues`, `opened`), or ours: (`timer`, which), (`attestation`, `received`),
    (`plan`, `requested`), (`wake`, reason). `number` is 0 where the event concerns the repository as a whole.
    Everything below `sender` is there only where the payload had it. `happened_at` is GitHub's time of a change to an
    issue; `follows_human` says of a wake that a human's act led to it. `ref` is the branch that a push moved from
    `before` to `head`; each is empty where there is none. `may_wait`: what the payload showed of the subject may name
    something that it waits for, or that waits for it; only a hint at whether it is worth reading.
    """

    delivery: str
    name: str
    action: str
    repo: Repo
    number: int
    received_at: datetime
    sender: Actor | None = None
    comment: int = 0
    label: str = ""
    text: str = ""
    text_before: str = ""
    is_title_only: bool = False
    head: Sha | None = None
    before: Sha | None = None
    ref: str = ""
    evidence: Evidence | None = None
    deployed: Deployed | None = None
    command: Call | None = None
    happened_at: datetime | None = None
    follows_human: bool = False
    may_wait: bool = False

    @property
    def kind(self) -> tuple[str, str]:
        return (self.name, self.action)

    @property
    def by_human(self) -> bool:
        """Whether a human's act caused this, at one remove at most."""
        return self.follows_human or (self.sender is not None and self.sender.is_human)

    @property
    def subject(self) -> IssueRef:
        return IssueRef(self.repo, self.number)
