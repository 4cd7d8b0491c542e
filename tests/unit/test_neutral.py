"""Foreign words lose their teeth before we repeat them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.neutral import neutral
from bot.model.markers import Marker, markers_in, sign
from bot.policy.command_parsing import commands_in

KEY = b"k" * 32


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        ("ping @everyone", "@everyone"),
        ("closes #1", "closes #1"),
        ("Fixed: https://github.com/a/b/issues/1", "Fixed: https"),
        ("a\n/plan", "\n/plan"),
        ("hidden \u202e text", "\u202e"),
        ("<!-- interlock:question", "<!-- interlock:"),
    ],
)
def test_live_pieces_are_broken(text: str, forbidden: str) -> None:
    assert forbidden not in neutral(text)


def test_ordinary_words_stay_as_they_are() -> None:
    text = "close the door, fix it: see a/b and 3 @ 4"
    assert neutral(text) == text


@given(st.text(alphabet="@/ab#1<!-->: \n", max_size=60))
def test_nothing_we_repeat_is_a_command(text: str) -> None:
    assert commands_in(neutral(text)) == ()


def test_a_signed_marker_counts_once_and_not_in_a_quote_or_after_neutralising() -> None:
    marker = Marker(1, 2, "question", "question/2/1")
    signed = sign(marker, KEY)
    assert markers_in(f"Hello\n\n{signed}", KEY) == [marker]
    assert markers_in(f"> {signed}", KEY) == []
    assert markers_in(neutral(signed), KEY) == []
    assert markers_in(signed, b"x" * 32) == []
    assert markers_in(signed.replace(" 2 ", " 3 "), KEY) == []
