"""Which lines of a text are commands: structure decides, not the look of a raw line."""

import pytest

from bot.policy.command_parsing import commands_in


def found(text: str, before: str = "") -> list[tuple[str, str]]:
    return [(call.name, call.arguments) for call in commands_in(text, before=before)]


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("/decompose", [("decompose", "")]),
        ("/DECOMPOSE", [("decompose", "")]),
        ("Thanks!\n/plan", [("plan", "")]),
        ("/plan\r\n/decompose max=3  \r\n", [("plan", ""), ("decompose", "max=3")]),
        ('/clarify "which one?"', [("clarify", '"which one?"')]),
        ("   /plan", [("plan", "")]),
        ("/plan\n\n/plan", [("plan", ""), ("plan", "")]),
        ("/unknown-word x", [("unknown-word", "x")]),
    ],
)
def test_a_line_of_its_own_is_a_command(text: str, commands: list[tuple[str, str]]) -> None:
    assert found(text) == commands


@pytest.mark.parametrize(
    "text",
    [
        "",
        "please /plan this",
        "`/plan`",
        "```\n/plan\n```",
        "~~~\n/plan\n~~~",
        "````\n```\n/plan\n```\n````",
        "    /plan",
        "> /plan",
        "> quoted\n/plan",  # a lazy continuation still belongs to the quote
        "<!-- \n/plan\n-->",
        "<details>\n/plan\n</details>",
        "- /plan",
        "# /plan",
        "/ plan",
        "//plan",
        "/plan/other",
        "／plan",  # full width
        "/decompoſe",
        "/ｐlan",
        "/plan\u200b",
        "/pl\u202ean",
        "\u200b/plan",
        "/путь",
    ],
)
def test_quotes_code_html_lists_and_look_alikes_are_none(text: str) -> None:
    assert found(text) == []


def test_an_edit_counts_only_what_it_added() -> None:
    assert found("/plan\n/decompose", before="/plan") == [("decompose", "")]
    assert found("/plan\n\n/plan", before="/plan") == [("plan", "")]
    assert found("/plan again", before="/plan") == [("plan", "again")]
    assert found("/plan", before="/plan\n/decompose") == []


def test_each_call_knows_its_comment_and_place() -> None:
    calls = commands_in("/plan\n/plan", comment=7)
    assert [(call.comment, call.ordinal) for call in calls] == [(7, 0), (7, 1)]
