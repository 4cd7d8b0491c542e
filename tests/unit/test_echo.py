"""Whatever the bot says comes back: as a comment, quoted, as a title or a description. It must command nothing."""

import re

import pytest

from bot.model.markers import markers_in, strip_markers
from bot.policy.command_parsing import commands_in
from tests.harness.emitted import ASKED, LINE, NASTY, emitted, forgotten

TEXTS = emitted()
_MENTION = re.compile(r"@([A-Za-z0-9][A-Za-z0-9-]*)")
_CLOSES = re.compile(r"\b(?:clos(?:e|es|ed)|fix(?:es|ed)?|resolv(?:e|es|ed)):?\s+\S*#\d", re.IGNORECASE)


def test_no_text_is_forgotten() -> None:
    assert forgotten() == set()


def test_the_words_are_as_nasty_as_they_look() -> None:
    """Else the tests below could not fail."""
    assert [call.name for call in commands_in(NASTY)] == ["stop", "decompose", "plan", "answered", "stop"]
    assert _CLOSES.search(LINE)
    assert _MENTION.findall(LINE) == ["ada"]
    assert strip_markers(LINE) != LINE


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_of_ours_commands_mentions_closes_or_forges(name: str) -> None:
    text = TEXTS[name]
    assert text.strip()
    for again in (text, f"I think:\n\n{text}", text.replace("\n", "\r\n"), f"- {text}", text.lstrip()):
        assert commands_in(again) == ()
    assert commands_in(text, before="Well.") == ()
    assert set(_MENTION.findall(text)) <= {ASKED}
    assert not _CLOSES.search(text)
    assert strip_markers(text) == text, "no marker of ours but the one that is added last"
    assert markers_in(text, b"key") == []
    assert "\u202e" not in text


@pytest.mark.parametrize("name", TEXTS)
def test_a_quote_of_ours_commands_nothing(name: str) -> None:
    quoted = "\n".join(f"> {line}" for line in TEXTS[name].splitlines())
    assert commands_in(quoted) == ()
    assert [call.name for call in commands_in(f"{quoted}\n\n/why")] == ["why"], "but what stands below it does"
