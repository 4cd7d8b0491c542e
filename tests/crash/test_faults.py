"""One story under every shape of fault on every surface: exactly one object, and each intent stored before it left.

Shortened: the client's patience (10 s in production), the look-again window and the retries (`tests/harness/house.py`).
"""

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.github import transport
from bot.model.writes import WRITES
from bot.sandbox.fault_kinds import Delay, DropAfter, DropBefore, Fault, HideCreated, Limit, Status, WrongBody
from bot.sandbox.faults import Point, Seen
from bot.sandbox.server import Sandbox
from bot.store.schema import outbox
from tests.harness.house import REPO, House
from tests.harness.projection import shown
from tests.harness.story import REQUESTS, WRITTEN, asked_for, kind_of, people_act

#: The client's patience in this file, in seconds.
READS_WITHIN = 0.5
#: A request is answered, or done, this late; the look-again window is longer than what it lags behind.
LATE = 1.0
LOOK_AGAIN = "2"

#: Nothing was done, and whether that is certain: only then a repetition needs no look-again window.
NOT_DONE: dict[str, Fault] = {
    "dropped before": DropBefore(),
    "503 before": Status(503),
    "limited": Limit("429 retry-after", 1),
}
DONE_UNHEARD: dict[str, Fault] = {
    "dropped after": DropAfter(),
    "500 after": Status(500, after_commit=True),
    "502 in HTML after": Status(502, after_commit=True),
    "answered too late": Delay(LATE, after_commit=True),
    "done too late": Delay(LATE),
    "HTML with its status": WrongBody("html"),
    "no body": WrongBody("empty"),
    "half a body": WrongBody("cut"),
}
FAULTS = NOT_DONE | DONE_UNHEARD | {"hidden at first": HideCreated(0.3)}


def can_strike(name: str, kind: str) -> bool:
    """A reaction has no address of its own that could be hidden."""
    return (name, kind) != ("hidden at first", "React")


#: Kinds of which a repetition would make a second thing. The others may be sent again before the first one is done.
CREATES = {kind.__name__ for kind in WRITES if kind.creates}


class Intents:
    """Looks into the store whenever GitHub receives a mutating request: it must be written down by then."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.surprises: list[str] = []
        house.sandbox.faults.on_request(self._look)

    async def _look(self, point: Point, seen: Seen) -> None:
        if point == "received" and kind_of(seen) not in await self._house.database.read(_intents):
            self.surprises.append(f"{seen.method} {seen.path} left before its intent was stored")


def _intents(conn: Connection) -> set[str]:
    sent = select(outbox.c.kind).where(outbox.c.state == "sent", outbox.c.intent_at.is_not(None), outbox.c.attempts > 0)
    return set(conn.scalars(sent))


def _ends(conn: Connection) -> list[tuple[str, str]]:
    return [(row.kind, row.state) for row in conn.execute(select(outbox.c.kind, outbox.c.state))]


@pytest.fixture
async def patient(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house whose client gives up after `READS_WITHIN` seconds and looks again for longer than anything lags."""
    monkeypatch.setattr(transport, "READ_TIMEOUT", READS_WITHIN)
    await house.restart(INTERLOCK_LOOK_AGAIN=LOOK_AGAIN)
    return house


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What GitHub shows after the same story without any fault."""

    async def play(folder: Path) -> Any:
        async with (
            Sandbox.start(folder) as github,
            House.open(github, f"sqlite:///{folder / 'twin.db'}") as house,
        ):
            await people_act(github, REPO)
            await house.works()
            assert asked_for(github) == WRITTEN
            assert set((await house.states()).values()) == {"done"}
            return shown(github, REPO)

    return asyncio.run(play(tmp_path_factory.mktemp("twin")))


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_on_every_surface_makes_nothing_twice_and_loses_nothing(
    patient: House, undisturbed: Any, name: str
) -> None:
    rules = [patient.sandbox.faults.add(FAULTS[name], *REQUESTS[kind]) for kind in WRITTEN if can_strike(name, kind)]
    intents = Intents(patient)
    await people_act(patient.sandbox, REPO)
    await patient.works()
    assert [rule.struck for rule in rules] == [1] * len(rules)
    assert shown(patient.sandbox, REPO) == undisturbed
    assert intents.surprises == []
    assert await patient.dead_letters() == []
    asked, ends = asked_for(patient.sandbox), Counter(await patient.database.read(_ends))
    certain = [kind for kind in WRITTEN if name != "done too late" or kind in CREATES]
    again, found = int(name in NOT_DONE), int(name in DONE_UNHEARD)
    for kind in certain:
        assert (kind, asked[kind]) == (kind, WRITTEN[kind] + again)
        assert (kind, ends[kind, "adopted"]) == (kind, found)
    assert {state for _, state in ends} <= {"done", "adopted", "no_op"}


@pytest.mark.parametrize("seed", range(4))
async def test_faults_drawn_by_chance(patient: House, undisturbed: Any, seed: int) -> None:
    """Two faults in a row on most surfaces: still at most the three attempts after which a human has to look."""
    chance = random.Random(seed)
    drawn = [(kind, chance.choice(sorted(FAULTS)), chance.randrange(2)) for kind in WRITTEN for _ in range(2)]
    drawn = [(kind, name, after) for kind, name, after in drawn if can_strike(name, kind)]
    for kind, name, after in drawn:
        patient.sandbox.faults.add(FAULTS[name], *REQUESTS[kind], after=after)
    intents = Intents(patient)
    await people_act(patient.sandbox, REPO)
    await patient.works()
    story = f"seed {seed}: {drawn}"
    assert shown(patient.sandbox, REPO) == undisturbed, story
    assert intents.surprises == [], story
    assert {state for _, state in await patient.database.read(_ends)} <= {"done", "adopted", "no_op"}, story
