"""Reading an epic: from its Markdown to the child plan a careful maintainer would make. Pure: text in, plan out.

`read_epic` parses the description (blocks), knows what headings announce (sections, vocabulary), reads items, tables
and sentences, and says of everything it found why it was taken or left out.
"""

from bot.policy.epic.blocks import blocks_of
from bot.policy.epic.plan import Child, EpicPlan, LeftOut
from bot.policy.epic.reading import Found, Reader

__all__ = ["Child", "EpicPlan", "LeftOut", "read_epic"]


def read_epic(body: str, *, repo: str) -> EpicPlan:
    """The child plan of the epic whose description is `body` (Markdown), in the repository `repo` (`owner/name`)."""
    reader = Reader(repo)
    reader.read(blocks_of(body))
    left_out = reader.left_out
    is_explicit = any(not one.is_weak for one in reader.found)
    has_boxes = any(one.is_box for one in reader.found)
    listing = {  # the sections that have a list of work, also further down
        path[:end]
        for path in {one.section.path for one in reader.found if not (one.is_sentence or one.is_heading)}
        for end in range(len(path) + 1)
    }
    taken: list[Found] = []
    places: dict[int, int] = {}
    listed: set[str] = set()
    for one in reader.found:
        ref = one.refers_to.name(repo) if one.refers_to else None
        is_beside_list = one.is_sentence and one.section.path in listing
        is_weak = is_beside_list or (one.is_weak and (has_boxes if one.is_heading else is_explicit))
        why_not = _why_not(ref, listed, is_weak=is_weak)
        if why_not:
            left_out.append(LeftOut(one.title, why_not))
            continue
        if ref:
            listed.add(ref.lower())
        places[id(one)] = len(taken)
        taken.append(one)
    done = _done(taken)
    children = tuple(_child(one, places, repo, is_done=is_done) for one, is_done in zip(taken, done, strict=True))
    return EpicPlan(children, tuple(left_out))


def _why_not(ref: str | None, listed: set[str], *, is_weak: bool) -> str:
    """Why what was found is no child after all: work that is listed elsewhere counts more, and an issue counts once."""
    if is_weak:
        return "the epic lists its work more explicitly elsewhere"
    return "the same issue is listed above" if ref and ref.lower() in listed else ""


def _done(taken: list[Found]) -> list[bool]:
    """A plain parent of boxes is done when everything below it is."""
    open_below = {id(one): False for one in taken}
    for one in reversed(taken):
        is_open = open_below[id(one)] if one.is_parent_only else not one.is_done
        if is_open and one.parent is not None:
            open_below[id(one.parent)] = True
    return [not open_below[id(one)] if one.is_parent_only else one.is_done for one in taken]


def _child(one: Found, places: dict[int, int], repo: str, *, is_done: bool) -> Child:
    ref = one.refers_to.name(repo) if one.refers_to else None
    return Child(
        title=one.title,
        state="done" if is_done else "existing" if ref else "open",
        ref=ref,
        parent=places.get(id(one.parent)) if one.parent is not None else None,
        why=one.why,
        section=one.section.path,
        notes=tuple(one.notes),
    )
