"""An answer is taken as a whole or not at all, and the complaint names the place."""

from pathlib import Path
from typing import Any

import pytest

from bot.model.opinions import NoOpinion, Opinion, ProposedPlan
from tests.programs.given import ISSUE, PLAN, READY, asking, saying

ASKS = {"outcome": "needs-clarification", "why": "Words.", "missing": [{"name": "day", "question": "Which?"}]}


def missing(*things: Any) -> dict[str, Any]:
    return {**ASKS, "missing": list(things)}


def asked(**changes: str) -> dict[str, str]:
    return {"name": "day", "question": "Which?", **changes}


def children(*some: Any) -> dict[str, Any]:
    return {"children": list(some)}


def child(title: str = "Renew the signals", **changes: Any) -> dict[str, Any]:
    return {"title": title, **changes}


def chain(length: int) -> dict[str, Any]:
    """Each child under the one before it."""
    return children(*(child(f"Renew signal {n}", parent=n - 1 if n else None) for n in range(length)))


#: 😀 has one character, four bytes in UTF-8 and two in UTF-16: limits count characters.
GOOD_OPINIONS: dict[str, Any] = {
    "ready": READY,
    "an empty list": {**READY, "missing": []},
    "epic": {"outcome": "epic", "why": "w"},
    "duplicate": {"outcome": "duplicate-of?", "why": "w"},
    "blocked": {"outcome": "blocked", "why": "w"},
    "the longest why": {**READY, "why": "😀" * 1000},
    "the longest question": missing(asked(name="😀" * 500, question="😀" * 500)),
    "the most questions": missing(*(asked(name=f"n{n}") for n in range(10))),
    "blanks around": b"\n " + b'{"outcome": "ready", "why": "w"}' + b" \n",
}
BAD_OPINIONS: dict[str, tuple[Any, str]] = {
    "nothing": (b"", "it wrote nothing to stdout"),
    "blanks": (b" \n", "it wrote nothing to stdout"),
    "words": (
        b"I think it is ready.",
        "its answer is not JSON in UTF-8: JSON is malformed: invalid character (byte 0)",
    ),
    "half": (b'{"outcome": "ready"', "its answer is not JSON in UTF-8: Input data was truncated"),
    "two answers": (b'{"outcome": "ready", "why": "w"} {}', "not JSON in UTF-8: JSON is malformed: trailing"),
    "not UTF-8": (b'{"outcome": "ready", "why": "\xff"}', "its answer is not JSON in UTF-8: 'utf-8' codec"),
    "a surrogate in UTF-8": (b'{"outcome": "ready", "why": "\xed\xa0\x80"}', "its answer is not JSON in UTF-8"),
    "a surrogate": (b'{"outcome": "ready", "why": "a\\ud800 and more"}', "its answer is not JSON in UTF-8"),
    "a low surrogate": (b'{"outcome": "ready", "why": "a\\udc00 and more"}', "its answer is not JSON in UTF-8"),
    "a list": ([READY], "Expected `object`, got `array`"),
    "null": (b"null", "Expected `object`, got `null`"),
    "deep": (b'{"outcome": ' + b"[" * 500_000, "Expected `str`, got `array` - at `$.outcome`"),
    "deep and unknown": (b'{"x": ' + b"[" * 500_000, "Object contains unknown field `x`"),
    "an unknown field": ({**READY, "label": "bug"}, "Object contains unknown field `label`"),
    "a field of a judgement": ({**READY, "refers_to": "#1"}, "Object contains unknown field `refers_to`"),
    "an unknown field inside": (missing(asked(must="x")), "unknown field `must` - at `$.missing[0]`"),
    "an unknown outcome": ({**READY, "outcome": "close"}, "Invalid enum value 'close' - at `$.outcome`"),
    "no outcome": ({"why": "w"}, "missing required field `outcome`"),
    "no why": ({"outcome": "ready"}, "missing required field `why`"),
    "no question": (missing({"name": "x"}), "missing required field `question` - at `$.missing[0]`"),
    "an empty why": ({**READY, "why": ""}, "length >= 1 - at `$.why`"),
    "a blank why": ({**READY, "why": " \n"}, "`why` is blank"),
    "a long why": ({**READY, "why": "w" * 1001}, "length <= 1000 - at `$.why`"),
    "a long name": (missing(asked(), asked(name="n" * 501)), "length <= 500 - at `$.missing[1].name`"),
    "a long question": (missing(asked(question="q" * 501)), "length <= 500 - at `$.missing[0].question`"),
    "an empty name": (missing(asked(name="")), "length >= 1 - at `$.missing[0].name`"),
    "a blank name": (missing(asked(name="\u2003")), "`name` is blank - at `$.missing[0]`"),
    "an empty question": (missing(asked(question="")), "length >= 1 - at `$.missing[0].question`"),
    "a blank question": (missing(asked(question="\t")), "`question` is blank - at `$.missing[0]`"),
    "too many questions": (missing(*(asked(name=f"n{n}") for n in range(11))), "length <= 10 - at `$.missing`"),
    "a name twice": (missing(asked(name="A  b"), asked(name="a B ")), "`missing[1].name` stands there twice"),
    "nothing to ask": (missing(), "`missing` is empty; with the outcome needs-clarification it says what to ask"),
    "ready and asking": ({**ASKS, "outcome": "ready"}, "`missing` must be empty with the outcome ready"),
    "NUL in why": ({**READY, "why": "a\0b"}, "`why` holds U+0000, which is no text"),
    "NUL in a name": (missing(asked(name="a\0")), "`name` holds U+0000, which is no text - at `$.missing[0]`"),
    "NUL in a question": (missing(asked(question="a\0")), "`question` holds U+0000"),
}
GOOD_PLANS: dict[str, Any] = {
    "one": PLAN,
    "no work": children(),
    "the least": children(child()),
    "the most": children(*(child(f"Renew signal {n}") for n in range(100))),
    "the longest title": children(child("😀 a" + "b" * 253)),
    "the longest body": children(child(body="😀" * 20_000)),
    "the deepest": chain(7),
    "siblings below one": children(*(child(f"Renew signal {n}", parent=0 if n else None) for n in range(9))),
    "a word of a placeholder": children(child("Task runner: renew the belt"), child("Remove every TODO comment")),
    "a reference with words": children(child("Renew what #12 broke"), child("#13 Renew the rest")),
    "another script": children(child("信号機を交換する")),
    "a break behind": children(child("Renew the signals\n")),
}
BAD_PLANS: dict[str, tuple[Any, str]] = {
    "an opinion": (READY, "Object contains unknown field `outcome`"),
    "a list": ([], "Expected `object`, got `array`"),
    "no children": ({}, "missing required field `children`"),
    "words for children": ({"children": "none"}, "Expected `array`, got `str` - at `$.children`"),
    "a state": (children(child(state="done")), "unknown field `state` - at `$.children[0]`"),
    "another field": ({**PLAN, "close": True}, "unknown field `close`"),
    "no title": (children({"body": "x"}), "missing required field `title` - at `$.children[0]`"),
    "an empty title": (children(child("")), "length >= 1 - at `$.children[0].title`"),
    "a blank title": (children(child(), child(" ")), "`title` is blank - at `$.children[1]`"),
    "a long title": (children(child("t" * 257)), "length <= 256 - at `$.children[0].title`"),
    "a title of two lines": (
        children(child("Renew\nand order")),
        "`title` has more than one line - at `$.children[0]`",
    ),
    "a title with another break": (children(child("Renew\u2028it")), "`title` has more than one line"),
    "a long body": (children(child(body="b" * 20_001)), "length <= 20000 - at `$.children[0].body`"),
    "no body but null": (children(child(body=None)), "Expected `str`, got `null` - at `$.children[0].body`"),
    "too many": (children(*(child(f"Renew signal {n}") for n in range(101))), "length <= 100 - at `$.children`"),
    "its own parent": (children(child(parent=0)), "`children[0].parent` must be the index of a child before it"),
    "a parent behind": (
        children(child("Renew a", parent=1), child("Renew b")),
        "`children[0].parent` must be the index of a child before it, or null",
    ),
    "a negative parent": (
        children(child("Renew a"), child("Renew b", parent=-1)),
        "`children[1].parent` must be the index of a child before it, or null",
    ),
    "a huge parent": (children(child(parent=10**30)), "`children[0].parent` must be"),
    "a parent that is a word": (children(child(parent="0")), "Expected `int | null`, got `str` - at `$.children[0]"),
    "a parent that is true": (children(child(parent=True)), "Expected `int | null`, got `bool`"),
    "too deep": (chain(8), "`children[7].parent` makes more than 7 levels below the epic"),
    "a title twice": (
        children(child("Renew"), child("Order"), child(" RENEW ")),
        "`children[2].title` stands there twice",
    ),
    "a title twice below others": (
        children(child("Renew"), child("Order"), child("Order", parent=0)),
        "`children[2].title` stands there twice",
    ),
    "Subtask 1": (children(child(), child("Subtask 1")), "`children[1].title` is a placeholder"),
    "Subtask K": (children(child("Subtask K")), "`children[0].title` is a placeholder"),
    "TODO": (children(child("TODO")), "`children[0].title` is a placeholder"),
    "todo in bold": (children(child(" **todo** ")), "`children[0].title` is a placeholder"),
    "dots": (children(child("...")), "`children[0].title` is a placeholder"),
    "an ellipsis": (children(child("…")), "`children[0].title` is a placeholder"),
    "a slot": (children(child("<title>")), "`children[0].title` is a placeholder"),
    "a command": (children(child("/decompose")), "`children[0].title` is a slash command"),
    "a reference": (children(child("#12")), "`children[0].title` is only a reference to an issue that exists"),
    "a foreign reference": (children(child(" acme/railway#12 ")), "is only a reference to an issue that exists"),
    "NUL in a title": (children(child("a\0")), "`title` holds U+0000, which is no text - at `$.children[0]`"),
    "NUL in a body": (children(child(body="a\0")), "`body` holds U+0000, which is no text - at `$.children[0]`"),
    "a surrogate in a body": (b'{"children": [{"title": "a b", "body": "\\ud83d and"}]}', "is not JSON in UTF-8"),
}


@pytest.mark.parametrize("answer", GOOD_OPINIONS.values(), ids=GOOD_OPINIONS)
async def test_an_opinion_within_the_limits_is_one(tmp_path: Path, answer: Any) -> None:
    assert isinstance(await asking(triage=saying(tmp_path, answer)).triage(ISSUE), Opinion)


@pytest.mark.parametrize(("answer", "complaint"), BAD_OPINIONS.values(), ids=BAD_OPINIONS)
async def test_an_opinion_that_does_not_fit_is_none(tmp_path: Path, answer: Any, complaint: str) -> None:
    heard = await asking(triage=saying(tmp_path, answer)).triage(ISSUE)
    assert isinstance(heard, NoOpinion)
    assert complaint in heard.why
    assert heard.stderr == ""


@pytest.mark.parametrize("answer", GOOD_PLANS.values(), ids=GOOD_PLANS)
async def test_a_plan_within_the_limits_is_one(tmp_path: Path, answer: Any) -> None:
    plan = await asking(decompose=saying(tmp_path, answer)).decompose(ISSUE)
    assert isinstance(plan, ProposedPlan)
    assert len(plan.children) == len(answer["children"]), "none is lost"


@pytest.mark.parametrize(("answer", "complaint"), BAD_PLANS.values(), ids=BAD_PLANS)
async def test_a_plan_that_does_not_fit_is_none(tmp_path: Path, answer: Any, complaint: str) -> None:
    heard = await asking(decompose=saying(tmp_path, answer)).decompose(ISSUE)
    assert isinstance(heard, NoOpinion)
    assert complaint in heard.why


async def test_a_complaint_is_short_whatever_it_quotes(tmp_path: Path) -> None:
    heard = await asking(triage=saying(tmp_path, {"x" * 100_000: 1})).triage(ISSUE)
    assert isinstance(heard, NoOpinion)
    assert heard.why.startswith("its answer does not fit: Object contains unknown field `xxx")
    assert len(heard.why) == 300


def test_a_text_that_is_none_is_refused_wherever_it_comes_from() -> None:
    """JSON cannot carry a lone surrogate into a value; code can."""
    with pytest.raises(ValueError, match="`why` holds U\\+DFFF"):
        Opinion(outcome="ready", why="a\udfff")
