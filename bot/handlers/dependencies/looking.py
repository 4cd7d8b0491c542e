"""Reads what an issue waits for: its words, the links of people, what others say of it, and how the blockers stand."""

from collections.abc import Awaitable, Iterable
from typing import TypeVar

import msgspec

from bot.model.commands import Permission
from bot.model.edges import Edge, Standing, Waiting
from bot.model.facts import Issue
from bot.model.ids import IssueRef, Repo
from bot.model.writes import RemoveBlockedBy, RemoveLabel
from bot.policy.dependencies import Dependency
from bot.policy.readiness import Readiness, done_by, in_production, readiness
from bot.policy.waiting import (
    UNKNOWN_REPO,
    circles_of,
    dependencies_of,
    edges_of,
    repository_of,
    waitings,
)
from bot.ports import NoAccess, Read

T = TypeVar("T")

#: Issues that are looked at for a circle.
MOST_AROUND = 200


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`before` is what the issue has said up to now, `said` what its words and people's links say, `others` what other
    issues say of it. `known` has each blocker, by its key, as GitHub shows it; `deployed` are the keys of those that
    stand in production.

    `native` are the database ids that GitHub lists as blocking it, `made` the keys of those writes of ours that have
    linked one and are not wanted any more. `leaving` are labels that a write of ours is about to take off. `circles`
    are waitings of which each waits for the next, and the last for the first; `dependents` whoever waits for the
    issue, known only where it stood in a circle.
    `skipped` says why nothing was read.
    """

    issue: Issue | None = None
    skipped: str = ""
    before: tuple[Edge, ...] = ()
    said: tuple[Edge, ...] = ()
    others: tuple[Edge, ...] = ()
    known: dict[str, Issue | None] = {}
    deployed: frozenset[str] = frozenset()
    standing: Standing = Standing()
    native: frozenset[int] = frozenset()
    made: frozenset[str] = frozenset()
    leaving: frozenset[str] = frozenset()
    circles: tuple[tuple[Waiting, ...], ...] = ()
    dependents: tuple[IssueRef, ...] = ()
    is_held: bool = False

    @property
    def readiness(self) -> Readiness:
        """A closed issue waits for nothing."""
        if self.issue is None or not self.issue.is_open:
            return Readiness()
        return readiness(self.own, self.known, self.deployed)

    @property
    def own(self) -> tuple[Edge, ...]:
        """Those at whose end the issue waits, whoever says so."""
        return tuple(edge for edge in (*self.said, *self.others) if self.issue and edge.blocked == self.issue.ref)


async def look(ref: IssueRef, read: Read) -> Facts:
    """All that is known about what the issue waits for, read now; for whoever has to know whether it is ready."""
    issue = await read.github.issue(ref)
    if issue is None:
        return Facts()
    before = await read.store.edges_said_by(ref)
    standing = await read.store.standing(ref)
    said = await _allowed(issue, edges_of(issue, *await _said(issue, before, read)), read)
    others = tuple(edge for edge in await read.store.edges_of(ref) if edge not in before)
    native = () if issue.is_pull or not issue.links else await read.github.blocked_by(ref)
    kept = {edge.blocker_key for edge in (*said, *others)}
    dropped = [link for link in standing.links if link.key not in kept]
    made = frozenset([link.write for link in dropped if await read.store.was_done(link.write)])
    pending = await read.store.pending(ref)
    going = {write.blocker for write in pending if isinstance(write, RemoveBlockedBy)}
    ours = going | {link.blocker for link in standing.links if link.write and (link.key in kept or link.write in made)}
    known: dict[str, Issue | None] = {}
    linked = []
    for one in native:
        edge = _linked(ref, one, await _repository(one.repo_name, one.ref.repo, before, read))
        known[edge.blocker_key] = one
        if one.id not in ours:
            linked.append(edge)
    facts = Facts(
        issue=issue,
        before=before,
        said=(*said, *linked),
        others=others,
        known=known,
        standing=standing,
        native=frozenset(one.id for one in native),
        made=made,
        leaving=frozenset(write.label for write in pending if isinstance(write, RemoveLabel) and write.issue == ref),
        dependents=await read.store.dependents(ref) if standing.cycles else (),
        is_held=await read.store.hold(ref) is not None,
    )
    for edge in facts.own if issue.is_open else ():
        if edge.blocker_key not in known:
            known[edge.blocker_key] = await _blocker(edge, issue, read)
    until_deployed = [edge for edge in facts.own if edge.ends == "deployed" and edge.blocker.repo.id]
    deployed = [edge.blocker_key for edge in until_deployed if await _is_deployed(edge, known, read)]
    facts = msgspec.structs.replace(facts, deployed=frozenset(deployed))
    return msgspec.structs.replace(facts, circles=await _circles(facts, read))


async def _said(issue: Issue, before: tuple[Edge, ...], read: Read) -> tuple[tuple[Dependency, ...], dict[str, Repo]]:
    """What the text says, and which repositories it names, by their names in lower case."""
    said = await read.compute(lambda: dependencies_of(issue.title, issue.body, repo=issue.repo_name))
    repos: dict[str, Repo] = {issue.repo_name.lower(): issue.ref.repo}
    for name in (repository_of(one.ref) for one in said):
        if name.lower() not in repos:
            repos[name.lower()] = await _foreign(name, issue, before, read)
    return said, repos


async def _foreign(name: str, issue: Issue, before: tuple[Edge, ...], read: Read) -> Repo:
    """Another repository, unknown if the App is not there, or if it is private and the author has no place in it.

    Else anybody could learn from our label whether an issue of a private repository is open.
    """
    repo = await _repository(name, UNKNOWN_REPO, before, read)
    found = await _seen(read.github.repository(repo), None) if repo.id else None
    if found is None:
        return UNKNOWN_REPO
    if not found.is_private:
        return repo
    return repo if await _may(issue, repo, Permission.READ, read) else UNKNOWN_REPO


async def _seen(question: Awaitable[T], otherwise: T) -> T:
    """Of another repository: where the App is suspended or shut out all is unknown, and the rest is looked at."""
    try:
        return await question
    except NoAccess:
        return otherwise


async def _repository(name: str, given: Repo, before: tuple[Edge, ...], read: Read) -> Repo:
    """By its name, which the edges of before may tell, so that it keeps its id when it is renamed."""
    if given.id:
        return given
    for edge in before:
        if edge.blocker.repo.id and repository_of(edge.name).lower() == name.lower():
            return edge.blocker.repo
    return await _seen(read.github.find_repository(name), None) or UNKNOWN_REPO


async def _may(issue: Issue, repo: Repo, least: Permission, read: Read) -> bool:
    """Whether the author has this role there; for a sub-issue of ours, whoever had its epic decomposed."""
    login = issue.author.login
    if (await read.github.identity()).wrote(issue.author):
        epics = await read.store.epics_of(issue.ref)
        login = await read.store.commander(epics[0]) if epics else ""
    return bool(login) and (await _seen(read.github.permission(repo, login), Permission.NONE)).at_least(least)


async def _allowed(issue: Issue, edges: tuple[Edge, ...], read: Read) -> tuple[Edge, ...]:
    """Of another issue only people with the triage role in its repository may say that it waits."""
    repos = {edge.blocked.repo for edge in edges if edge.blocked != issue.ref}
    allowed = {repo for repo in repos if await _may(issue, repo, Permission.TRIAGE, read)}
    return tuple(edge for edge in edges if edge.blocked == issue.ref or edge.blocked.repo in allowed)


def _linked(blocked: IssueRef, blocker: Issue, repo: Repo) -> Edge:
    name = f"{blocker.repo_name}#{blocker.ref.number}"
    ref = IssueRef(repo, blocker.ref.number)
    return Edge(blocked=blocked, blocker=ref, name=name, kind="linked", ends="closed")


async def _blocker(edge: Edge, issue: Issue, read: Read) -> Issue | None:
    if edge.blocker == issue.ref:
        return issue
    return await _seen(read.github.issue(edge.blocker), None) if edge.blocker.repo.id else None


async def _is_deployed(edge: Edge, known: dict[str, Issue | None], read: Read) -> bool:
    """Whether what closed or merged it stands in production, as far as GitHub has told us of deployments.

    By the commit where GitHub names one; an issue that was closed by hand counts from the next deployment on.
    """
    blocker, repo = known.get(edge.blocker_key), edge.blocker.repo
    live = in_production(await read.store.deployments(repo))
    if blocker is None or blocker.is_open or not live:
        return False
    done = done_by(await _seen(read.github.timeline(edge.blocker), ()))
    if done is None:
        return False
    if done.commit is None:
        return done.at is not None and any(done.at < one.at for one in live)
    for head in dict.fromkeys(one.head for one in live):
        if await _seen(read.github.merge_base(repo, done.commit, head), None) == done.commit:
            return True
    return False


async def _circles(facts: Facts, read: Read) -> tuple[tuple[Waiting, ...], ...]:
    """Circles through the issue, along what each of the others was seen to wait for; of open issues only."""
    if facts.issue is None:
        return ()
    ref, first = facts.issue.ref, facts.readiness.waits_for
    found = {one.key: one for one in waitings(first, facts.standing)}
    others: dict[str, tuple[Waiting, ...]] = {}
    ahead = [one for one in found.values() if one.blocker.repo.id]
    while ahead and len(others) < MOST_AROUND:
        one = ahead.pop(0)
        if one.key in others or one.blocker == ref:
            continue
        others[one.key] = (await read.store.standing(one.blocker)).waits
        found |= {further.key: further for further in others[one.key] if further.key not in found}
        ahead += [further for further in others[one.key] if further.blocker.repo.id]
    me = Waiting(key=str(ref), blocker=ref, name=f"{facts.issue.repo_name}#{ref.number}", since=0)
    ways = [tuple(found[key] if key != me.key else me for key in way) for way in circles_of(ref, first, others)]
    return tuple([way for way in ways if _is_open(way[1 % len(way)], facts) and await _are_open(way[2:], read)])


def _is_open(member: Waiting, facts: Facts) -> bool:
    """Of what has just been read: a pull request that was closed without being merged is waited for, and not open."""
    issue = facts.known.get(member.key)
    return issue is not None and issue.is_open


async def _are_open(members: Iterable[Waiting], read: Read) -> bool:
    """What was seen of them may be old."""
    for one in members:
        issue = await _seen(read.github.issue(one.blocker), None)
        if issue is None or not issue.is_open:
            return False
    return True
