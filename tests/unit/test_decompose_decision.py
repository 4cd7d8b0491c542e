"""What `/decompose` decides: the facts are given, nothing is read."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import pytest

from bot.handlers.decompose import Facts, decide
from bot.model.commands import Call, Permission
from bot.model.config import Config
from bot.model.decision import Decision
from bot.model.epics import NewChild, PlannedChild, Preview, StoredChild
from bot.model.events import Event
from bot.model.facts import Issue
from bot.model.ids import Actor, AppIdentity, IssueRef, Repo
from bot.model.markers import digest
from bot.model.records import ChildPlanStored, PreviewShown
from bot.model.writes import CreateIssue, LinkSubIssue, NumberOf, PostComment, ResultOf
from bot.policy.epic import read_epic

REPO = Repo(1, 2)
NAME = "acme/railway"
EPIC = 1
CONFIG = Config(us=AppIdentity(1, "interlock"))


def issue(number: int, title: str = "t", *, body: str = "", is_open: bool = True) -> Issue:
    return Issue(
        ref=IssueRef(REPO, number), id=1000 + number, title=title, body=body, author=Actor(1, "ann"),
        labels=frozenset(), assignees=frozenset(), is_open=is_open, is_pull=False, repo_name=NAME,
    )  # fmt: skip


def facts(body: str, *referred: Issue, **known: object) -> Facts:
    return msgspec.structs.replace(
        Facts(
            issue=issue(EPIC, "A new line", body=body),
            permission=Permission.TRIAGE,
            plan=read_epic(body, repo=NAME),
            referred={one.ref.number: one for one in referred},
        ),
        **known,
    )


def decided(given: Facts, arguments: str = "") -> Decision:
    event = Event(
        delivery="d", name="issue_comment", action="created", repo=REPO, number=EPIC, sender=Actor(3, "tria"),
        comment=5, received_at=datetime(2026, 3, 1, tzinfo=UTC),
        command=Call(name="decompose", arguments=arguments, comment=5, ordinal=0),
    )  # fmt: skip
    return decide(event, given, CONFIG)


def made(given: Facts, arguments: str = "") -> list[str]:
    """The titles of what would be created, and `#n` of what would be linked."""
    writes = decided(given, arguments).writes
    created = [write.title for write in writes if isinstance(write, CreateIssue)]
    return created + [f"#{write.child_number}" for write in writes if _links_existing(write)]


def _links_existing(write: object) -> bool:
    return isinstance(write, LinkSubIssue) and isinstance(write.child, int)


def said(given: Facts, arguments: str = "") -> str:
    (comment,) = (write for write in decided(given, arguments).writes if isinstance(write, PostComment))
    return "".join(str(part) for part in comment.body)


def plan_of(given: Facts, arguments: str = "") -> tuple[PlannedChild, ...]:
    return next(one.children for one in decided(given, arguments).records if isinstance(one, ChildPlanStored))


def shown(given: Facts, arguments: str) -> Preview:
    return next(one.preview for one in decided(given, arguments).records if isinstance(one, PreviewShown))


def stored(
    children: Sequence[PlannedChild], *, failed: Sequence[str] = (), first: int = 101
) -> tuple[StoredChild, ...]:
    """What was planned is there, with the numbers from `first` on; what `failed` is not."""
    return tuple(
        StoredChild(
            key=one.key, title=one.title, existing=one.existing, above=one.above, run=1,
            id=0 if one.title in failed else one.existing or 1000 + first + place,
            number=0 if one.title in failed else one.number or first + place,
            failed="denied: no" if one.title in failed else "",
        )
        for place, one in enumerate(children)
    )  # fmt: skip


def after(body: str, *, now: str = "", failed: Sequence[str] = (), **known: object) -> Facts:
    """The epic was decomposed as `body`, its direct children are there and linked, and it says `now`."""
    planned = stored(plan_of(facts(body)), failed=failed)
    direct = tuple(issue(one.number, one.title) for one in planned if one.number and not one.above)
    return facts(now or body, **{"planned": planned, "linked": direct} | known)


def tasks(count: int, *, indent: str = "", word: str = "lay track") -> str:
    return "".join(f"{indent}- [ ] {word} {n}\n" for n in range(count))


# How much GitHub takes


def test_a_parent_below_the_epic_takes_no_more_than_a_hundred_either() -> None:
    big = facts("- [ ] Big\n" + tasks(150, indent="  "))
    assert made(big, "max=100 confirm") == []
    refused = said(big, "confirm")
    assert "`Big`" in refused
    assert "150" in refused
    assert "limit of 100" in refused


def test_a_hundred_below_one_parent_and_as_many_below_another_are_made() -> None:
    body = "- [ ] Big\n" + tasks(100, indent="  ") + "- [ ] Other\n" + tasks(100, indent="  ", word="paint")
    given = facts(body)
    assert len(made(msgspec.structs.replace(given, preview=shown(given, "preview")), "confirm")) == 202


def test_what_an_earlier_run_planned_below_a_parent_counts() -> None:
    before = "- [ ] Big\n" + tasks(15, indent="  ")
    given = after(before, now=before + tasks(90, indent="  ", word="paint"))
    assert "has 15 sub-issues, and 90 more" in said(given, "preview")


def test_what_an_earlier_run_still_has_to_link_counts() -> None:
    pending = tuple(
        LinkSubIssue(
            key=f"link/{n}", parent=IssueRef(REPO, EPIC), child=ResultOf(f"{n}"), child_number=NumberOf(f"{n}")
        )
        for n in range(15)
    )
    assert "has 15 sub-issues, and 90 more" in said(facts(tasks(90), pending=pending), "preview")
    assert made(facts(tasks(20), pending=pending)) == [f"lay track {n}" for n in range(20)]


def test_only_what_goes_right_under_the_epic_counts_for_it() -> None:
    linked = tuple(issue(number) for number in range(200, 295))
    assert len(made(facts("- [ ] Big\n" + tasks(10, indent="  "), linked=linked))) == 11
    assert "has 95 sub-issues, and 6 more" in said(facts(tasks(6) + "  - [ ] nested\n", linked=linked))


def test_an_existing_issue_takes_no_more_than_a_hundred() -> None:
    body = "- [ ] #7\n" + tasks(101, indent="  ")
    assert "`#7`" in said(facts(body, issue(7)), "preview")


# Following the bot's words makes what was shown


PHASES = "## Phase 1\n\n- [ ] survey\n\n## Phase 2\n\n- [ ] lay the track\n"
MANY = f"## Phase 1\n\n{tasks(30)}\n## Phase 2\n\n- [ ] run a train\n"


@pytest.mark.parametrize(
    ("body", "asked", "command"),
    [
        (PHASES, "preview", "/decompose"),
        (PHASES, 'preview only="Phase 1"', '/decompose only="Phase 1"'),
        (MANY, "preview", "/decompose confirm"),
        (MANY, "preview max=40", "/decompose max=40"),
        (MANY, "preview max=25", "/decompose confirm"),
        (MANY, 'preview only="Phase 1"', '/decompose only="Phase 1" confirm'),
        (MANY, 'only="Phase 1"', '/decompose only="Phase 1" confirm'),
        (MANY, "max=25", "/decompose confirm"),
        (MANY, "", "/decompose confirm"),
    ],
)
def test_the_command_that_is_proposed_makes_what_was_shown(body: str, asked: str, command: str) -> None:
    given = facts(body)
    assert f"Write `{command}` " in said(given, asked)
    preview = shown(given, asked)
    _, _, arguments = command.partition(" ")
    after_that = msgspec.structs.replace(given, preview=preview)
    assert made(after_that, arguments) == [child.title for child in preview.children]


def test_a_changed_part_is_confirmed_as_that_part() -> None:
    given = facts(PHASES)
    given = msgspec.structs.replace(given, preview=shown(given, 'preview only="Phase 2"'))
    assert 'Write `/decompose only="Phase 1" confirm` ' in said(given, 'only="Phase 1" confirm')


def test_above_the_limit_nobody_confirms_what_nobody_was_shown() -> None:
    given = facts(MANY)
    assert "more than 20" in said(given, "confirm")
    assert made(given, "confirm") == []
    assert made(facts(PHASES), "confirm") == ["survey", "lay the track"]


# What could not be created, and what is there already


THREE = "- [ ] lay the track\n- [ ] set the signals\n- [ ] run a train\n"


def test_what_could_not_be_created_is_tried_again_and_takes_its_own_place() -> None:
    given = after(THREE, failed=["set the signals"])
    assert made(given) == ["set the signals"]
    (failed,) = (child.key for child in given.planned if child.failed)
    (record,) = (one for one in decided(given).records if isinstance(one, ChildPlanStored))
    assert [child.key for child in record.children] == [f"{failed}/again/1"]
    assert record.replaced == (failed,)


def test_it_is_tried_as_often_as_somebody_asks() -> None:
    given = after(THREE, failed=["set the signals"])
    (failed,) = (child.key for child in given.planned if child.failed)
    there = tuple(child for child in given.planned if not child.failed)
    once_more = stored(plan_of(given), failed=["set the signals"])
    given = msgspec.structs.replace(given, planned=(*there, *once_more), undone=frozenset({failed}))
    assert [child.key for child in plan_of(given)] == [f"{failed}/again/2"]


def test_of_a_programs_plan_too() -> None:
    children = (NewChild(key="child/1/a/1", title="Dig", depth=1), NewChild(key="child/1/b/1", title="Build", depth=1))
    there = Preview(body=digest("Build a railway."), children=children)
    given = facts("Build a railway.", preview=there, planned=stored(children, failed=["Build"]))
    again = shown(given, "")
    assert [(child.title, child.key) for child in again.children] == [("Build", "child/1/b/1/again/1")]
    assert made(msgspec.structs.replace(given, preview=again), "confirm") == ["Build"]


@pytest.mark.parametrize(
    ("known", "arguments", "told"),
    [
        (after(THREE), "", "every open item of this epic is a sub-issue already."),
        (after(THREE, linked=()), "", "3 sub-issues deleted, transferred or taken out of the epic since"),
        (after(PHASES), 'only="Phase 1"', "every open item under `Phase 1` is a sub-issue already."),
        (after(THREE, now="- [x] run a train\n"), "", "every item of this epic is checked off"),
        (after(THREE, now="A train runs."), "", "lists no open work any more"),
        (
            after(PHASES, failed=["lay the track"]),
            'only="Phase 1"',
            "1 planned item could not be created and does not stand here.",
        ),
        (
            facts("## Phase 1\n\n- [x] survey\n\n## Phase 2\n\n- [ ] lay the track\n"),
            'only="Phase 1"',
            "Headings with work: `Phase 2`.",
        ),
    ],
)
def test_the_answer_to_a_command_that_finds_nothing_new_is_true(known: Facts, arguments: str, told: str) -> None:
    assert decided(known, arguments).rule in ("nothing new", "all done", "no such heading")
    assert told in said(known, arguments)


def test_what_is_still_being_made_is_no_sub_issue_yet() -> None:
    planned = stored(plan_of(facts(THREE)))
    waiting = tuple(msgspec.structs.replace(child, id=0, number=0) for child in planned)
    assert "3 sub-issues still to come" in said(facts(THREE, planned=waiting))


def test_items_rewritten_as_their_numbers_are_the_children_they_were() -> None:
    before = "- [ ] lay the track\n  - [ ] order rails\n"
    there = (issue(101, "lay the track"), issue(102, "order rails"))
    given = after(before, now="- [ ] #101\n  - [ ] #102\n", referred={one.ref.number: one for one in there})
    assert decided(given).rule == "nothing new"
    assert "is a sub-issue already" in said(given)
    more = facts("- [ ] #101\n  - [ ] #102\n  - [ ] drill\n", *there, planned=given.planned, linked=given.linked)
    assert made(more) == ["drill"]
    gone = msgspec.structs.replace(given, linked=())
    assert "1 sub-issue deleted, transferred or taken out of the epic" in said(gone)


# What may be an earlier item in other words


def test_what_is_done_or_stands_elsewhere_has_not_vanished() -> None:
    before = "- [ ] Migrate service billing\n"
    done = after(before, now="- [x] Migrate service billing\n- [ ] Migrate service shipping\n")
    assert made(done) == ["Migrate service shipping"]
    parts = "## Phase 1\n\n- [ ] Test the API on staging\n\n## Phase 2\n\n- [ ] Test the API on production\n"
    (first, _) = stored(plan_of(facts(parts)))
    assert made(facts(parts, planned=(first,)), 'only="Phase 2"') == ["Test the API on production"]


REWORDED = "- [ ] set all the signals\n"
SIGNALS = "- [ ] set the signals\n"


@pytest.mark.parametrize("arguments", ["", "preview", "confirm", "preview max=30"])
def test_whatever_is_shown_says_what_may_be_an_earlier_item(arguments: str) -> None:
    many = after(SIGNALS, now=REWORDED + tasks(20))
    assert made(many, arguments) == []
    assert said(many, arguments).count("renamed?") >= 1
    assert 'renamed? It is like "set the signals" (#101)' in said(many, arguments)


def test_what_was_shown_as_renamed_is_made_when_it_is_confirmed() -> None:
    many = after(SIGNALS, now=REWORDED + tasks(20))
    assert len(made(msgspec.structs.replace(many, preview=shown(many, "")), "confirm")) == 21


def test_what_nobody_was_shown_is_asked_about_even_if_it_is_confirmed() -> None:
    assert made(after(SIGNALS, now=REWORDED), "confirm") == []
    assert "renamed?" in said(after(SIGNALS, now=REWORDED), "confirm")


def test_the_command_for_renamed_items_names_the_heading() -> None:
    given = after(SIGNALS, now=f"## Phase 1\n\n{REWORDED}\n## Phase 2\n\n- [ ] hire a crew\n")
    assert 'write `/decompose only="Phase 1" confirm` if' in said(given, 'only="Phase 1"')


def test_a_sub_issue_that_people_renamed_is_the_item_of_that_name() -> None:
    by_hand = (issue(101, "Set all the signals"),)
    given = after(SIGNALS, now=REWORDED + "  - [ ] order lamps\n", linked=by_hand)
    assert made(given) == ["order lamps"]
    (link,) = (write for write in decided(given).writes if isinstance(write, LinkSubIssue))
    assert link.under == NumberOf(given.planned[0].key)
    assert decided(after(SIGNALS, now=REWORDED, linked=by_hand)).rule == "nothing new"


def test_a_sub_issue_that_people_renamed_is_still_its_own_item_while_that_is_there() -> None:
    by_hand = (issue(101, "set all the signals"),)
    given = after(SIGNALS, now=SIGNALS + REWORDED, linked=by_hand)
    assert made(given) == ["set all the signals"]


def test_the_same_words_under_a_new_parent_are_new_work_where_the_old_is_finished() -> None:
    before, now = "- [ ] API\n  - [ ] Write tests\n", "- [ ] CLI\n  - [ ] Write tests\n"
    assert made(after(before, now=now, linked=(issue(101, "API", is_open=False),))) == ["CLI", "Write tests"]
    unfinished = after(before, now=now)
    assert made(unfinished) == ["CLI"]
    assert '"Write tests": renamed? It is like "Write tests" (#102), which stood elsewhere' in said(unfinished)


# Items that are issues elsewhere


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("- [ ] acme/other#15\n", "`acme/other#15`: an issue of another repository: listed, not linked"),
        ("- [ ] #99\n", "`#99`: not an issue of this repository"),
    ],
)
def test_work_that_is_elsewhere_is_told_and_no_question_is_asked(body: str, told: str) -> None:
    given = facts(body)
    assert decided(given).rule == "nothing here"
    assert told in said(given)
    assert "nothing that can be made or linked" in said(given)
    assert made(facts(body + THREE)) == ["lay the track", "set the signals", "run a train"]


def test_work_that_is_elsewhere_under_one_heading_is_told_too() -> None:
    given = facts(f"## Phase 1\n\n- [ ] acme/other#15\n\n## Phase 2\n\n{THREE}")
    assert "`acme/other#15`: an issue of another repository" in said(given, 'only="Phase 1"')
