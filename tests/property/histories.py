"""Random conversations: answers, noise, bots, edits, quotes, forgeries, what comes late and what comes twice."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.property import pools

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
OUR_LABEL = "needs-clarification"
CAST: tuple[dict[str, str], ...] = (
    {"author": "ann", "author_kind": "author"},
    {"author": "ann", "author_kind": "author", "permission": "none"},
    {"author": "ann-2", "author_kind": "author"},  # renamed since
    {"author": "Ann", "author_kind": "human"},  # an export that does not tell who the author is
    {"author": "max", "author_kind": "maintainer"},
    {"author": "wil", "author_kind": "human", "permission": "write"},
    {"author": "bea", "author_kind": "human", "permission": "read"},  # assigned in half of the issues
    {"author": "cid", "author_kind": "human"},  # asked by name in some
    {"author": "zed", "author_kind": "human"},
    {"author": "interlock", "author_kind": "human", "permission": "triage"},  # called like us, and nobody
    {"author": "helper[bot]", "author_kind": "bot"},
    {"author": "ann", "author_kind": "bot", "permission": "admin"},
)
US = {"author": "interlock[bot]", "author_kind": "us"}


@dataclass
class History:
    """`thread` is what `interlock try thread` reads; `adds[i]` tells whether the text of step i adds something."""

    thread: dict[str, Any]
    adds: list[bool] = field(default_factory=list)


def history(seed: int) -> History:
    """The conversation number `seed`."""
    return _Writer(random.Random(seed)).write()


class _Writer:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.is_timed = chance.random() < 0.75
        self.asks_cid = chance.random() < 0.3
        self.minute = 0
        self.last_question = 0
        self.steps: list[dict[str, Any]] = []
        self.adds: list[bool] = []

    def write(self) -> History:
        opening = {"title": "It breaks", "body": "It breaks.", "author": "ann", "labels": [], "assignees": []}
        if self.chance.random() < 0.5:
            opening["assignees"] = ["bea"]
        if self.chance.random() < 0.1:
            opening["labels"] = ["bug", OUR_LABEL]
        if self.chance.random() < 0.8:
            self.ask()
        for _ in range(self.chance.randrange(1, 11)):
            self.go_on()
        return History({"opening": opening, "steps": self.steps}, self.adds)

    def go_on(self) -> None:
        what = self.chance.choices(
            (self.ask, self.say, self.edit_body, self.edit_title, self.label, self.own_doing, self.delete, self.repeat),
            (14, 45, 8, 4, 12, 4, 3, 10),
        )[0]
        what()

    def add(self, step: dict[str, Any], adds: bool = False, late: bool = True) -> None:
        self.minute += self.chance.randrange(1, 10)
        if self.is_timed:
            at = self.minute
            if late and self.chance.random() < 0.15:  # told late: it happened before what was told already
                at = max(1, self.minute - self.chance.randrange(1, 30))
            step = {"created_at": _time(at), **step}
        self.steps.append(step)
        self.adds.append(adds)

    def ask(self) -> None:
        number = sum(step["author_kind"] == "us" for step in self.steps)
        text = f"{'@cid: ' if self.asks_cid else ''}Question {number}. {pools.QUESTION}"
        step = {"type": "comment", **US, "body": text}
        self.minute += 2
        if self.is_timed and self.chance.random() < 0.1:  # our own question is told late
            step["created_at"] = _time(self.chance.randrange(self.last_question + 1, self.minute + 1))
        self.add(step, late=False)
        if self.is_timed:
            asked = datetime.fromisoformat(self.steps[-1]["created_at"])
            self.last_question = int((asked - NOON).total_seconds() // 60)

    def say(self) -> None:
        text, adds = pools.drawn(self.chance)
        step: dict[str, Any] = {"type": "comment", **self.chance.choice(CAST), "body": text}
        if self.chance.random() < 0.2:
            step["type"] = "comment_edited"
            mine = [told for told in self.steps if told["type"] == "comment" and told["author"] == step["author"]]
            if self.is_timed and mine and self.chance.random() < 0.5:
                step["created_at"] = self.chance.choice(mine)["created_at"]  # that of the comment, not of the edit
        if self.chance.random() < 0.05:
            step["minimized"] = True
        self.add(step, adds)

    def edit_body(self) -> None:
        text, adds = pools.drawn(self.chance)
        if self.chance.random() < 0.1:
            text, adds = "It breaks.", True
        self.add({"type": "body_edited", **self.chance.choice(CAST), "body": text}, adds)

    def edit_title(self) -> None:
        self.add({"type": "title_edited", **self.chance.choice(CAST)})

    def label(self) -> None:
        kind, name = self.chance.choice(("labeled", "unlabeled")), self.chance.choice((OUR_LABEL, OUR_LABEL, "bug"))
        self.add({"type": kind, **self.chance.choice((*CAST, US)), "label": name})

    def own_doing(self) -> None:
        kind = self.chance.choice(("comment_edited", "body_edited", "title_edited"))
        self.add({"type": kind, **US, "body": pools.ADDS_SOMETHING[0]}, True)

    def delete(self) -> None:
        self.add({"type": "comment_deleted", **self.chance.choice((*CAST, US))})

    def repeat(self) -> None:
        if self.is_timed and self.steps:
            again = self.chance.randrange(len(self.steps))
            self.steps.append(dict(self.steps[again]))
            self.adds.append(self.adds[again])


def _time(minute: int) -> str:
    return (NOON + timedelta(minutes=minute)).isoformat()


def told(thread: dict[str, Any], adds: list[bool], expected: list[str], found: list[str]) -> str:
    """The conversation as a person reads it, up to the first step that was decided otherwise than expected."""
    lines = []
    for step, is_more, wanted, got in zip(thread["steps"], adds, expected, found, strict=True):
        lines.append(f"{step} adds={is_more} expected={wanted} found={got}")
        if wanted != got:
            break
    return "\n".join([str(thread["opening"]), *lines])
