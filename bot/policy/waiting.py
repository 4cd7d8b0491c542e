"""From what a text says to edges, and from one standing of an issue to the next."""

from collections.abc import Iterable, Mapping

from bot.model.edges import Blocker, Edge, End, Link, Standing, Waiting
from bot.model.facts import Issue
from bot.model.ids import IssueRef, Repo
from bot.policy.dependencies import Dependency, dependencies_in
from bot.policy.readiness import circles

#: Edges of one text that are followed; GitHub takes as many links of an issue.
MOST_SAID = 50
#: A repository that nobody knows here.
UNKNOWN_REPO = Repo(0, 0)


def dependencies_of(title: str, body: str, *, repo: str) -> tuple[Dependency, ...]:
    """What title and description of an issue of `repo` (`owner/name`) say, each once."""
    found: dict[tuple[str, str, bool], Dependency] = {}
    for text in (title, body):
        for one in dependencies_in(text, repo=repo):
            found.setdefault((one.ref.lower(), one.direction, one.until_deployed), one)
    return tuple(found.values())[:MOST_SAID]


def repository_of(ref: str) -> str:
    """`owner/name` of `owner/name#n`."""
    return ref.rpartition("#")[0]


def edges_of(issue: Issue, said: Iterable[Dependency], repos: Mapping[str, Repo]) -> tuple[Edge, ...]:
    """`repos` by their names in lower case. Of an unknown one nothing can be blocked: nobody could be told."""
    edges = []
    for one in said:
        name = repository_of(one.ref)
        there = IssueRef(repos.get(name.lower(), UNKNOWN_REPO), int(one.ref.rpartition("#")[2]))
        if one.direction == "blocked_by":
            edges.append(_edge(issue.ref, there, one.ref, one, is_pull=one.is_pull))
        elif there.repo.id:
            edges.append(_edge(there, issue.ref, f"{issue.repo_name}#{issue.ref.number}", one, is_pull=issue.is_pull))
    return tuple(edges)


def _edge(blocked: IssueRef, blocker: IssueRef, name: str, said: Dependency, *, is_pull: bool) -> Edge:
    ends: End = "deployed" if said.until_deployed else "merged" if is_pull else "closed"
    return Edge(blocked=blocked, blocker=blocker, name=name, kind=said.kind, ends=ends, phrase=said.phrase)


def waitings(blockers: Iterable[Blocker], before: Standing) -> tuple[Waiting, ...]:
    """Who is waited for already keeps since when."""
    since = {one.key: one.since for one in before.waits}
    new = before.revision + 1
    return tuple(
        Waiting(key=one.key, blocker=one.ref, name=one.name, since=since.get(one.key, new)) for one in blockers
    )


def circles_of(
    subject: IssueRef, first: Iterable[Blocker], others: Mapping[str, tuple[Waiting, ...]]
) -> tuple[tuple[str, ...], ...]:
    """Circles through `subject`, by the keys of their members; `others` are the waitings of the rest."""
    graph = {key: [one.key for one in waits] for key, waits in others.items()}
    return circles(str(subject), graph | {str(subject): [one.key for one in first]})


def links_said(edges: Iterable[Edge], known: Mapping[str, Issue | None]) -> dict[str, Issue]:
    """The blockers, by their keys, that GitHub can list for the issue: open issues of its own repository.

    A link needs a token that sees both ends, and ours sees one repository each. GitHub links no pull requests.
    """
    found: dict[str, Issue] = {}
    for edge in edges:
        issue = known.get(edge.blocker_key)
        is_local = edge.blocker.repo.id == edge.blocked.repo.id and edge.blocker != edge.blocked
        if edge.kind != "linked" and is_local and issue and issue.is_open and not issue.is_pull:
            found.setdefault(edge.blocker_key, issue)
    return found


def new_links(before: Standing, wanted: Mapping[str, Issue], native: frozenset[int], issue: Issue) -> tuple[Link, ...]:
    """Those that have not been there as long as the edge has been said: what was there a person has removed since.

    Those with a write are to be made; the others are there already, and not ours.
    """
    had = {link.key for link in before.links}
    revision = before.revision + 1
    return tuple(
        Link(key, one.id, "" if one.id in native else f"blocked-by/{issue.id}/{one.id}/{revision}")
        for key, one in wanted.items()
        if key not in had
    )
