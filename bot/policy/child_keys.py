"""Which child each item of an epic is: keys that survive moving and tell equal titles apart by their parents."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

import msgspec

from bot.model.epics import NewChild, PlannedChild
from bot.policy.epic import Child

_AGAIN = "/again/"


def title_key(epic: int, title: str, *, occurrence: int = 1, spent: Collection[str] = ()) -> str:
    """`spent` are keys under which nothing can be made any more: the same item again is another child."""
    return _unspent(f"{_stem(epic, title)}{occurrence}", spent)


def child_keys(
    epic: int,
    items: Sequence[Child],
    planned: Iterable[PlannedChild],
    *,
    spent: Collection[str] = (),
    retitled: Mapping[str, str] = MappingProxyType({}),
) -> tuple[str, ...]:
    """A key for each item, in their order. `retitled` holds the titles that planned children have now, by key.

    An item is the planned child of its title that stood under the same parent; failing that one whose parent is still
    in the text, for it was moved; failing that one that people gave this title since, and whose old one has left the
    text. What is none of them gets a key of its own: epic, title, occurrence.
    """
    keys = _Keys(epic, items, planned, spent)
    for key, title in retitled.items():
        keys.retitle(key, _stem(epic, title))
    keys.find_below(None, "")
    for place in sorted(range(len(items)), key=_levels(items).__getitem__):  # parents first
        if not keys.found[place]:
            keys.settle(place, keys.moved(place) or keys.reworded(place) or keys.fresh(place))
    return tuple(keys.found)


def _levels(items: Sequence[Child]) -> list[int]:
    levels: list[int] = []
    for item in items:
        levels.append(0 if item.parent is None else levels[item.parent] + 1)
    return levels


def anew(children: Iterable[NewChild], spent: Collection[str]) -> tuple[NewChild, ...]:
    """The same children, under keys that are not spent."""
    keys = {"": ""}
    found: list[NewChild] = []
    for child in children:
        key = keys[child.key] = _unspent(child.key.partition(_AGAIN)[0], spent) if child.key in spent else child.key
        above = child.above and keys.get(child.above, child.above)
        parent = keys.get(child.parent, child.parent)
        found.append(msgspec.structs.replace(child, key=key, above=above, parent=parent))
    return tuple(found)


def replaced_by(children: Iterable[PlannedChild], failed: Iterable[str]) -> tuple[str, ...]:
    """The keys of those that could not be created and that `children` plan anew."""
    items = {child.key.partition(_AGAIN)[0] for child in children}
    return tuple(sorted(key for key in failed if key.partition(_AGAIN)[0] in items))


class _Keys:
    """`found` grows; `free` are the planned children, by key, that no item has been found to be yet."""

    def __init__(
        self, epic: int, items: Sequence[Child], planned: Iterable[PlannedChild], spent: Collection[str]
    ) -> None:
        self.found = [""] * len(items)
        self.free = {child.key: child for child in planned}
        self._spent = spent
        self._taken = set(self.free)
        self._titled: dict[str, list[str]] = defaultdict(list)
        for key in self.free:
            self._titled[_stem_of(key)].append(key)
        self._stems = [_stem(epic, item.title) for item in items]
        self._in_text = set(self._stems)
        self._retitled: dict[str, list[str]] = defaultdict(list)
        self._next: Counter[str] = Counter()
        self._counted = self._count()
        self._below: dict[int | None, list[int]] = defaultdict(list)
        for place, item in enumerate(items):
            self._below[item.parent].append(place)

    def _count(self) -> list[str]:
        """The key of each item if only titles are counted."""
        seen: Counter[str] = Counter()
        counted = []
        for stem in self._stems:
            seen[stem] += 1
            counted.append(_unspent(f"{stem}{seen[stem]}", self._spent))
        return counted

    def settle(self, place: int, key: str) -> None:
        self.found[place] = key
        self.free.pop(key, None)
        self._taken.add(key)
        self.find_below(place, key)

    def find_below(self, place: int | None, parent: str) -> None:
        """Settles the items right below `place` that were planned under `parent`: first where the count agrees, too."""
        waiting = self._below[place]
        for one in waiting:
            there = self.free.get(self._counted[one])
            if there and (there.above is None or _is_same(there.above, parent)):
                self.settle(one, there.key)
        for one in waiting:
            if not self.found[one] and (key := self._under(self._stems[one], parent)):
                self.settle(one, key)

    def _under(self, stem: str, parent: str) -> str:
        for child in self._free(stem):
            if child.above is not None and _is_same(child.above, parent):
                return child.key
        return ""

    def moved(self, place: int) -> str:
        stays = [child.key for child in self._free(self._stems[place]) if self._is_in_text(child.above)]
        return self._counted[place] if self._counted[place] in stays else next(iter(stays), "")

    def retitle(self, key: str, stem: str) -> None:
        if key in self.free and _stem_of(key) not in self._in_text:
            self._retitled[stem].append(key)

    def reworded(self, place: int) -> str:
        return next((key for key in self._retitled.get(self._stems[place], ()) if key in self.free), "")

    def fresh(self, place: int) -> str:
        key, stem = self._counted[place], self._stems[place]
        while key in self._taken:
            self._next[stem] += 1
            key = _unspent(f"{stem}{self._next[stem]}", self._spent)
        return key

    def _free(self, stem: str) -> list[PlannedChild]:
        return [self.free[key] for key in self._titled[stem] if key in self.free] if stem in self._titled else []

    def _is_in_text(self, parent: str | None) -> bool:
        """Whether what a child was planned under still stands there: the epic does, and what is not known may."""
        return not parent or _stem_of(parent) in self._in_text


def _stem(epic: int, title: str) -> str:
    item = " ".join(title.lower().split())
    return f"child/{epic}/{hashlib.sha256(item.encode()).hexdigest()[:16]}/"


def _unspent(first: str, spent: Collection[str]) -> str:
    again = (f"{first}{_AGAIN}{count}" for count in range(1, len(spent) + 1))
    return next(key for key in (first, *again) if key not in spent)


def _stem_of(key: str) -> str:
    return key.partition(_AGAIN)[0].rpartition("/")[0] + "/"


def _is_same(key: str, other: str) -> bool:
    """Whether both are the same item, however often it was planned anew."""
    return key.partition(_AGAIN)[0] == other.partition(_AGAIN)[0]
