"""What may stand behind `/decompose`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.decompose_options import Options, read_options, written


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ("", Options()),
        ("preview", Options(preview=True)),
        ("CONFIRM", Options(confirm=True)),
        ("max=1", Options(most=1)),
        ("max=100 confirm", Options(most=100, confirm=True)),
        ('only="Phase 1: the ground" max=5', Options(only="Phase 1: the ground", most=5)),
        ("only=Tasks", Options(only="Tasks")),
        ('only=19"-racks', Options(only='19"-racks')),
        ('preview only="Tasks"', Options(preview=True, only="Tasks")),
    ],
)
def test_options_in_any_order(arguments: str, options: Options) -> None:
    assert read_options(arguments) == options
    assert read_options(written(options).removeprefix("/decompose")) == options


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("prewiew", "`preview`"),
        ("comfirm", "`confirm`"),
        ("maxx=3", "`max=`"),
        ("everything", "It takes"),
        ("max=0", "1 to 100"),
        ("max=101", "1 to 100"),
        ("max=-1", "1 to 100"),
        ("max=\u0663", "1 to 100"),
        ('only=""', "heading"),
        ("preview confirm", "one of them"),
    ],
)
def test_what_makes_no_sense_is_said_with_what_would(arguments: str, told: str) -> None:
    said = read_options(arguments)
    assert isinstance(said, str)
    assert told in said


_SAID = {str(read_options(wrong)) for wrong in ("x", "max=0", "only=", "preview confirm")}


@given(st.text() | st.from_regex(r"(max|only|preview|x)=?\S*", fullmatch=True))
def test_no_text_is_a_crash_and_none_of_it_is_repeated(text: str) -> None:
    """The answer is posted as it is: no foreign word may stand in it."""
    said = read_options(text)
    assert isinstance(said, Options) or said in _SAID or said.startswith("`/decompose` knows no such option. Did you")
