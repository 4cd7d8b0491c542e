"""docs/commands.md is what the commands declare, and what it says about lines is what the parser does."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import cli
from bot.cli.commands import declarations
from bot.messages.commands_page import COUNTS, COUNTS_NOT
from bot.model.commands import Permission
from bot.policy.command_parsing import commands_in
from bot.policy.spelling import CLOSE
from bot.registry import discover
from bot.worker.loop import ACCEPTED

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
DECLARED = {command.name: (command, goes_on) for command, goes_on in declarations()}
SECTIONS = {text.partition("`")[0].split()[0]: text for text in PAGE.split("\n## ")[0].split("\n### `/")[1:]}


def printed(*arguments: str) -> str:
    answer = CliRunner().invoke(cli.build(), ["commands", *arguments])
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def test_the_page_is_what_the_command_prints() -> None:
    assert printed("--document") == PAGE, "renew it with: interlock commands --document > docs/commands.md"


def test_every_command_has_a_section_in_the_order_of_the_names() -> None:
    assert list(SECTIONS) == sorted(discover().commands) == list(DECLARED)


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_a_section_says_all_that_is_declared(name: str) -> None:
    command, goes_on = DECLARED[name]
    section = SECTIONS[name]
    assert section.startswith(f"{name} {command.arguments}".strip() + "`\n")
    assert command.summary in section
    assert ("Not carried out on an issue that is on hold." in section) == (not goes_on)
    for example in command.examples:
        assert f"\n{example}\n" in section


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_every_command_shows_examples_that_are_uses_of_it(name: str) -> None:
    command, _ = DECLARED[name]
    assert command.examples
    for example in command.examples:
        (call,) = commands_in(example)
        assert call.name == name
        assert bool(command.arguments) or not call.arguments


@pytest.mark.parametrize(("what", "text"), COUNTS)
def test_what_the_page_says_counts_does(what: str, text: str) -> None:
    found = [call.name for call in commands_in(text)]
    assert found, what
    assert set(found) <= set(DECLARED)
    assert f"| {what} |" in PAGE


@pytest.mark.parametrize(("what", "text"), COUNTS_NOT)
def test_what_the_page_says_does_not_count_does_not(what: str, text: str) -> None:
    assert commands_in(text) == ()
    assert f"| {what} |" in PAGE


def test_the_samples_stand_in_the_page_as_they_are() -> None:
    """Whoever copies one from the page tries the same text."""
    for _, text in (*COUNTS, *COUNTS_NOT):
        assert text.replace("\n", "⏎") in PAGE


def test_the_rules_that_are_numbers_are_those_of_the_code() -> None:
    assert CLOSE == 2
    assert "at most two letters off" in PAGE
    assert ACCEPTED == "eyes"
    assert "a 👀 on the comment" in PAGE
    roles = [role.name.lower() for role in Permission if role is not Permission.NONE]
    assert ", ".join(roles) in " ".join(PAGE.split())


def test_the_list_for_machines_has_every_declaration() -> None:
    told = {one["command"]: one for one in json.loads(printed("--json"))}
    assert set(told) == set(DECLARED)
    assert told["stop"] == {
        "command": "stop",
        "arguments": "[reason]",
        "may": "maintain",
        "on_hold": True,
        "summary": DECLARED["stop"][0].summary,
        "examples": ["/stop it is too loud today"],
    }
    assert not told["plan"]["on_hold"]


def test_the_list_for_people_has_every_command_with_who_may() -> None:
    listed = printed().split("\n\n")
    assert len(listed) == len(DECLARED)
    (clarify,) = [one for one in listed if one.startswith("/clarify ")]
    assert clarify.splitlines() == [
        "/clarify <question>",
        "    Asks the author this question, and waits for the answer.",
        "    who may: people with the triage role or more",
        "    for example: /clarify Which version is it?",
    ]
