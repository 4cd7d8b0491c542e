"""`interlock status` shows what was decided and why, whatever words the reasons repeat."""

import io
import json
import shlex
from pathlib import Path

from rich.console import Console

from bot.cli.status import read_status, show
from tests.harness.house import REPO, House
from tests.harness.story import WORK
from tests.programs.given import saying


async def shown(house: House) -> str:
    found = await house.database.read(read_status, 50)
    console = Console(file=io.StringIO(), width=400, force_terminal=True)
    show(found, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def test_words_of_others_are_neither_markup_nor_orders_to_the_terminal(house: House, tmp_path: Path) -> None:
    answer = json.dumps({"outcome": "ready", "why": "It is [bold]fine[/bold] \x1b]0;owned\x07"})
    await house.restart(INTERLOCK_TRIAGE_COMMAND=shlex.join(saying(tmp_path, answer.encode())))
    ada = house.sandbox.actor("ada")
    issue = ada.open_issue(REPO, "Paint the station", WORK)
    await house.works()
    ada.comment(issue, "/stop it is [/red] too loud")
    await house.works()
    said = await shown(house)
    assert "says ready: It is [bold]fine[/bold] \ufffd]0;owned\ufffd" in said
    assert said.count("it is [/red] too loud") >= 3, "of the switch, of the decision and of what is held"
    assert f"{REPO} is stopped" in said
    assert "\x1b]" not in said
