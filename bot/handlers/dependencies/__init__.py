"""Follows what an issue waits for: words and links become edges, and the label of a blocked issue says so."""

import msgspec

from bot.handlers.dependencies.looking import Facts, look
from bot.messages.dependencies import render_circle, render_in_circle, render_waits
from bot.model.conditions import EdgeIsSaid, IssueIsOpen, WaitsFor
from bot.model.config import Config
from bot.model.decision import Decision, Wake
from bot.model.edges import Link, Standing, Waiting, called
from bot.model.events import Event
from bot.model.facts import Issue
from bot.model.markers import Marker, digest
from bot.model.records import AnyRecord, EdgesStored, StandingStored
from bot.model.writes import AddBlockedBy, AddLabel, AnyWrite, PostComment, RemoveBlockedBy, RemoveLabel
from bot.policy.readiness import Readiness
from bot.policy.waiting import links_said, new_links, waitings
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
    is_new = bool({edge.blocker_key for edge in facts.said} - {edge.blocker_key for edge in facts.before})
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
    told = () if facts.is_held else tuple(_circle_key(way) for way in facts.circles)
    after = Standing(
        revision=before.revision + 1,
        waits=waits,
        links=links,
        label=config.blocked_label if waits and _is_ours(issue, facts, config) else "",
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
        if one.write
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


def _is_ours(issue: Issue, facts: Facts, config: Config) -> bool:
    """Whether the label is ours to set and to take away: as before, or not there, or about to be taken off by us."""
    if facts.standing.waits:
        return bool(facts.standing.label)
    return not _has(issue, config.blocked_label) or config.blocked_label in facts.leaving


def _label(issue: Issue, before: Standing, after: Standing, config: Config) -> tuple[AnyWrite, ...]:
    """One cause for each blocker and each time it blocks: what a person removed stays away until another comes.

    A label that was given another name in the configuration is set anew where it still stands.
    """
    ref, revision = issue.ref, after.revision
    is_over, is_renamed = not after.label, bool(after.label and before.label and after.label != before.label)
    new = after.waits if is_renamed and _has(issue, before.label) else _since(after, revision)
    off = RemoveLabel(
        key=f"label/{issue.id}/unblocked/{revision}",
        issue=ref,
        label=before.label,
        only_if=(WaitsFor(ref, is_so=False),) if is_over else (),
    )
    on = [
        AddLabel(
            key=f"label/{issue.id}/blocked/{one.key}/{revision}",
            issue=ref,
            label=after.label,
            cause=f"blocked/{one.key}/{revision}",
            only_if=(IssueIsOpen(ref), WaitsFor(ref, one.key)),
        )
        for one in new
        if after.label
    ]
    return (off, *on) if before.label and (is_over or is_renamed) else tuple(on)


def _since(standing: Standing, revision: int) -> tuple[Waiting, ...]:
    return tuple(one for one in standing.waits if one.since == revision)


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
