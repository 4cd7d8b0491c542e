"""The table of openings in docs/triage.md is what the code says, and it is large enough to mean something."""

import re
from pathlib import Path

import pytest

from bot.model.triage_rules import DEFAULT
from bot.policy.triage import judge

_DOCUMENT = Path(__file__).parents[2] / "docs" / "triage.md"
_ROW = re.compile(r"\| (.*?) \| (?:`(.+?)`|\(empty\)) \| (.*?) \| (\S+) \| (.*?) ?\|")


def _rows() -> list[tuple[str, str, list[str], str, list[str]]]:
    table = _DOCUMENT.read_text(encoding="utf-8").split("## Openings and answers")[1]
    found = []
    for line in table.splitlines():
        if line.startswith("| ") and not line.startswith("| title |"):
            match = _ROW.fullmatch(line)
            assert match, f"no row of the table: {line}"
            title, body, labels, outcome, missing = match.groups()
            found.append((title.strip(), (body or "").replace("⏎", "\n"), labels.split(", "), outcome, _names(missing)))
    return found


def _names(missing: str) -> list[str]:
    return [name for name in missing.split(", ") if name]


ROWS = _rows()


@pytest.mark.parametrize(("title", "body", "labels", "outcome", "missing"), ROWS, ids=[row[0] for row in ROWS])
def test_triage_says_what_the_table_says(
    title: str, body: str, labels: list[str], outcome: str, missing: list[str]
) -> None:
    judgement = judge(title, body, labels)
    assert (judgement.outcome, [one.name for one in judgement.missing]) == (outcome, missing), judgement.why


def test_the_table_has_forty_openings_and_fifteen_complete_ones_and_every_outcome() -> None:
    outcomes = [row[3] for row in ROWS]
    assert len(ROWS) >= 40
    assert outcomes.count("ready") >= 15
    assert set(outcomes) == {"ready", "needs-clarification", "epic", "duplicate-of?", "blocked"}


def test_the_table_shows_everything_that_can_be_missing() -> None:
    shown = {name.split(":")[0] for row in ROWS for name in row[4]}
    assert shown == {*DEFAULT.bug_needs, "answer"}
