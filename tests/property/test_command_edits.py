"""Texts of lines that are known to be commands or none: all are found, and after an edit those that are new."""

import random
from collections import Counter
from types import ModuleType

import pytest

from bot.policy import command_parsing
from tests.property.mutants import COMMAND_MUTANTS, Mutant

TEXTS = 1_500
COMMANDS = (
    ("/plan", ("plan", "")),
    ("/PLAN  ", ("plan", "")),
    ("  /decompose max=3", ("decompose", "max=3")),
    ('/clarify "which one?" \t', ("clarify", '"which one?"')),
    ("Thanks.\n/why", ("why", "")),
    ("- one\n- two\n/triage", ("triage", "")),
    ("> quoted\n\n/hold until `noon`", ("hold", "until `noon`")),
)
NO_COMMANDS = (
    "Some text about /plan.",
    "> /plan",
    "> a\n/plan",
    "```\n/plan\n```",
    "~~~~\n~~~\n/why\n~~~~",
    "```suggestion\n/decompose max=3\n```",
    "text\n\n    /plan",
    "`a\n/plan\nb`",
    "<!--\n/why\n\n/plan\n-->",
    "<details>\n\n/plan\n\n</details>",
    "- /plan",
    "/pl\u200ban",
    "/plan\u202e",
    "/plan a\u200bb",
    "／plan",
    "/рlan",
    "[a\n/plan](https://example.org)",
)
TAIL = "On Sun, Nov 1, 2026, Ann <ann@example.org> wrote:\n\n/plan\n\n/why"

Found = Counter[tuple[str, str]]


def text_of(chance: random.Random) -> tuple[str, Found]:
    """A text of up to seven paragraphs, and the commands in it."""
    parts, commands = [], Counter[tuple[str, str]]()
    for _ in range(chance.randrange(8)):
        if chance.random() < 0.5:
            part, command = chance.choice(COMMANDS)
            commands[command] += 1
        else:
            part = chance.choice(NO_COMMANDS)
        parts.append(part)
    if chance.random() < 0.2:
        parts.append(TAIL)
    return "\n\ntext\n\n".join(parts).replace("\n", chance.choice(("\n", "\r\n"))), commands


def first_mistake(module: ModuleType, texts: int = TEXTS) -> str:
    """The first text of which `module` gives other commands than were put into it; empty if there is none."""
    chance = random.Random(4)
    for _ in range(texts):
        (before, old), (after, new) = text_of(chance), text_of(chance)
        found = [Counter((call.name, call.arguments) for call in calls) for calls in
                 (module.commands_in(after), module.commands_in(after, before=before))]  # fmt: skip
        if found != [new, new - old]:
            return f"{before!r} -> {after!r}: {found}, not {[new, new - old]}"
    return ""


def test_every_command_is_found_and_an_edit_runs_only_what_it_added() -> None:
    assert first_mistake(command_parsing) == ""


@pytest.mark.parametrize("mutant", COMMAND_MUTANTS, ids=lambda mutant: mutant.name)
def test_a_wrong_parser_is_found_out(mutant: Mutant) -> None:
    assert first_mistake(mutant.load()) != ""
