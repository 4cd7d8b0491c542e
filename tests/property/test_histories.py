"""Twenty thousand conversations, decided by the bot and by an oracle that shares no code with it."""

import ast
import functools
from collections import Counter
from pathlib import Path

import pytest

from bot.policy import thread
from tests.property import oracle, pools
from tests.property.histories import history, told
from tests.property.mutants import THREAD_MUTANTS, Mutant, decisions

HISTORIES, PARTS = 20_000, 8
PART = HISTORIES // PARTS


@pytest.fixture
def _each_text_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The texts come from small pools, and the judgement is a pure function."""
    monkeypatch.setattr(thread, "adds_something", functools.cache(thread.adds_something))


@pytest.mark.usefixtures("_each_text_is_judged_once")
@pytest.mark.parametrize("part", range(PARTS))
def test_the_bot_decides_as_the_oracle_does(part: int) -> None:
    seen: Counter[tuple[str, str, str]] = Counter()
    for seed in range(part * PART, (part + 1) * PART):
        given = history(seed)
        expected, found = oracle.expected(given.thread, given.adds), decisions(thread, given.thread)
        assert found == expected, f"conversation {seed}\n{told(given.thread, given.adds, expected, found)}"
        for step, decision in zip(given.thread["steps"], found, strict=True):
            seen[step["author_kind"], step["type"], decision] += 1

    requeued_by_us = {key for key in seen if key[0] in ("us", "bot") and key[2] == "requeue"}
    assert requeued_by_us <= {
        ("us", "comment_deleted", "requeue")
    }  # whoever deleted our question, nobody can answer it
    for decision in ("wait", "requeue", "human-needed"):  # the conversations are no desert: each is met often
        assert sum(count for key, count in seen.items() if key[2] == decision) > PART / 10


def test_the_oracle_knows_nothing_of_the_bot() -> None:
    for module in (oracle, pools):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
        assert not {name for name in imported if str(name).startswith(("bot", "tests"))}


def test_the_pools_are_as_large_as_they_are_different() -> None:
    assert len(pools.ADDS_SOMETHING) >= 20
    assert len(pools.ADDS_NOTHING) >= 20
    assert not set(pools.ADDS_SOMETHING) & set(pools.ADDS_NOTHING)


@pytest.mark.parametrize("mutant", THREAD_MUTANTS, ids=lambda mutant: mutant.name)
def test_a_wrong_rule_is_found_out(mutant: Mutant) -> None:
    wrong = mutant.load()
    for seed in range(PART):
        given = history(seed)
        if decisions(wrong, given.thread) != oracle.expected(given.thread, given.adds):
            return
    pytest.fail(f"{mutant.name}: {PART} conversations do not tell it from the rule")
