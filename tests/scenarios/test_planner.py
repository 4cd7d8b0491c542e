"""A planning program of the operator: asked for epics without structure, always shown first, never obeyed unasked."""

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.state import Issue
from tests.harness.house import REPO, House
from tests.programs.given import python, saying
from tests.scenarios.test_decompose import EPIC, children

PROSE = "We want the new line to open before summer, with stations that people like."
PLAN = {
    "children": [
        {"title": "Build the stations", "body": "Four of them. /stop @ada closes #1"},
        {"title": "Paint the roofs", "parent": 0},
        {"title": "Order the trains"},
    ]
}
PROPOSED = ["Build the stations", "Order the trains"]


async def plans(house: House, command: list[str]) -> None:
    await house.restart(INTERLOCK_DECOMPOSE_COMMAND=" ".join(command))


async def says(house: House, issue: Issue, command: str) -> str:
    """What the bot answered last."""
    house.sandbox.actor("tria").comment(issue, command)
    await house.works()
    return house.comments(issue)[-1].body


def prose(house: House, body: str = PROSE) -> Issue:
    return house.sandbox.actor("ada").open_issue(REPO, "A new line", body)


async def test_its_plan_is_shown_and_made_only_when_confirmed(house: House, tmp_path: Path) -> None:
    await plans(house, saying(tmp_path, PLAN))
    issue = prose(house)
    shown = await says(house, issue, "/decompose")
    assert children(issue) == []
    assert "planning program" in shown
    assert all(f"- {title} (" in shown for title in PROPOSED)
    assert "  - Paint the roofs (" in shown
    await says(house, issue, "/decompose confirm")
    assert children(issue) == PROPOSED
    assert children(issue.children[0]) == ["Paint the roofs"]
    for child in (*issue.children, *issue.children[0].children):
        assert "planning program" in (child.body or "")
        assert f"Part of #{issue.number}." in (child.body or "")
        assert "@ada" not in (child.body or "")
        assert "closes #1" not in (child.body or "")


async def test_what_is_confirmed_is_what_was_shown(house: House, tmp_path: Path) -> None:
    """A program may answer otherwise the next time: it is not asked again, its shown plan is carried out."""
    counting = python(
        tmp_path,
        "import json, pathlib, sys\n"
        "count = pathlib.Path(sys.argv[1])\n"
        "count.write_text(count.read_text() + 'x' if count.exists() else 'x')\n"
        "print(json.dumps({'children': [{'title': 'Plan ' + count.read_text()}]}))\n",
        str(tmp_path / "count"),
    )
    await plans(house, counting)
    issue = prose(house)
    assert "Plan x (" in await says(house, issue, "/decompose")
    assert "Plan x (" in await says(house, issue, "/decompose preview")
    await says(house, issue, "/decompose confirm")
    assert children(issue) == ["Plan x"]
    assert (tmp_path / "count").read_text() == "x"


async def test_a_plan_nobody_was_shown_is_not_carried_out(house: House, tmp_path: Path) -> None:
    await plans(house, saying(tmp_path, PLAN))
    issue = prose(house)
    assert "/decompose confirm" in await says(house, issue, "/decompose confirm")
    assert children(issue) == []


async def test_an_edited_description_is_planned_and_shown_again(house: House, tmp_path: Path) -> None:
    await plans(house, saying(tmp_path, PLAN))
    issue = prose(house)
    await says(house, issue, "/decompose")
    await plans(house, saying(tmp_path, {"children": [{"title": "Dig a tunnel"}]}))
    house.sandbox.actor("ada").edit_issue(issue, body=f"{PROSE} All of it under ground.")
    assert "Dig a tunnel" in await says(house, issue, "/decompose confirm")
    assert children(issue) == []
    await says(house, issue, "/decompose confirm")
    assert children(issue) == ["Dig a tunnel"]


async def test_an_epic_with_structure_is_read_by_the_rules_and_no_program_is_asked(
    house: House, tmp_path: Path
) -> None:
    await plans(
        house, python(tmp_path, "import pathlib, sys; pathlib.Path(sys.argv[1]).touch()", str(tmp_path / "ran"))
    )
    issue = prose(house, EPIC)
    await says(house, issue, "/decompose")
    assert len(children(issue)) == 3
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("login", ["rene", "nora"])
async def test_who_may_not_decompose_starts_no_program(house: House, tmp_path: Path, login: str) -> None:
    await plans(
        house, python(tmp_path, "import pathlib, sys; pathlib.Path(sys.argv[1]).touch()", str(tmp_path / "ran"))
    )
    house.sandbox.actor(login).comment(prose(house), "/decompose")
    await house.works()
    assert not (tmp_path / "ran").exists()


BAD: list[Any] = [b"no JSON", {"children": [{"title": "A", "parent": 5}]}, {"children": [{"name": "A"}]}]


@pytest.mark.parametrize("answer", BAD)
async def test_a_program_that_fails_is_recorded_and_the_question_is_asked(
    house: House, tmp_path: Path, answer: Any
) -> None:
    await plans(house, saying(tmp_path, answer))
    issue = prose(house)
    assert "Which pieces of work" in await says(house, issue, "/decompose")
    (decided,) = [one for one in await house.decided("decompose") if one.command]
    assert decided.decision.rule == "nothing to decompose"
    assert "planning program gave no answer" in decided.decision.why
    assert "planning program gave no answer" in await says(house, issue, "/why")


async def test_a_program_that_finds_no_work_leads_to_the_question(house: House, tmp_path: Path) -> None:
    await plans(house, saying(tmp_path, {"children": []}))
    issue = prose(house)
    assert "Which pieces of work" in await says(house, issue, "/decompose")


async def test_above_the_limit_its_plan_is_confirmed_all_the_same(house: House, tmp_path: Path) -> None:
    """Whoever confirms has seen all of it."""
    await plans(house, saying(tmp_path, {"children": [{"title": f"Build station {n}"} for n in range(22)]}))
    issue = prose(house)
    await says(house, issue, "/decompose")
    await says(house, issue, "/decompose confirm")
    assert len(children(issue)) == 22


async def test_what_was_taken_back_is_shown_and_made_again(house: House, tmp_path: Path) -> None:
    await plans(house, saying(tmp_path, PLAN))
    issue = prose(house)
    await says(house, issue, "/decompose")
    await says(house, issue, "/decompose confirm")
    await says(house, issue, "/undo")
    assert [child.state for child in issue.children] == ["closed", "closed"]
    shown = await says(house, issue, "/decompose")
    assert all(f"- {title} (" in shown for title in PROPOSED)
    await says(house, issue, "/decompose confirm")
    assert children(issue) == [*PROPOSED, *PROPOSED]
    assert [child.state for child in issue.children] == ["closed", "closed", "open", "open"]
    assert [children(child) for child in issue.children[::2]] == [["Paint the roofs"], ["Paint the roofs"]]
