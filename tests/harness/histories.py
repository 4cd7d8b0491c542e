"""The random conversations of `tests.property.histories`, acted out on issues of the sandbox.

Each step happens on GitHub at the time the history gives it, and is told when the history lists it. What the bot asks
it asks itself: the issues are on hold; a step in which the bot asks lifts the hold and lets triage look, and what
triage does then has to be what the rule of the thread so far allows.

What cannot be as the history has it is left out, of what is played and of what the oracle is told alike:

- what GitHub would not tell: a label that is there already, a text that was there already, a comment without words;
- a question while another is open (triage refuses it), and all that comes after triage has found that nothing lacks;
- a description that is nothing but one question: triage takes it for a heading of a template.

Our own comments and the label that opens or closes a question happen when they are told: GitHub gives our comment its
time when it is made, and whether the label is there is looked up. Our questions are put to the author, to nobody else.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection

from bot.model.codec import encode
from bot.model.events import Event
from bot.model.ids import IssueRef, Repo
from bot.model.records import HeldByHand, Unheld
from bot.policy import thread
from bot.policy.triage import says_nothing
from bot.sandbox import catalog, comments, issues
from bot.sandbox.repositories import set_role
from bot.sandbox.state import Comment, Role, User
from bot.sandbox.webhooks import Delivery
from bot.sandbox.world import World
from bot.store import holds, inbox
from tests.harness.house import REPO, Decided, House
from tests.property import pools
from tests.property.histories import NOON, OUR_LABEL, History, history

Step = dict[str, Any]
#: Seconds of GitHub's clock between two steps; what is told late happened in between.
PACE = 20
ROLES: dict[str, Role | None] = {
    "ann": None, "max": "maintain", "wil": "write", "bea": "read", "cid": None, "zed": None, "interlock": "triage",
    "helper[bot]": "write", "ann[bot]": "admin",
}  # fmt: skip
#: How each kind of step is told.
TOLD_AS = {
    "comment": ("issue_comment", "created"),
    "comment_edited": ("issue_comment", "edited"),
    "comment_deleted": ("issue_comment", "deleted"),
    "body_edited": ("issues", "edited"),
    "title_edited": ("issues", "edited"),
    "labeled": ("issues", "labeled"),
    "unlabeled": ("issues", "unlabeled"),
}


@dataclass(frozen=True)
class Placed:
    """One step of a history and when it happens, in seconds after the opening; `repeats` is the step it tells again."""

    what: Step
    at: int
    repeats: int | None = None

    @property
    def is_ours(self) -> bool:
        return bool(self.what["author_kind"] == "us")

    @property
    def is_question(self) -> bool:
        return self.is_ours and self.what["type"] == "comment"

    @property
    def is_timed(self) -> bool:
        return "created_at" in self.what


def placed(steps: Sequence[Step]) -> list[Placed]:
    """The steps at times of our own, in the same order: step n at (n + 1) * PACE, what is told late in between."""
    when: list[float] = []  # minutes of the history; what must not be late comes after all that was told
    firsts = [steps.index(step) if "created_at" in step else n for n, step in enumerate(steps)]
    for n, step in enumerate(steps):
        newest = max(when, default=0.0)
        at = _minute(step["created_at"]) if "created_at" in step else newest + 1
        is_punctual = (step["author_kind"] == "us" and step["type"] == "comment") or step.get("label") == OUR_LABEL
        when.append(when[firsts[n]] if firsts[n] < n else max(at, newest + 0.5) if is_punctual else at)
    clock = {0.0: 0}
    for n, at in enumerate(when):
        if at > max(when[:n], default=0.0):
            clock[at] = (n + 1) * PACE
    for at in sorted(set(when) - set(clock)):
        clock[at] = clock[max(one for one in clock if one < at)] + 1
    return [Placed(step, clock[when[n]], firsts[n] if firsts[n] < n else None) for n, step in enumerate(steps)]


def _minute(instant: str) -> float:
    return (datetime.fromisoformat(instant) - NOON).total_seconds() / 60


class Game:
    """One conversation on one issue: `told` and `adds` are what the oracle is given, `found` what was decided live.

    `asked` says of each question of the history how it came about: triage asked, a person did, or why nobody could.
    """

    def __init__(self, seed: int, world: World) -> None:
        self.seed = seed
        self.told: list[Step] = []
        self.adds: list[bool] = []
        self.found: list[str] = []
        self.asked: list[str] = []
        self._given: History = history(seed)
        self._steps = placed(self._given.thread["steps"])
        self._world = world
        self._repository = world.repository(REPO)
        self._turn = thread.opened(msgspec.convert(self.opening, thread.Opening))
        self._kept: dict[int, int] = {}  # step -> its place in `told`
        self._said: dict[int, Comment] = {}
        self._deliveries: dict[int, Delivery] = {}
        self._needs_human = False
        self._is_over = False
        self._now: int | None = None
        self._titles = 0
        self.issue = issues.open_issue(
            world,
            self._repository,
            world.user("ann"),
            self.opening["title"],
            self.opening["body"],
            labels=[self._repository.labels[label.id] for label in self._labels(self.opening["labels"])],
            assignees=[world.user(login) for login in self.opening["assignees"]],
        )
        for step in self._steps:  # whoever edits a comment has written one
            if step.what["type"] == "comment_edited" and not step.is_ours and not self._newest(self._account(step)):
                comments.add_comment(world, self.issue, self._account(step), "+1")

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def opening(self) -> dict[str, Any]:
        opening: dict[str, Any] = self._given.thread["opening"]
        return opening

    @property
    def thread(self) -> dict[str, Any]:
        return {"opening": self.opening, "steps": self.told}

    @property
    def ref(self) -> IssueRef:
        (installation,) = self._world.installations.values()
        return IssueRef(Repo(installation.id, self._repository.id), self.issue.number)

    @property
    def is_asking(self) -> bool:
        return self._now is not None and self._steps[self._now].is_question and self._steps[self._now].repeats is None

    # What happens

    def act(self, n: int, begun: datetime) -> None:
        """Step `n`, if it can be; GitHub's clock shows when it is told, `begun` is when all began."""
        self._now = None
        if self._is_over or n >= len(self._steps):
            return
        step = self._steps[n]
        if step.repeats is not None:
            if delivery := self._deliveries.get(step.repeats):
                self._world.webhooks.redeliver(delivery)
                self._now = n
        elif step.is_question:
            self._now = n
        else:
            carries = self._carried(step)
            at = self._world.clock() if carries else begun + timedelta(seconds=step.at)
            with self._as_it_was(at, step):
                if self._does(n, step, carries):
                    self._now = n

    @contextmanager
    def _as_it_was(self, at: datetime, step: Placed) -> Iterator[None]:
        """At that time, and with the author called as the history calls her: she has got another name since."""
        clock, user = self._world.clock, self._account(step)
        login = user.login
        self._world.clock = lambda: at
        if step.what["author_kind"] == "author":
            user.login = step.what["author"]
        try:
            yield
        finally:
            self._world.clock, user.login = clock, login

    def _does(self, n: int, step: Placed, carries: list[Comment]) -> bool:
        """Whether anything happened."""
        what, user = step.what, self._account(step)
        match what["type"]:
            case "comment":
                return self._says(n, what, user)
            case "comment_edited":
                alive = [one for one in carries if one in self.issue.comments]
                return self._edits(what, user, alive[-1] if alive else self._newest(user))
            case "comment_deleted":
                return self._deletes(self._question() or self._newest(user) if step.is_ours else self._newest(user))
            case "body_edited":
                is_heading = self._given.adds[n] and says_nothing(what["body"])
                if is_heading or what["body"] == (self.issue.body or ""):
                    return False
                issues.edit_issue(self._world, self.issue, user, body=what["body"])
            case "title_edited":
                issues.edit_issue(self._world, self.issue, user, title=f"{self.issue.title}!")
            case kind:
                (label,) = self._labels([what["label"]])
                if (label in self.issue.labels) == (kind == "labeled"):
                    return False
                if kind == "labeled":
                    issues.add_labels(self._world, self.issue, user, [label])
                else:
                    issues.remove_label(self._world, self.issue, user, label)
        return True

    def _says(self, n: int, what: Step, user: User) -> bool:
        if not what["body"].strip():
            return False
        self._said[n] = comments.add_comment(self._world, self.issue, user, self._forged(what["body"]))
        comments.minimize(self._said[n], "off-topic" if what.get("minimized") else None)
        return True

    def _edits(self, what: Step, user: User, mine: Comment | None) -> bool:
        text = self._forged(what["body"])
        if mine is None or not text.strip() or text == mine.body:
            return False
        comments.edit_comment(self._world, mine, user, text)
        comments.minimize(mine, "off-topic" if what.get("minimized") else None)
        return True

    def _deletes(self, comment: Comment | None) -> bool:
        if comment is None:
            return False
        comments.delete_comment(self._world, comment, self._world.user("mia"))
        return True

    def _account(self, step: Placed) -> User:
        """Some are one person under several names."""
        author, kind = step.what["author"], step.what["author_kind"]
        if kind == "us":
            return self._world.app.bot
        return self._world.user("ann[bot]" if (author, kind) == ("ann", "bot") else author.removesuffix("-2"))

    def _labels(self, names: Iterable[str]) -> list[Any]:
        return [label for name in names if (label := self._world.find_label(self._repository, name))]

    def _newest(self, user: User) -> Comment | None:
        """The newest comment of `user` that is there, as of now."""
        now = self._world.now()
        mine = [one for one in self.issue.comments if one.author is user and one.created_at <= now]
        return mine[-1] if mine else None

    def _carried(self, step: Placed) -> list[Comment]:
        """The comments of which this edit has the time: an export does not tell when they were edited."""
        if step.what["type"] != "comment_edited" or not step.is_timed:
            return []
        mine = [n for n in self._said if n in self._kept and self._called(self._steps[n]) == self._called(step)]
        return [self._said[n] for n in mine if self._steps[n].at == step.at]

    def _called(self, step: Placed) -> str:
        is_other = step.what["author_kind"] == "bot" and step.what["author"] == "ann"
        return "ann[bot]" if is_other else str(step.what["author"])

    def _question(self) -> Comment | None:
        """The comment of the question that is open."""
        is_asked = self._turn.open is not None and self._turn.open.round > 0
        ours = [one for one in self.issue.comments if one.author is self._world.app.bot and "question/" in one.body]
        return ours[-1] if is_asked and ours else None

    def _forged(self, text: str) -> str:
        """With the marker of our newest question in place of an invented one."""
        ours = [one.body for one in self.issue.comments if one.author is self._world.app.bot and "<!--" in one.body]
        return text.replace(pools.MARKER, ours[-1][ours[-1].rindex("<!--") :].strip()) if ours else text

    # What comes of it

    def wants_to_be_asked_for(self, made: Sequence[Decided]) -> bool:
        """Whether triage sees nothing to ask, though the history wants a question and another round is left."""
        return self.is_asking and self._looked(made) in ("ready", "waiting") and self._may_be_asked

    @property
    def _may_be_asked(self) -> bool:
        return self._turn.open is None and self._turn.rounds < thread.ROUNDS

    def _looked(self, made: Sequence[Decided]) -> str:
        """What triage said when the hold was lifted."""
        looks = [one.decision.rule for one in made if one.handler == "triage" and not one.command]
        assert len(looks) == 1, f"conversation {self.seed}, step {self._now}: triage looked again by itself: {looks}"
        return looks[0]

    def note(self, made: Sequence[Decided], log: Iterable[Delivery]) -> None:
        """What was decided after the step that was acted last."""
        if self._now is None:
            assert not made, f"conversation {self.seed}: nothing happened, and {made} was decided"
            return
        n, step = self._now, self._steps[self._now]
        if step.repeats is not None:
            assert not made, f"conversation {self.seed}: told twice, and {made} was decided"
            self._keep(n, self.told[self._kept[step.repeats]], self._rest())
        elif step.is_question:
            self._note_question(n, made, log)
        else:
            live = [one.decision for one in made if one.handler == "clarification" and not one.command]
            assert live, f"conversation {self.seed}: nobody heard of {step.what}"
            requeued = any(wake.reason == "triage" for decision in live for wake in decision.wakes)
            if requeued or any(decision.rule == "waiting by hand" for decision in live):
                self._needs_human = False
            self._remember(n, log, self._world.user("mia") if step.what["type"] == "comment_deleted" else None)
            self._keep(n, self._as_told(step), "requeue" if requeued else self._rest())

    def _note_question(self, n: int, made: Sequence[Decided], log: Iterable[Delivery]) -> None:
        looked, by_person = self._looked(made), any(one.command == "clarify" for one in made)
        allowed = {"waiting"} if self._turn.open else {"needs clarification", "ready", "waiting"}
        if self._turn.open is None and not self._may_be_asked:
            allowed = {"human-needed", "ready"}
        assert looked in allowed, f"conversation {self.seed}, step {n}: triage said {looked}, not {allowed}"
        self.asked.append("by a person" if by_person else looked)
        if looked == "human-needed":
            self._needs_human = True
            self._keep(n, self._as_told(self._steps[n], f"Question {n}"), "human-needed")
        elif looked == "needs clarification" or by_person:
            self._remember(n, log, None)
            self._keep(n, self._as_told(self._steps[n], f"Question {n}"), self._rest())
        elif not self._turn.open:
            self._is_over = True

    def _rest(self) -> str:
        return "human-needed" if self._needs_human else "wait"

    def _as_told(self, step: Placed, body: str | None = None) -> Step:
        told = step.what | {"author": self._called(step)} | ({} if body is None else {"body": body})
        return told | ({"created_at": (NOON + timedelta(seconds=step.at)).isoformat()} if step.is_timed else {})

    def _keep(self, n: int, told: Step, decision: str) -> None:
        self._kept[n] = len(self.told)
        self.told.append(told)
        self.adds.append(self._given.adds[n])
        self.found.append(decision)
        self._turn, _ = thread.after(self._turn, msgspec.convert(told, thread.Step))

    def _remember(self, n: int, log: Iterable[Delivery], by: User | None) -> None:
        """The delivery that told of step `n`."""
        sender = by or self._account(self._steps[n])
        wanted = (*TOLD_AS[self._steps[n].what["type"]], self.issue.number, sender.id)
        for one in log:
            said = json.loads(one.body)
            if (one.event, one.action, said.get("issue", {}).get("number"), said["sender"]["id"]) == wanted:
                self._deliveries[n] = one
                return
        raise LookupError(f"conversation {self.seed}: nobody was told of {self._steps[n].what}")


async def play(house: House, seeds: Iterable[int]) -> list[Game]:
    """The conversations of these seeds, side by side: their first steps, then all that follows, then their second."""
    world = house.sandbox.world
    _people(world)
    begun = datetime.now(UTC).replace(microsecond=0)
    world.clock = _standing(begun)
    world.webhooks.hold()
    games = [Game(seed, world) for seed in seeds]
    await house.database.write(_hold, games)
    world.webhooks.release()
    await house.works()
    heard = len(await house.decided())
    for n in range(max(len(game) for game in games)):
        world.clock = _standing(begun + timedelta(seconds=(n + 1) * PACE))
        sent = len(world.webhooks.log)
        for game in games:
            game.act(n, begun)
        asking = [game for game in games if game.is_asking]
        await house.database.write(_let_triage_look, asking, n)
        await house.works()
        made = (await house.decided())[heard:]
        for game in [one for one in asking if one.wants_to_be_asked_for(_about(one, made))]:
            house.sandbox.actor("mia").comment(game.issue, "/clarify Which version is it?")
        await house.works()
        made = (await house.decided())[heard:]
        heard += len(made)
        for game in games:
            game.note(_about(game, made), world.webhooks.log[sent:])
        await house.database.write(_hold, asking)
    return games


def _people(world: World) -> None:
    repository = world.repository(REPO)
    for login, role in ROLES.items():
        set_role(repository, world.add_user(login, "Bot" if login.endswith("[bot]") else "User"), role)
    for name in ("bug", OUR_LABEL):
        catalog.create_label(world, repository, world.user("mia"), name)


def _standing(at: datetime) -> Callable[[], datetime]:
    return lambda: at


def _about(game: Game, made: Sequence[Decided]) -> list[Decided]:
    return [one for one in made if one.number == game.issue.number]


def _hold(conn: Connection, games: Iterable[Game]) -> None:
    for game in games:
        record = HeldByHand(issue=game.ref, by="mia", reason="The history says when we ask.")
        holds.hold(conn, record, datetime.now(UTC))


def _let_triage_look(conn: Connection, games: Iterable[Game], n: int) -> None:
    for game in games:
        now, guid = datetime.now(UTC), f"test/{game.issue.id}/{n}"
        holds.unhold(conn, Unheld(issue=game.ref), now)
        wake = Event(
            delivery=guid, name="wake", action="triage", repo=game.ref.repo, number=game.issue.number, received_at=now
        )
        inbox.accept(conn, guid=guid, source="wake", name="wake", body=encode(wake).encode(), received_at=now)
