"""What a program wrote, as the answer it documents, or why it is none."""

from typing import TypeVar

import msgspec

from bot.model.codec import decode
from bot.model.opinions import NoOpinion, Opinion, ProposedPlan
from bot.policy.epic.items import read_item
from bot.policy.epic.words import plain

T = TypeVar("T")

#: A complaint may quote the answer, and an answer may be one long word. Characters.
_LONGEST_COMPLAINT = 300


def read_opinion(written: bytes) -> Opinion | NoOpinion:
    return _read(written, Opinion)


def read_plan(written: bytes) -> ProposedPlan | NoOpinion:
    """Titles are held against the words of the rules, too: a placeholder is no work (lessons F50)."""
    plan = _read(written, ProposedPlan)
    if isinstance(plan, NoOpinion):
        return plan
    for at, child in enumerate(plan.children):
        if problem := _why_no_title(child.title):
            return _unfit(f"`children[{at}].title` is {problem}")
    return plan


def _read(written: bytes, kind: type[T]) -> T | NoOpinion:
    if not written.strip():
        return NoOpinion("it wrote nothing to stdout")
    try:
        return decode(written, kind)
    except msgspec.ValidationError as error:
        return _unfit(str(error))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return NoOpinion(f"its answer is not JSON in UTF-8: {error}")


def _unfit(problem: str) -> NoOpinion:
    return NoOpinion(f"its answer does not fit: {problem}"[:_LONGEST_COMPLAINT])


def _why_no_title(title: str) -> str:
    """Why nobody could work on an issue of this title; empty if somebody could."""
    title = title.strip()
    item = read_item(plain(title))
    if item.nothing:
        return item.nothing
    is_reference = any((one.start, one.end) == (0, len(title)) for one in item.refers_to)
    return "only a reference to an issue that exists" if is_reference else ""
