"""A program of the operator is run as docs/programs.md says, and whatever it does is an answer or a reason for none."""

import asyncio
import json
import logging
import os
import time
from pathlib import Path

import msgspec
import pytest

from bot.model.opinions import Lacking, NoOpinion, Opinion, ProposedChild, ProposedPlan
from bot.programs.advisors import LONGEST_ANSWER, MOST_AT_ONCE, MOST_STDOUT
from bot.settings import LONGEST_PROGRAM
from bot.worker.loop import LONGEST_JOB
from tests.programs.given import ENOUGH, ISSUE, PLAN, READY, asking, issue, python, saying

ANSWER = "import json, sys; sys.stdout.write(json.dumps({'outcome': 'ready', 'why': %s}))"
#: Notes its own number, its directory and a grandchild's number in the file it is given, then hangs.
HANGS = """
import os, pathlib, subprocess, sys
child = subprocess.Popen(["/bin/sleep", "300"])
sys.stderr.write("asking the model")
sys.stderr.flush()
note = pathlib.Path(sys.argv[1])
part = note.with_suffix(".part")
part.write_text(f"{os.getpid()} {child.pid} {os.getcwd()}")
part.rename(note)
child.wait()
"""


async def is_gone(pid: int) -> bool:
    """True when the process has ended; a zombie whose new parent has not looked yet has ended too."""
    for _ in range(500):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                return True
        except FileNotFoundError:
            return True
        await asyncio.sleep(0.02)
    return False


async def until(file: Path) -> None:
    async with asyncio.timeout(ENOUGH):
        while not file.exists():  # noqa: ASYNC110  # another process writes it
            await asyncio.sleep(0.02)


async def test_without_a_program_nobody_is_asked(tmp_path: Path) -> None:
    only_triage = asking(triage=saying(tmp_path, READY))
    assert await only_triage.decompose(ISSUE) is None
    only_planner = asking(decompose=saying(tmp_path, PLAN))
    assert await only_planner.triage(ISSUE) is None


async def test_a_good_opinion_comes_back(tmp_path: Path) -> None:
    missing = [{"name": "station", "question": "Which station?"}, {"name": "day", "question": "Which day?"}]
    said = {"outcome": "needs-clarification", "why": "Two things are missing.", "missing": missing}
    opinion = await asking(triage=saying(tmp_path, said)).triage(ISSUE)
    assert opinion == Opinion(
        outcome="needs-clarification",
        why="Two things are missing.",
        missing=(Lacking("station", "Which station?"), Lacking("day", "Which day?")),
    )
    assert isinstance(opinion, Opinion)
    assert [(one.name, one.question) for one in opinion.asks_for] == [
        ("station", "Which station?"),
        ("day", "Which day?"),
    ]


async def test_a_good_plan_comes_back(tmp_path: Path) -> None:
    said = {"children": [{"title": "Renew", "body": "All four."}, {"title": "Order lamps", "parent": 0}]}
    assert await asking(decompose=saying(tmp_path, said)).decompose(ISSUE) == ProposedPlan(
        children=(ProposedChild(title="Renew", body="All four."), ProposedChild(title="Order lamps", parent=0))
    )


@pytest.mark.parametrize("kind", ["triage", "decompose"])
async def test_what_it_is_asked_is_the_documented_json(tmp_path: Path, kind: str) -> None:
    heard = tmp_path / "heard"
    code = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_bytes(sys.stdin.buffer.read())"
    command = python(tmp_path, code, str(heard))
    await (asking(triage=command).triage(ISSUE) if kind == "triage" else asking(decompose=command).decompose(ISSUE))
    assert heard.read_bytes().endswith(b"}\n")
    assert json.loads(heard.read_bytes()) == {
        "schema": 1,
        "kind": kind,
        "repository": "acme/railway",
        "number": 12,
        "title": "Signal 4 stays red",
        "body": "Since Monday.",
        "labels": ["bug", "signals"],
        "author": "rene",
    }


HOSTILE = "\"'`$(id); rm -rf /\n\r\n\t\\ \0 \x1b[2J \u202e 🚂 </script> <!-- -->\u2028" * 50


async def test_hostile_text_arrives_as_it_is(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    code = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_bytes(sys.stdin.buffer.read())"
    hostile = issue(title=HOSTILE[:200], body=HOSTILE, labels=frozenset({HOSTILE[:40], "--help"}))
    await asking(triage=python(tmp_path, code, str(heard))).triage(hostile)
    told = json.loads(heard.read_bytes())
    assert told["title"].encode() == HOSTILE[:200].encode()
    assert told["body"].encode() == HOSTILE.encode()
    assert set(told["labels"]) == {HOSTILE[:40], "--help"}


async def test_a_lone_surrogate_is_replaced_and_stops_nothing(tmp_path: Path) -> None:
    code = (
        "import json, sys; told = json.load(sys.stdin.buffer); "
        "why = ascii([told['title'], told['body'], told['labels']]); " + ANSWER % "why"
    )
    broken = issue(title="a\ud800b", body="\udfff", labels=frozenset({"x\ude00"}))
    opinion = await asking(triage=python(tmp_path, code)).triage(broken)
    assert isinstance(opinion, Opinion)
    assert opinion.why == r"['a\ufffdb', '\ufffd', ['x\ufffd']]"


async def test_a_program_need_not_read_its_input(tmp_path: Path) -> None:
    command = saying(tmp_path, READY)
    assert isinstance(await asking(triage=command).triage(issue(body="x" * 5_000_000)), Opinion)


async def test_its_environment_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", "canary")
    code = "import json, sys; " + ANSWER % "'seen: ' + open('/proc/self/environ', 'rb').read().decode()"
    opinion = await asking(triage=python(tmp_path, code)).triage(ISSUE)
    assert isinstance(opinion, Opinion)
    assert opinion.why == "seen: "


async def test_its_directory_is_empty_and_gone_afterwards(tmp_path: Path) -> None:
    code = (
        "import os, pathlib; left = os.listdir(); pathlib.Path('note').write_text('x'); "
        "os.mkdir('sub'); " + ANSWER % "f'{left} {os.getcwd()}'"
    )
    opinion = await asking(triage=python(tmp_path, code)).triage(ISSUE)
    assert isinstance(opinion, Opinion)
    left, _, directory = opinion.why.partition(" ")
    assert left == "[]"
    assert directory not in (os.getcwd(), str(tmp_path))
    assert Path(directory).is_absolute()
    assert not Path(directory).exists()


async def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    command = [*python(tmp_path, "import sys; " + ANSWER % "sys.argv[1]"), "$(id); `id` | x > y"]
    opinion = await asking(triage=command).triage(ISSUE)
    assert isinstance(opinion, Opinion)
    assert opinion.why == "$(id); `id` | x > y"


async def test_a_slow_program_is_killed_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "note"
    began = time.monotonic()
    nothing = await asking(triage=python(tmp_path, HANGS, str(note)), timeout=4).triage(ISSUE)
    assert nothing == NoOpinion("it did not answer within 4 s", "asking the model")
    assert time.monotonic() - began < 30
    program, child, directory = note.read_text().split()
    assert await is_gone(int(program))
    assert await is_gone(int(child))
    assert not Path(directory).exists()


async def test_a_cancelled_job_leaves_nothing_running(tmp_path: Path) -> None:
    note = tmp_path / "note"
    programs = asking(triage=python(tmp_path, HANGS, str(note)))
    task = asyncio.create_task(programs.triage(ISSUE))
    await until(note)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    program, child, directory = note.read_text().split()
    assert await is_gone(int(program))
    assert await is_gone(int(child))
    assert not Path(directory).exists()


async def test_another_exit_code_is_no_answer_whatever_it_wrote(tmp_path: Path) -> None:
    code = "import sys; " + ANSWER % "'x'" + "; sys.stderr.write('no key\\n'); sys.exit(1)"
    nothing = await asking(triage=python(tmp_path, code)).triage(ISSUE)
    assert nothing == NoOpinion("it ended with exit code 1", "no key")
    assert isinstance(nothing, NoOpinion)
    assert nothing.reason == "it ended with exit code 1; stderr: no key"


@pytest.mark.parametrize("number", [9, 40])
async def test_a_signal_is_no_answer(tmp_path: Path, number: int) -> None:
    command = python(tmp_path, "import os, sys; os.kill(os.getpid(), int(sys.argv[1]))", str(number))
    assert await asking(decompose=command).decompose(ISSUE) == NoOpinion(f"it ended with signal {number}")


async def test_the_end_of_stderr_is_kept(tmp_path: Path) -> None:
    code = "import sys; sys.stderr.buffer.write(b'first' + b'\\xff' + b'x' * 1995 + b' last\\n'); sys.exit(2)"
    nothing = await asking(triage=python(tmp_path, code)).triage(ISSUE)
    assert nothing == NoOpinion("it ended with exit code 2", "x" * 1995 + " last")
    code = "import sys; sys.stderr.buffer.write(b'a\\xffb'); sys.exit(2)"
    nothing = await asking(triage=python(tmp_path, code)).triage(ISSUE)
    assert nothing == NoOpinion("it ended with exit code 2", "a\ufffdb")


async def test_stderr_beside_a_good_answer_is_no_failure(tmp_path: Path) -> None:
    code = "import sys; sys.stderr.write('y' * 1_200_000); " + ANSWER % "'x'"
    assert isinstance(await asking(triage=python(tmp_path, code)).triage(ISSUE), Opinion)


async def test_a_program_that_vanished_is_told_without_its_path(tmp_path: Path) -> None:
    command = [str(tmp_path / "gone"), "--key=secret"]
    assert await asking(triage=command).triage(ISSUE) == NoOpinion("it could not be run: No such file or directory")


async def test_a_file_that_is_no_program_is_told(tmp_path: Path) -> None:
    file = tmp_path / "program"
    file.write_text("no shebang")
    file.chmod(0o755)
    assert await asking(triage=[str(file)]).triage(ISSUE) == NoOpinion("it could not be run: Exec format error")


@pytest.mark.parametrize(("more", "is_answer"), [(0, True), (1, False)])
async def test_stdout_has_a_limit(tmp_path: Path, more: int, is_answer: bool) -> None:
    answer = msgspec.json.encode(READY)
    padded = answer + b" " * (MOST_STDOUT - len(answer) + more)
    heard = await asking(triage=saying(tmp_path, padded)).triage(ISSUE)
    if is_answer:
        assert isinstance(heard, Opinion)
    else:
        assert heard == NoOpinion("it wrote more than 1048576 bytes to stdout")


async def test_too_long_an_answer_ends_the_program_at_once(tmp_path: Path) -> None:
    """It would hang after a byte too many: only who counts while it writes can say what was wrong."""
    code = (
        "import sys, time; sys.stderr.write('streaming'); sys.stderr.flush(); "
        "sys.stdout.write('x' * (2 * 1024 * 1024 - 8)); sys.stdout.flush(); time.sleep(300)"
    )
    nothing = await asking(triage=python(tmp_path, code), timeout=30).triage(ISSUE)
    assert nothing == NoOpinion("it wrote more than 2097152 bytes", "streaming")


async def test_two_run_at_once_and_the_third_waits(tmp_path: Path) -> None:
    """Both kinds have the same places."""
    code = """
import json, os, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
mine = folder / str(os.getpid())
mine.write_text("")
time.sleep(0.3)
most = len(list(folder.iterdir()))
time.sleep(0.3)
mine.unlink()
said = {"outcome": "ready", "why": str(most)} if sys.argv[2] == "triage" else {"children": [{"title": f"Saw {most}"}]}
json.dump(said, sys.stdout)
"""
    folder = tmp_path / "running"
    folder.mkdir()
    command = python(tmp_path, code, str(folder))
    programs = asking(triage=[*command, "triage"], decompose=[*command, "decompose"])
    opinions, plans = await asyncio.gather(
        asyncio.gather(*(programs.triage(ISSUE) for _ in range(3))),
        asyncio.gather(*(programs.decompose(ISSUE) for _ in range(3))),
    )
    seen = [int(one.why) for one in opinions if isinstance(one, Opinion)]
    seen += [int(one.children[0].title.split()[1]) for one in plans if isinstance(one, ProposedPlan)]
    assert len(seen) == 6
    assert max(seen) == MOST_AT_ONCE == 2


async def test_a_program_that_would_start_too_late_is_not_started(tmp_path: Path) -> None:
    notes = [tmp_path / str(n) for n in range(MOST_AT_ONCE)]
    code = HANGS.replace("sys.argv[1]", "json.load(sys.stdin.buffer)['title']").replace("import os", "import json, os")
    programs = asking(triage=python(tmp_path, code), decompose=saying(tmp_path, PLAN), timeout=LONGEST_ANSWER - 0.5)
    hanging = [asyncio.create_task(programs.triage(issue(title=str(note)))) for note in notes]
    for note in notes:
        await until(note)
    assert await programs.decompose(ISSUE) == NoOpinion("2 programs were running all the time; it was not started")
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
    assert isinstance(await programs.decompose(ISSUE), ProposedPlan), "their places are free again"


def test_a_job_outlives_the_slowest_program() -> None:
    assert LONGEST_PROGRAM < LONGEST_ANSWER < LONGEST_JOB


async def test_a_failure_is_in_the_log_on_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    code = "import sys; sys.stderr.write('one\\ntwo \\x1b[2J'); sys.exit(1)"
    with caplog.at_level(logging.WARNING, logger="bot.programs.advisors"):
        await asking(decompose=python(tmp_path, code)).decompose(ISSUE)
        await asking(triage=saying(tmp_path, READY)).triage(ISSUE)
    (record,) = caplog.records
    assert record.getMessage() == (
        r"the decompose program gave no answer: 'it ended with exit code 1; stderr: one\ntwo \x1b[2J'"
    )
