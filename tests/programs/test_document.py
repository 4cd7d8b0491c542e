"""What docs/programs.md shows is what happens: its programs run, its JSON is asked and accepted."""

import re
from pathlib import Path

import msgspec

from bot.model.codec import decode
from bot.model.opinions import Lacking, Opinion, ProposedChild, ProposedPlan, Request
from bot.settings import LONGEST_PROGRAM, VARIABLES
from tests.programs.given import ISSUE, asking, issue, python, saying

TEXT = (Path(__file__).parents[2] / "docs" / "programs.md").read_text(encoding="utf-8")


def shown(name: str) -> str:
    (block,) = re.findall(rf"<!-- {name} -->\n```\w+\n(.*?)```", TEXT, re.DOTALL)
    return str(block)


async def test_the_triage_program_asks_for_the_station(tmp_path: Path) -> None:
    programs = asking(triage=python(tmp_path, shown("triage program")))
    assert await programs.triage(ISSUE) == Opinion(
        outcome="needs-clarification",
        why="The issue is about signals and names no station.",
        missing=(Lacking("station", "Which station is it: northgate, harbour, old mill?"),),
    )
    answered = await programs.triage(issue(body="It is the one at Harbour."))
    assert isinstance(answered, Opinion)
    assert answered.outcome == "ready"


async def test_the_planner_makes_a_child_of_each_paragraph(tmp_path: Path) -> None:
    programs = asking(decompose=python(tmp_path, shown("decompose program")))
    body = (
        "Renew the signals. All four\r\nof them.\r\n\r\nThanks!\r\n\r\nOrder « new » lamps.\r\n\r\norder « NEW » lamps"
    )
    assert await programs.decompose(issue(body=body)) == ProposedPlan(
        children=(
            ProposedChild(title="Renew the signals", body="All four of them."),
            ProposedChild(title="Order « new » lamps"),
        )
    )


async def test_the_answers_that_are_shown_are_accepted(tmp_path: Path) -> None:
    opinion = await asking(triage=saying(tmp_path, shown("opinion").encode())).triage(ISSUE)
    assert opinion == Opinion(
        outcome="needs-clarification",
        why="Nothing says which station it is.",
        missing=(Lacking("station", "Which station is it?"),),
    )
    plan = await asking(decompose=saying(tmp_path, shown("plan").encode())).decompose(ISSUE)
    assert isinstance(plan, ProposedPlan)
    assert [child.parent for child in plan.children] == [None, 0]


async def test_the_request_that_is_shown_is_what_a_program_gets(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    code = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_bytes(sys.stdin.buffer.read())"
    same = issue(body="Since Monday, and only in the morning.")
    await asking(triage=python(tmp_path, code, str(heard))).triage(same)
    assert msgspec.json.decode(heard.read_bytes()) == msgspec.json.decode(shown("request"))
    assert decode(shown("request"), Request).schema == 1


def test_every_variable_about_programs_is_explained() -> None:
    for name in ("triage_command", "decompose_command", "program_timeout"):
        assert f"| `{VARIABLES[name].name}` |" in TEXT
    assert f"{VARIABLES['program_timeout'].default} unless set, at most {LONGEST_PROGRAM:g} |" in TEXT
