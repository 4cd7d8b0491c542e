"""From what an epic says to the children that are to be made: keys, parents, links, and what is only listed."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from heapq import nlargest
from types import MappingProxyType

import msgspec

from bot.model.epics import NewChild, PlannedChild, StoredChild
from bot.model.facts import Issue
from bot.model.opinions import ProposedPlan
from bot.policy.child_keys import child_keys, title_key
from bot.policy.epic import Child, EpicPlan

#: From this likeness of two titles on, a new item may be a vanished one in other words (difflib's ratio).
ALIKE = 0.6
#: Comparing is slow: a new item is held against so many vanished ones, those that share most pieces of words with it.
MOST_COMPARED = 5
#: GitHub nests sub-issues this deep (docs.github.com, "Adding sub-issues").
MOST_LEVELS = 8


class ChildPlan(msgspec.Struct, frozen=True):
    """The open children, parents before their children, and one line for each item that becomes none.

    `keys` are those of all items, whatever becomes of them.
    """

    children: tuple[NewChild, ...]
    left_out: tuple[str, ...]
    keys: frozenset[str] = frozenset()


def local_number(child: Child, repo: str) -> int:
    """The number of the issue of `repo` that the child is; 0 if it is none, or one of another repository."""
    name, _, number = (child.ref or "").rpartition("#")
    return int(number) if name and name.lower() == repo.lower() else 0


def child_plan(
    epic: Issue,
    plan: EpicPlan,
    referred: Mapping[int, Issue | None],
    *,
    title: Callable[[str], str],
    body: Callable[[Child], str],
    only: str = "",
    planned: Sequence[PlannedChild] = (),
    retitled: Mapping[str, str] = MappingProxyType({}),
    spent: Collection[str] = (),
) -> ChildPlan:
    """`referred` holds the issues that items name; `title` and `body` render what GitHub is given.

    `planned` are the children of earlier runs, `retitled` the titles that those have now whose own are known, by key.
    `spent` are keys of children that were taken back or could not be created:
    the same item again is another child.
    """
    children: list[NewChild] = []
    left_out = [f"{one.text}: {one.why}" for one in plan.left_out]
    places: dict[int, NewChild] = {}
    keys = child_keys(epic.id, plan.children, planned, spent=spent, retitled=retitled)
    for place, child in enumerate(plan.children):
        if child.state == "done" or not is_under(child, only):
            continue
        number = local_number(child, epic.repo_name)
        there = referred.get(number)
        if child.ref and (there is None or there.is_pull or there.ref == epic.ref):
            shown = f"#{number}" if number else child.ref
            left_out.append(f"`{shown}`: {_why_not(number, there, epic)}")
            continue
        above = _above(place, plan, places)
        places[place] = NewChild(
            key=keys[place],
            title=f"#{number}" if there else title(child.title),
            existing=there.id if there else 0,
            number=number if there else 0,
            body="" if there else body(child),
            above="" if child.parent is None else keys[child.parent],
            parent=above.key if above and not above.existing else "",
            under=above.number if above else 0,
            depth=above.depth + 1 if above else 1,
            section=child.section,
            why=child.why,
        )
        children.append(places[place])
    return ChildPlan(tuple(children), tuple(left_out), frozenset(keys))


def proposed_plan(
    epic: Issue,
    proposal: ProposedPlan,
    *,
    title: Callable[[str], str],
    body: Callable[[str], str],
    spent: Collection[str] = (),
) -> ChildPlan:
    """The children that a program of the operator proposes, as they would be made."""
    children: list[NewChild] = []
    for child in proposal.children:
        above = None if child.parent is None else children[child.parent]
        children.append(
            NewChild(
                key=title_key(epic.id, child.title, spent=spent),
                title=title(child.title),
                body=body(child.body),
                above=above.key if above else "",
                parent=above.key if above else "",
                depth=above.depth + 1 if above else 1,
                why="proposed by the planning program",
            )
        )
    return ChildPlan(tuple(children), (), frozenset(child.key for child in children))


def too_deep(children: Iterable[NewChild]) -> bool:
    """The epic itself is the first level."""
    return any(child.depth + 1 > MOST_LEVELS for child in children)


def not_there(
    children: Iterable[NewChild], planned: Iterable[StoredChild], *, linked: Collection[int], links: Collection[str]
) -> tuple[int, int]:
    """How many of the planned children are still to come, and how many people took out of the epic.

    `linked` are the ids of the epic's sub-issues, `links` the keys of the writes that are still to link some. Whether
    one is still there that stands below another is not known here.
    """
    depths = {name: child.depth for child in children for name in (child.key, child.existing) if name}
    there = [child for child in planned if child.key in depths or child.id in depths]
    coming = [child for child in there if not child.id or f"link/{child.key}" in links]
    direct = [child for child in there if depths.get(child.key, depths.get(child.id)) == 1]
    gone = [child for child in direct if child not in coming and child.id not in linked]
    return len(coming), len(gone)


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """A parent with `there` sub-issues that would get `wanted` more. `parent` is its title or `#n`, empty: the epic."""

    parent: str
    there: int
    wanted: int


def crowd(new: Iterable[NewChild], planned: Sequence[StoredChild], *, below_epic: int, most: int) -> Crowd | None:
    """The first parent that would have more than `most` sub-issues; `below_epic` is how many the epic has, or will."""
    numbers = {child.key: f"#{child.number}" for child in planned if child.number}
    titles = {child.key: child.title for child in planned}
    there: Counter[str] = Counter({"": below_epic})
    there.update(numbers.get(child.above, child.above) for child in planned if child.above and not child.is_lost)
    wanted: Counter[str] = Counter()
    for child in new:
        titles[child.key] = child.title
        wanted[numbers.get(child.parent, child.parent) or (f"#{child.under}" if child.under else "")] += 1
    for parent, more in wanted.items():
        if there[parent] + more > most:
            return Crowd(parent=titles.get(parent, parent), there=there[parent], wanted=more)
    return None


def over(planned: Iterable[PlannedChild], closed: Collection[str]) -> frozenset[str]:
    """The keys of planned children that are `closed`, or stand below one that is."""
    found: set[str] = set()
    for child in planned:  # parents before their children
        if child.key in closed or child.above in found:
            found.add(child.key)
    return frozenset(found)


def renamed(
    new: Iterable[NewChild], planned: Iterable[PlannedChild], keys: Collection[str], over: Collection[str] = ()
) -> dict[str, PlannedChild]:
    """New children that may be planned ones in other words, by key: the most alike first, each planned one once.

    `keys` are those of all items of the text: what is still there was not renamed. An item that has exactly the title
    of a planned one that is `over` is more of the same work.
    """
    vanished = [
        (child, _pieces(child.title.lower())) for child in planned if child.key not in keys and not child.existing
    ]
    pairs = sorted(
        (
            (likeness, one.key, old)
            for one in new
            if not one.existing
            for likeness, old in _like(one.title.lower(), vanished)
            if old.key not in over or old.title.lower() != one.title.lower()
        ),
        key=lambda pair: (-pair[0], pair[1], pair[2].key),
    )
    found: dict[str, PlannedChild] = {}
    taken: set[str] = set()
    for _, key, old in pairs:
        if key not in found and old.key not in taken:
            found[key] = old
            taken.add(old.key)
    return found


def _like(title: str, planned: Sequence[tuple[PlannedChild, frozenset[str]]]) -> Iterator[tuple[float, PlannedChild]]:
    """Those whose titles are like `title`, each with its likeness."""
    pieces = _pieces(title)
    nearest = nlargest(MOST_COMPARED, planned, key=lambda one: len(pieces & one[1]))
    for old, _ in nearest:
        likeness = SequenceMatcher(None, old.title.lower(), title).ratio()
        if likeness >= ALIKE:
            yield likeness, old


def _pieces(title: str) -> frozenset[str]:
    return frozenset(title[at : at + 3] for at in range(len(title)))


def is_under(child: Child, only: str) -> bool:
    """Whether it stands under this heading; an empty one means the whole text."""
    return not only or any(" ".join(only.lower().split()) == " ".join(one.lower().split()) for one in child.section)


def _above(place: int, plan: EpicPlan, places: Mapping[int, NewChild]) -> NewChild | None:
    """The nearest ancestor that becomes, or is, an issue."""
    above = plan.children[place].parent
    while above is not None and above not in places:
        above = plan.children[above].parent
    return None if above is None else places[above]


def _why_not(number: int, there: Issue | None, epic: Issue) -> str:
    if there is None:
        return "not an issue of this repository" if number else "an issue of another repository: listed, not linked"
    return "the epic itself" if there.ref == epic.ref else "a pull request"
