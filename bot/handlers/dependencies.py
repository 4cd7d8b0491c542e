"""Follows what an issue waits for: words and links become edges, and the label of a blocked issue says so."""

from collections.abc import Iterable

import msgspec

from bot.messages.dependencies import render_circle, render_in_circle, render_waits
from bot.model.commands import Permission
from bot.model.conditions import EdgeIsSaid, IssueIsOpen, WaitsFor
from bot.model.config import Config
from bot.model.decision import Decision, Wake
from bot.model.edges import Edge, Link, Standing, Waiting, called
from bot.model.events import Event
from bot.model.facts import Issue
from bot.model.ids import IssueRef, Repo
from bot.model.markers import Marker, digest
from bot.model.records import AnyRecord, EdgesStored, StandingStored
from bot.model.writes import AddBlockedBy, AddLabel, AnyWrite, PostComment, RemoveBlockedBy, RemoveLabel
from bot.policy.dependencies import Dependency
from bot.policy.readiness import Readiness, done_by, in_production, readiness
from bot.policy.waiting import (
    UNKNOWN_REPO,
    circles_of,
    dependencies_of,
    edges_of,
    links_said,
    new_links,
    repository_of,
    waitings,
)
from bot.ports import Read

WHILE_HELD = True
ON = frozenset(
    {
        ("issues", "opened"),
        ("issues", "edited"),
        ("issues", "closed"),
        ("issues", "reopened"),
        ("issues", "deleted"),
        ("issues", "transferred"),
        ("pull_request", "opened"),
        ("pull_request", "edited"),
        ("pull_request", "closed"),
        ("pull_request", "reopened"),
        ("issue_dependencies", "blocked_by_added"),
        ("issue_dependencies", "blocked_by_removed"),
        ("wake", "dependencies"),
    }
)
#: Issues that are looked at for a circle.
MOST_AROUND = 200


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`before` is what the issue has said up to now, `said` what its words and people's links say, `others` what other
    issues say of it. `known` has each blocker, by its key, as GitHub shows it; `deployed` are the keys of those that
    stand in production.

    `native` are the database ids that GitHub lists as blocking it, `made` the keys of those writes of ours that have
    linked one and are not wanted any more. `circles` are waitings of which each waits for the next, and the last for
    the first; `dependents` whoever waits for the issue, known only where it stood in a circle.
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


async def gather(event: Event, read: Read) -> Facts:
    us = await read.github.identity()
    if event.name == "issue_dependencies" and event.sender and us.wrote(event.sender):
        return Facts(skipped="We made or removed this link; it is known.")
    before = await read.store.edges_said_by(event.subject)
    standing = await read.store.standing(event.subject)
    if not event.may_wait and not before and not standing.revision and not await read.store.edges_of(event.subject):
        return Facts(skipped="Nothing says that it waits for anything, or that anything waits for it.")
    if event.kind in (("issues", "deleted"), ("issues", "transferred")):
        return Facts(before=before, standing=standing)
    facts = await look(event.subject, read)
    return facts if facts.issue else Facts(skipped="It does not exist any more, or cannot be read.")


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
    pending = await read.store.pending(ref) if native else ()
    going = {write.blocker for write in pending if isinstance(write, RemoveBlockedBy)}
    ours = going | {link.blocker for link in standing.links if link.key in kept or link.write in made}
    known: dict[str, Issue | None] = {}
    linked = []
    for one in native:
        edge = _linked(ref, one, await _repository(one.repo_name, one.ref.repo, ref.repo, before, read))
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
    said = await read.compute(lambda: dependencies_of(issue))
    repos: dict[str, Repo] = {issue.repo_name.lower(): issue.ref.repo}
    for name in (repository_of(one.ref) for one in said):
        if name.lower() not in repos:
            repos[name.lower()] = await _foreign(name, issue, before, read)
    return said, repos


async def _foreign(name: str, issue: Issue, before: tuple[Edge, ...], read: Read) -> Repo:
    """Another repository, unknown if the App is not there, or if it is private and the author has no place in it.

    Else anybody could learn from our label whether an issue of a private repository is open.
    """
    repo = await _repository(name, UNKNOWN_REPO, issue.ref.repo, before, read)
    found = await read.github.repository(repo) if repo.id else None
    if found is None:
        return UNKNOWN_REPO
    was_allowed = any(edge.blocker.repo == repo and edge.kind != "linked" for edge in before)
    if not found.is_private or was_allowed:
        return repo
    return repo if await _may(issue, repo, Permission.READ, read) else UNKNOWN_REPO


async def _repository(name: str, given: Repo, here: Repo, before: tuple[Edge, ...], read: Read) -> Repo:
    """By its name, which the edges of before may tell, so that it keeps its id when it is renamed."""
    if given.id:
        return given
    for edge in before:
        if edge.blocker.repo.id and repository_of(edge.name).lower() == name.lower():
            return edge.blocker.repo
    return await read.github.find_repository(name) or UNKNOWN_REPO


async def _may(issue: Issue, repo: Repo, least: Permission, read: Read) -> bool:
    """Whether the author has this role there; for a sub-issue of ours, whoever had its epic decomposed."""
    login = issue.author.login
    if (await read.github.identity()).wrote(issue.author):
        epic = await read.store.epic_of(issue.ref)
        login = await read.store.commander(epic) if epic else ""
    return bool(login) and (await read.github.permission(repo, login)).at_least(least)


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
    return await read.github.issue(edge.blocker) if edge.blocker.repo.id else None


async def _is_deployed(edge: Edge, known: dict[str, Issue | None], read: Read) -> bool:
    """Whether what closed or merged it stands in production, as far as GitHub has told us of deployments.

    By the commit where GitHub names one; an issue that was closed by hand counts from the next deployment on.
    """
    blocker, repo = known.get(edge.blocker_key), edge.blocker.repo
    live = in_production(await read.store.deployments(repo))
    if blocker is None or blocker.is_open or not live:
        return False
    done = done_by(await read.github.timeline(edge.blocker))
    if done is None:
        return False
    for one in live:
        if done.commit is not None:
            if await read.github.merge_base(repo, done.commit, one.head) == done.commit:
                return True
        elif done.at is not None and done.at < one.at:
            return True
    return False


async def _circles(facts: Facts, read: Read) -> tuple[tuple[Waiting, ...], ...]:
    """Circles through the issue, along what each of the others was seen to wait for; of open members only."""
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
    return tuple([way for way in ways if await _are_open(way[2:], read)])


async def _are_open(members: Iterable[Waiting], read: Read) -> bool:
    """What was seen of them may be old; the first two have just been read."""
    for one in members:
        issue = await read.github.issue(one.blocker)
        if issue is None or not issue.is_open:
            return False
    return True


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    if facts.skipped:
        return Decision(rule="nothing to follow", why=facts.skipped)
    issue, before = facts.issue, facts.standing
    if issue is None:
        gone = Standing(revision=before.revision + 1)
        records: tuple[AnyRecord, ...] = (EdgesStored(issue=event.subject, edges=()),)
        if before.revision:
            records += (StandingStored(issue=event.subject, standing=gone),)
        return Decision(rule="gone", why="Nothing is said here any more.", records=records, wakes=_told(event, facts))
    found = facts.readiness
    standing, writes = _follow(issue, facts, config)
    records = (EdgesStored(issue=issue.ref, edges=facts.said),) if facts.said != facts.before else ()
    if standing != before or found.waits_for:  # the second: it has been looked at
        records += (StandingStored(issue=issue.ref, standing=standing),)
    # What has become of a new blocker between our look and now has woken nobody: our own edges were not stored yet.
    is_new = any(one.since > before.revision for one in standing.waits)
    wakes = [Wake(issue.ref, "dependencies")] if is_new else []
    wakes += [
        Wake(one.blocker, "dependencies")
        for way in facts.circles
        if _circle_key(way) in {*standing.cycles} - {*before.cycles}
        for one in way[1:]
    ]
    if {*before.cycles} - {*standing.cycles}:  # the others do not stand in it any more either
        wakes += [Wake(ref, "dependencies") for ref in facts.dependents]
    return Decision(
        rule="waits" if found.waits_for else "ready" if issue.is_open else "closed",
        why=_why(issue, facts, found),
        records=records,
        writes=writes,
        wakes=tuple(dict.fromkeys((*_told(event, facts), *wakes))),
    )


def _told(event: Event, facts: Facts) -> tuple[Wake, ...]:
    """Others of whom something is said now that was not said before, or not any more."""
    changed = set(facts.said) ^ set(facts.before)
    blocked = sorted({edge.blocked for edge in changed if edge.blocked != event.subject})
    return tuple(Wake(ref, "dependencies") for ref in blocked)


def _why(issue: Issue, facts: Facts, found: Readiness) -> str:
    if not issue.is_open:
        return "It is closed and waits for nothing."
    if found.waits_for:
        told = [render_waits(found.waits_for, issue.ref.repo)]
        return " ".join([*told, *(render_in_circle(_names(way, issue)) for way in facts.circles)])
    if found.ended:
        ended = ", ".join(f"{called(one.name, one.ref, issue.ref.repo)} {one.why}" for one in found.ended)
        return f"It waits for nothing any more: {ended}."
    return "It waits for nothing."


def _follow(issue: Issue, facts: Facts, config: Config) -> tuple[Standing, tuple[AnyWrite, ...]]:
    """The next standing, and what makes it visible: links, then the label, then a word about each new circle."""
    before = facts.standing
    waits = waitings(facts.readiness.waits_for, before)
    links, writes = _links(issue, facts)
    is_marked = before.is_marked if before.waits else not _has(issue, config.blocked_label)
    told = () if facts.is_held else tuple(_circle_key(way) for way in facts.circles)
    after = Standing(
        revision=before.revision + 1,
        waits=waits,
        links=links,
        is_marked=bool(waits) and is_marked,
        cycles=told,
    )
    if msgspec.structs.replace(after, revision=before.revision) == before:
        return before, ()
    writes += _label(issue, before, after, config)
    writes += tuple(_circle(issue, way) for way in facts.circles if _circle_key(way) in {*told} - {*before.cycles})
    return after, writes


def _links(issue: Issue, facts: Facts) -> tuple[tuple[Link, ...], tuple[AnyWrite, ...]]:
    """Links on GitHub follow the words; one that a person has made or removed stays as it is."""
    edges = [edge for edge in facts.own if edge.kind != "linked"]
    keys = {edge.blocker_key for edge in edges}
    kept = tuple(link for link in facts.standing.links if link.key in keys)
    wanted = links_said(edges, facts.known) if issue.is_open and not issue.is_pull else {}
    for way in facts.circles:  # GitHub refuses a link that closes one
        wanted.pop(way[1 % len(way)].key, None)
    new = new_links(facts.standing, wanted, facts.native, issue)
    add = [
        AddBlockedBy(key=one.write, issue=issue.ref, blocker=one.blocker, only_if=(EdgeIsSaid(issue.ref, one.key),))
        for one in new
    ]
    remove = [
        RemoveBlockedBy(
            key=f"{link.write}/removed",
            issue=issue.ref,
            blocker=link.blocker,
            only_if=(EdgeIsSaid(issue.ref, link.key, is_so=False),),
        )
        for link in facts.standing.links
        if link.key not in keys and link.write in facts.made
    ]
    return (*kept, *new), (*remove, *add)


def _label(issue: Issue, before: Standing, after: Standing, config: Config) -> tuple[AnyWrite, ...]:
    """One cause for each blocker and each time it blocks: what a person removed stays away until another comes."""
    ref = issue.ref
    if not after.waits and before.is_marked:
        return (
            RemoveLabel(
                key=f"label/{issue.id}/unblocked/{after.revision}",
                issue=ref,
                label=config.blocked_label,
                only_if=(WaitsFor(ref, is_so=False),),
            ),
        )
    new = [one for one in after.waits if one.since == after.revision] if after.is_marked else []
    return tuple(
        AddLabel(
            key=f"label/{issue.id}/blocked/{one.key}/{one.since}",
            issue=ref,
            label=config.blocked_label,
            cause=f"blocked/{one.key}/{one.since}",
            only_if=(IssueIsOpen(ref), WaitsFor(ref, one.key)),
        )
        for one in new
    )


def _circle_key(way: tuple[Waiting, ...]) -> str:
    return f"circle/{digest(' '.join(sorted(one.key for one in way)))}"


def _circle(issue: Issue, way: tuple[Waiting, ...]) -> PostComment:
    """Once for each circle, whichever member sees it first."""
    key = _circle_key(way)
    marker = Marker(issue.ref.repo.id, issue.id, "circle", key)
    still_so = (IssueIsOpen(issue.ref), WaitsFor(issue.ref, way[1 % len(way)].key))
    text = render_circle(_names(way, issue))
    return PostComment(key=key, issue=issue.ref, body=(text,), marker=marker, only_if=still_so)


def _names(way: tuple[Waiting, ...], issue: Issue) -> list[str]:
    return [called(one.name, one.blocker, issue.ref.repo) for one in way]


def _has(issue: Issue, label: str) -> bool:
    return label.lower() in (name.lower() for name in issue.labels)
