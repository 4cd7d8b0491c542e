"""The operator names programs in the environment; each is asked in its own place, and a bad name stops the start."""

import sys
from pathlib import Path

import msgspec
import pytest

from bot.model.ids import IssueRef
from bot.model.opinions import NoOpinion, Opinion, ProposedPlan
from bot.sandbox.server import Sandbox
from bot.settings import BadEnvironment, Settings, read_settings
from tests.harness.house import REPO, House
from tests.programs.given import ISSUE, python

PEM = "-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----"
GOOD = {"GITHUB_APP_ID": "7", "GITHUB_PRIVATE_KEY": PEM, "GITHUB_WEBHOOK_SECRET": "s" * 32}
COMMANDS = ("INTERLOCK_TRIAGE_COMMAND", "INTERLOCK_DECOMPOSE_COMMAND")


def refused(**environment: str) -> str:
    with pytest.raises(BadEnvironment) as error:
        read_settings({**GOOD, **environment})
    return str(error.value)


def settings(**environment: str) -> Settings:
    return read_settings({**GOOD, **environment})


def test_no_program_is_the_default() -> None:
    plain = settings()
    assert (plain.triage_command, plain.decompose_command, plain.program_timeout) == ((), (), 30.0)


def test_a_command_is_split_as_a_shell_would_and_each_goes_to_its_place() -> None:
    both = settings(
        INTERLOCK_TRIAGE_COMMAND=f"'{sys.executable}' \"/opt/my scripts/a.py\" $HOME",
        INTERLOCK_DECOMPOSE_COMMAND="/bin/cat /opt/b",
    )
    assert both.triage_command == (sys.executable, "/opt/my scripts/a.py", "$HOME")
    assert both.decompose_command == ("/bin/cat", "/opt/b")


@pytest.mark.parametrize("name", COMMANDS)
def test_blanks_are_no_program(name: str) -> None:
    assert settings(**{name: " "}) == settings()


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("command", ["cat", "python3 /opt/a.py", "./cat", "~/cat", "''"])
def test_a_program_without_an_absolute_path_is_refused(name: str, command: str) -> None:
    said = refused(**{name: command})
    assert said.startswith(f"{name} must begin with the absolute path of a program, and '")
    assert "without PATH" in said


def test_a_program_that_cannot_be_started_is_refused(tmp_path: Path) -> None:
    gone, folder, plain = tmp_path / "gone", tmp_path, tmp_path / "plain"
    plain.write_text("#!/bin/sh\n")
    plain.chmod(0o644)
    for path in (gone, folder):
        said = refused(INTERLOCK_TRIAGE_COMMAND=f"{path} --x")
        assert said == f"INTERLOCK_TRIAGE_COMMAND must begin with the path of a program; there is no file {path}"
    said = refused(INTERLOCK_DECOMPOSE_COMMAND=str(plain))
    assert said.startswith(f"INTERLOCK_DECOMPOSE_COMMAND must begin with a program, and {plain} is not executable")
    plain.chmod(0o755)
    assert settings(INTERLOCK_DECOMPOSE_COMMAND=str(plain)).decompose_command == (str(plain),)


def test_an_open_quotation_is_refused() -> None:
    assert refused(INTERLOCK_TRIAGE_COMMAND='/bin/cat "a') == "INTERLOCK_TRIAGE_COMMAND No closing quotation"


@pytest.mark.parametrize("seconds", ["0", "-1", "0.05", "90.1", "120", "inf", "nan"])
def test_a_time_limit_that_no_job_could_keep_is_refused(seconds: str) -> None:
    assert refused(INTERLOCK_PROGRAM_TIMEOUT=seconds) == "INTERLOCK_PROGRAM_TIMEOUT must be between 0.1 and 90"


@pytest.mark.parametrize(("text", "seconds"), [("0.1", 0.1), ("90", 90.0)])
def test_the_time_limit_has_both_ends(text: str, seconds: float) -> None:
    assert settings(INTERLOCK_PROGRAM_TIMEOUT=text).program_timeout == seconds


async def test_handlers_are_given_the_programs_of_the_environment(github: Sandbox, tmp_path: Path) -> None:
    """Through the composition root: the right program for each question, the repository's name, the time limit."""
    code = """
import json, sys, time
told = json.load(sys.stdin.buffer)
if told["body"] == "Wait.": time.sleep(300)
said = f"{sys.argv[1]}, {told['kind']}: {told['title']} in {told['repository']}"
answer = {"outcome": "ready", "why": said} if told["kind"] == "triage" else {"children": [{"title": said}]}
json.dump(answer, sys.stdout)
"""
    command = " ".join(python(tmp_path, code))
    environment = {
        "INTERLOCK_TRIAGE_COMMAND": f"{command} first",
        "INTERLOCK_DECOMPOSE_COMMAND": f"{command} second",
        "INTERLOCK_PROGRAM_TIMEOUT": "20",
    }
    async with House.open(github, f"sqlite:///{tmp_path / 'interlock.db'}", **environment) as house:
        read = house.worker.loop.read
        opened = github.actor("rene").open_issue(REPO, "Signal fails", "It stays red after the train has passed.")
        await house.works()
        repo = await read.github.find_repository(REPO)
        assert repo is not None
        issue = await read.github.issue(IssueRef(repo, opened.number))
        assert issue is not None
        assert read.advisors.has_triage
        opinion, plan = await read.advisors.triage(issue), await read.advisors.decompose(issue)
        assert opinion == Opinion(outcome="ready", why=f"first, triage: Signal fails in {REPO}")
        assert isinstance(plan, ProposedPlan)
        assert [child.title for child in plan.children] == [f"second, decompose: Signal fails in {REPO}"]
    async with House.open(
        github, f"sqlite:///{tmp_path / 'interlock.db'}", **environment | {"INTERLOCK_PROGRAM_TIMEOUT": "0.5"}
    ) as house:
        slow = msgspec.structs.replace(issue, body="Wait.")
        assert await house.worker.loop.read.advisors.triage(slow) == NoOpinion("it did not answer within 0.5 s")


async def test_without_programs_handlers_are_given_nobody_to_ask(house: House) -> None:
    advisors = house.worker.loop.read.advisors
    assert (await advisors.triage(ISSUE), await advisors.decompose(ISSUE)) == (None, None)
    assert not advisors.has_triage
