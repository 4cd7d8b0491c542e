"""Where a command may stand, and what only looks like one: tables over Markdown structure, mail and Unicode."""

import pytest

from bot.policy.command_parsing import LONGEST_LINE, commands_in, look_alikes, without_bare_commands


def found(text: str, before: str = "") -> list[tuple[str, str]]:
    return [(call.name, call.arguments) for call in commands_in(text, before=before)]


PLAN = [("plan", "")]


@pytest.mark.parametrize(
    "text",
    [
        "Thanks\n/plan\n",
        "Thanks\n  /plan",
        "Thanks\\\n/plan",  # a hard break
        "Thanks  \n/plan  ",
        "Thanks\r/plan\r",  # a lone CR ends a line (CommonMark 2.1)
        "/plan\t",
        "/plan\n---\nsent from a phone",  # the line is its own, though it renders as a heading
        "- one\n- two\n/plan",  # not indented: meant for us, not for the item
        "> quoted\n\n/plan",
        "```\ncode\n```\n/plan",
        "<!-- hidden -->\n/plan",
        "<!-->\n/plan",  # a whole comment
        "use `<details>` and\n/plan",
        "use `<!--` and\n\n/plan",
        "<details>\n<summary>log</summary>\n\ntext\n\n</details>\n\n/plan",
        "</details>\n\n/plan",
        "<details>\n> /no\n</details>\n/plan",  # the block of HTML goes on, the folded part does not
        "<br>\n/plan",
        "<p align=center>\n/plan\n</p>",
        "**bold\n/plan\nbold**",
        "[a]: /url\n\n/plan",
        "![x](y.png)\n/plan",
        "a ` b\n/plan",  # a backtick that opens nothing
        "On Monday it worked.\n/plan",
        "On Mon, Ann wrote:\n> Which one?\n\n/plan",  # answered below the quote
        "> On Mon, Ann wrote:\n> x\n\n/plan",
    ],
)
def test_a_line_of_running_text_is_a_command(text: str) -> None:
    assert found(text) == PLAN


@pytest.mark.parametrize(
    "text",
    [
        "a `code\n/plan\nspan` b",
        "a <!-- hidden\n/plan\n--> b",
        'a <b title="\n/plan\n"> b',
        "[a link\n/plan x](https://example.org)",
        '[a](https://example.org "title\n/plan x\n")',
        "![alt\n/plan x\n](y.png)",
        "[a]: https://example.org\n'title\n/plan\n'",
        "```suggestion\n/plan\n```",
        "````\n```\n````x\n/plan\n````",
        "~~~~\n~~~\n/plan\n~~~~",
        "```\nnever closed\n\n/plan",
        "- item\n\n  ```\n  x\n  ```\n  /plan",
        "- item\n\n  /plan",
        "1. a\n   /plan",
        "text\n\n    /plan",
        "text\n    /plan",  # indented like code, though it renders as text
        "\t/plan",
        "> > /plan",
        "> a\n> > b\n/plan",
        "> - a\n/plan",
        "<!--\n\n/plan\n\n-->",
        "<div><!--\n\n/plan\n\n</div>",  # a browser goes on hiding behind the blank line
        "<!-- never closed\n\n/plan",
        "<details>\n\n/plan\n\n</details>",
        "<DETAILS open>\n<summary>quote</summary>\n\n> a\n\n/plan\n</DETAILS>",
        "<details>\n\n<details>\n\n</details>\n\n/plan\n\n</details>",
        "text <details>\n/plan\n</details>",
        "<blockquote>\n\n/plan\n\n</blockquote>",
        "<pre>\n\n/plan\n</pre>",
        "text <code>\n/plan\n</code>",
        "<script>\n/plan\n</script>",
        '<div title="\n/plan\n">',
        '<div\ntitle="\n/plan\n"\n>',
        "<div>\n<details>\n/plan\n</details>\n</div>",
        "<div>\n<!--\n/plan\n-->\n</div>",
        "> <p>\n> /plan\n",
        "<div>\n-----Original Message-----\n/plan\n</div>",
        "Yes.\n\n-----Original Message-----\nFrom: Ann\n\n/plan",
        "Yes.\n\n---------- Forwarded message ---------\n\n/plan",
        "Yes.\n\nFrom: Ann <ann@example.org>\nSent: Monday\nTo: Bob\n\n/plan",
        "On Tue, Nov 3, 2026 at 10:00, Ann <ann@example.org> wrote:\n\n/plan",
        "On Tue, Nov 3, 2026 at 10:00,\nAnn <ann@example.org>\nwrote:\n/plan",
        "On Tue, Ann wrote:\n> text\n> /plan",
        "Am 03.11.2026 um 10:00 schrieb Ann <ann@example.org>:\n\n/plan",
        "Le mar. 3 nov. 2026, Ann a écrit :\n\n/plan",
        "&#47;plan",
        "\\/plan",
        "/1plan",
        "/-plan",
        "/plan.",
        "/plan: now",
        "/" + "p" * 41,
        "/plan " + "x" * LONGEST_LINE,
    ],
)
def test_other_peoples_words_code_and_hidden_text_are_none(text: str) -> None:
    assert found(text) == []


INVISIBLE = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u115f\u3164\uffa0\u180e\u2800\u202a\u202e\u2066\u2069\u200e\u061c"
)


@pytest.mark.parametrize("character", INVISIBLE + "\x00\x07\x1b\x7f\x85\u2028", ids=ascii)
def test_nothing_invisible_makes_or_joins_a_command(character: str) -> None:
    for text in (
        f"{character}/plan",
        f"/{character}plan",
        f"/pl{character}an",
        f"/plan{character}",
        f"/plan a{character}b",
    ):
        assert found(text) == [], ascii(text)


@pytest.mark.parametrize(
    "line",
    ["／plan", "⁄plan", "∕plan", "/рlan", "/plаn", "/ｐlan", "/decompoſe", "/ｐｌａｎ", "/pl\u0131an", "/plan\u0301"],
    ids=ascii,
)
def test_a_look_alike_is_no_command_and_is_shown_escaped(line: str) -> None:
    assert found(line) == []
    (shown,) = look_alikes(f"Hello\r\n{line}\r\nbye")
    assert shown.isascii()
    assert shown.isprintable()
    assert "\\" in shown


def test_the_log_shows_what_the_eye_does_not_see() -> None:
    assert look_alikes("/plan\u202e nalp") == ("/plan\\u202e nalp",)
    assert look_alikes("\u200b/plan") == ("\\u200b/plan",)
    assert look_alikes("/plan\u200b\x1b[2J") == ("/plan\\u200b\\x1b[2J",)


@pytest.mark.parametrize(
    "text", ["/plan", "/clarify größer?", "naïve\n/plan", "a / b – c", "https://例え.jp/путь", "и/или"]
)
def test_ordinary_text_is_not_suspicious(text: str) -> None:
    assert look_alikes(text) == ()


def test_the_log_is_not_flooded() -> None:
    shown = look_alikes("\n".join(["／plan " + "ä" * 500] * 50))
    assert len(shown) == 10
    assert all(len(line) <= 200 * len("\\xe4") for line in shown)


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("/clarify  \"which 'one'?\" `a`  ", [("clarify", "\"which 'one'?\" `a`")]),
        ("/clarify **bold** <b> & \\", [("clarify", "**bold** <b> & \\")]),
        ("/clarify größer als 3\u00a0m ❤️?", [("clarify", "größer als 3\u00a0m ❤️?")]),
        ("/Run_Tests2 x", [("run_tests2", "x")]),
        ("/a\n/b\n\ntext\n/c", [("a", ""), ("b", ""), ("c", "")]),
        ("`x\n/plan evil` y\n/plan good", [("plan", "good")]),  # the place decides, not the first line that looks alike
    ],
)
def test_arguments_are_kept_as_they_were_written(text: str, commands: list[tuple[str, str]]) -> None:
    assert found(text) == commands


def test_a_command_that_an_edit_lays_open_is_new() -> None:
    assert found("/plan", before="```\n/plan\n```") == PLAN
    assert found("text\n/plan\n", before="/PLAN") == []


def test_what_is_said_beside_bare_commands() -> None:
    assert without_bare_commands("/why\r\nIt is 3.2\n/clarify what?") == "It is 3.2\n/clarify what?"
    assert without_bare_commands("> /why\n\n`/why`") == "> /why\n\n`/why`"


def test_a_text_without_a_line_that_starts_with_a_slash_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def parsed(*_: object) -> None:
        raise AssertionError("a Markdown parse")

    monkeypatch.setattr("bot.policy.command_parsing.blocks_of", parsed)
    assert commands_in("see /plan and https://example.org/a\n> /quoted\n`/code`\n    /indented\n\u2028/plan") == ()
    with pytest.raises(AssertionError, match="a Markdown parse"):
        commands_in("text\n/plan")
