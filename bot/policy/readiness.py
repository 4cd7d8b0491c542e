"""Whether an issue can be worked on, or what it waits for: one answer for webhook, sweep and command.

What is not known counts as not done. A closed issue is done whatever it was closed as; a pull request is done when it
is merged, and never by being closed without that. What is waited for until it is deployed has to be done and then to
stand in production.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from bot.model.edges import Blocker, Deployment, Edge
from bot.model.facts import Happening, Issue

#: Environments without a name for production are asked about one by one: previews of pull requests come by the hundred.
MOST_ENVIRONMENTS = 20
#: In the words of a sentence that begins with the blocker's name.
UNKNOWN = "cannot be seen from here: deleted, moved, mistyped, or in a repository that Interlock cannot read"


class Readiness(msgspec.Struct, frozen=True):
    """What is waited for, and what is not waited for any more, each once, in the order of the edges."""

    waits_for: tuple[Blocker, ...] = ()
    ended: tuple[Blocker, ...] = ()

    @property
    def is_ready(self) -> bool:
        return not self.waits_for


def readiness(edges: Iterable[Edge], known: Mapping[str, Issue | None], deployed: Collection[str] = ()) -> Readiness:
    """`known` has each blocker as GitHub shows it, by its key; None, or no entry, for what cannot be seen.

    `deployed` are the keys of those that stand in production. A blocker that several edges name is waited for until all
    of them have ended.
    """
    waits: dict[str, Blocker] = {}
    ended: dict[str, Blocker] = {}
    for edge in edges:
        issue = known.get(edge.blocker_key)
        is_over, why = _state(edge, issue, is_deployed=edge.blocker_key in deployed)
        found = Blocker(key=edge.blocker_key, ref=edge.blocker, name=_name(edge, issue), why=why, phrase=edge.phrase)
        (ended if is_over else waits).setdefault(found.key, found)
    return Readiness(tuple(waits.values()), tuple(one for key, one in ended.items() if key not in waits))


def _name(edge: Edge, issue: Issue | None) -> str:
    """As its repository is called now, if that is known."""
    return f"{issue.repo_name}#{issue.ref.number}" if issue and issue.repo_name else edge.name


def _state(edge: Edge, issue: Issue | None, *, is_deployed: bool) -> tuple[bool, str]:
    """Whether the edge has ended, and what is to be said of the blocker."""
    if issue is None:
        return False, UNKNOWN
    if issue.is_open:
        return False, "is not merged yet" if issue.is_pull else "is open"
    if issue.is_pull and not issue.is_merged:
        return False, "was closed without being merged"
    done = "is merged" if issue.is_pull else "is closed"
    if edge.ends == "deployed":
        return is_deployed, f"{done} and deployed" if is_deployed else f"{done}, but not known to be deployed"
    reason = "" if issue.is_pull or issue.reason in ("", "completed") else f" as {issue.reason.replace('_', ' ')}"
    return True, done + reason


def in_production(deployments: Sequence[Deployment]) -> tuple[Deployment, ...]:
    """Those that count: of the environments that GitHub calls production; where none is, of those deployed to last."""
    production = tuple(one for one in deployments if one.is_production)
    newest = sorted(deployments, key=lambda one: one.at, reverse=True)[:MOST_ENVIRONMENTS]
    return production or tuple(newest)


def done_by(timeline: Sequence[Happening]) -> Happening | None:
    """What merged it, or closed it last; a merge tells of more than the closing that comes with it."""
    ends = [one for one in timeline if one.event in ("merged", "closed")]
    return next((one for one in ends if one.event == "merged"), ends[-1] if ends else None)


def circles(start: str, waits_for: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """The ways from `start` back to itself along what waits for what; each begins with `start` and names every member.

    For each thing that `start` waits for the shortest one, those of the same members only once.
    """
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for first in dict.fromkeys(waits_for.get(start, ())):
        way = _way(first, start, waits_for)
        if way is not None:
            found.setdefault(frozenset(way), (start, *way[:-1]))
    return tuple(found.values())


def _way(first: str, last: str, waits_for: Mapping[str, Sequence[str]]) -> tuple[str, ...] | None:
    """The shortest way, both ends included; None if there is none."""
    came_from = {first: ""}
    waiting = deque([first])
    while waiting:
        here = waiting.popleft()
        if here == last:
            way = [here]
            while came_from[way[-1]]:
                way.append(came_from[way[-1]])
            return tuple(reversed(way))
        for following in waits_for.get(here, ()):
            if following not in came_from:
                came_from[following] = here
                waiting.append(following)
    return None
