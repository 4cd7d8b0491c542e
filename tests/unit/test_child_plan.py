"""From what an epic says to the children that are to be made."""

from collections.abc import Collection, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.epics import NewChild, PlannedChild
from bot.model.facts import Issue
from bot.model.ids import Actor, IssueRef, Repo
from bot.policy.child_plan import ALIKE, ChildPlan, child_plan, renamed, too_deep
from bot.policy.epic import read_epic

REPO = Repo(1, 2)
NAME = "acme/railway"
WORDS = ("lay the track", "set the signals", "train the drivers", "paint the station", "order rails", "survey ground")


def issue(number: int, *, body: str = "", is_pull: bool = False) -> Issue:
    return Issue(
        ref=IssueRef(REPO, number), id=1000 + number, title="t", body=body, author=Actor(1, "ann"), labels=frozenset(),
        assignees=frozenset(), is_open=True, is_pull=is_pull, repo_name=NAME,
    )  # fmt: skip


def planned(
    body: str,
    *,
    only: str = "",
    before: Sequence[PlannedChild] = (),
    spent: Collection[str] = (),
    **referred: Issue | None,
) -> ChildPlan:
    known = {int(number[1:]): there for number, there in referred.items()}
    read = read_epic(body, repo=NAME)
    return child_plan(issue(1), read, known, title=str, body=lambda c: c.title, only=only, planned=before, spent=spent)


Tree = tuple[str, list[str]]


def written(trees: list[Tree]) -> str:
    return "".join(f"- [ ] {top}\n" + "".join(f"  - [ ] {one}\n" for one in below) for top, below in trees)


def keys(body: str) -> dict[str, str]:
    return {child.title: child.key for child in planned(body).children}


def test_a_tree_keeps_its_parents_and_skips_what_is_done() -> None:
    plan = planned("- [ ] lay the track\n  - [ ] order rails\n- [x] survey ground\n  - [ ] drill\n")
    track, rails, drill = plan.children
    assert (track.parent, track.depth, rails.parent, rails.depth) == ("", 1, track.key, 2)
    assert (drill.title, drill.parent, drill.depth) == ("drill", "", 1)


def test_an_existing_issue_is_linked_and_its_items_go_under_it() -> None:
    plan = planned("- [ ] #7\n  - [ ] order rails\n", n7=issue(7))
    seven, rails = plan.children
    assert (seven.existing, seven.number, seven.title) == (1007, 7, "#7")
    assert (rails.parent, rails.under, rails.existing) == ("", 7, 0)


def test_pull_requests_the_epic_itself_and_foreign_issues_are_listed_with_their_reason() -> None:
    body = "- [ ] #7\n- [ ] #1\n- [ ] #8\n- [ ] other/place#3\n- [ ] lay the track\n"
    plan = planned(body, n7=issue(7, is_pull=True), n1=issue(1), n8=None)
    assert [child.title for child in plan.children] == ["lay the track"]
    assert set(plan.left_out) >= {
        "`#7`: a pull request",
        "`#1`: the epic itself",
        "`#8`: not an issue of this repository",
    }
    assert any("other/place#3" in line and "not linked" in line for line in plan.left_out)


def test_only_a_section_and_what_lies_below_it() -> None:
    body = "## One\n\n- [ ] lay the track\n\n## Two\n\n- [ ] order rails\n"
    assert [child.title for child in planned(body, only=" two ").children] == ["order rails"]
    assert planned(body, only="Three").children == ()


ITEMS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8)


@given(ITEMS.flatmap(lambda items: st.tuples(st.just(items), st.permutations(items))))
def test_keys_survive_reordering_and_neighbours(orders: tuple[list[str], list[str]]) -> None:
    """Equal items are told apart by their count, so that as many keys stay as items do."""
    items, shuffled = orders
    once = [child.key for child in planned("\n".join(f"- [ ] {item}" for item in items)).children]
    again = [child.key for child in planned("\n".join(f"- [ ] {item}" for item in [*shuffled, "brew tea"])).children]
    assert len(set(once)) == len(once) == len(items)
    assert set(once) < set(again)


def test_line_ends_case_and_blanks_make_no_new_item() -> None:
    plain = keys("- [ ] lay the track\n- [ ] order rails\n")
    assert list(keys("- [ ]  Lay the  track  \r\n- [ ] order rails\r\n").values()) == list(plain.values())


def test_another_epic_has_other_keys() -> None:
    plan = read_epic("- [ ] lay the track\n", repo=NAME)
    first, second = (child_plan(issue(n), plan, {}, title=str, body=str).children[0].key for n in (1, 2))
    assert first != second


API = "- [ ] API\n  - [ ] Write tests\n"
CLI = "- [ ] CLI\n  - [ ] Write tests\n"


def fresh(before: ChildPlan, body: str) -> list[tuple[str, str]]:
    """What a later run would create, each with the title of its parent."""
    after = planned(body, before=before.children)
    titles = {child.key: child.title for child in after.children}
    known = {child.key for child in before.children}
    return [(child.title, titles.get(child.parent, "")) for child in after.children if child.key not in known]


@pytest.mark.parametrize("body", [CLI + API, API + CLI])
def test_an_equal_item_under_another_parent_is_another_child(body: str) -> None:
    assert fresh(planned(API), body) == [("CLI", ""), ("Write tests", "CLI")]


def test_an_item_whose_parent_has_left_the_text_with_it_is_not_the_equal_one_under_a_new_parent() -> None:
    assert fresh(planned(API), CLI) == [("CLI", ""), ("Write tests", "CLI")]


def test_a_parent_that_is_done_or_was_planned_anew_is_the_same_parent() -> None:
    before = planned(API)
    assert fresh(before, API.replace("[ ] API", "[x] API") + CLI) == [("CLI", ""), ("Write tests", "CLI")]
    api, tests = before.children
    again = planned(CLI + API, before=[tests], spent={api.key})
    assert [child.key for child in again.children if child.title == "API"] == [f"{api.key}/again/1"]
    assert [child.key for child in again.children if child.above == f"{api.key}/again/1"] == [tests.key]


@pytest.mark.parametrize("body", ["- [ ] Write tests\n- [ ] API\n", "- [ ] API\n- [ ] CLI\n  - [ ] Write tests\n"])
def test_an_item_that_was_moved_is_the_same_while_its_old_parent_is_there(body: str) -> None:
    assert ("Write tests", "") not in fresh(planned(API), body)
    assert ("Write tests", "CLI") not in fresh(planned(API), body)


def test_a_group_below_groups_is_told_apart_by_all_that_is_above_it() -> None:
    deep = "- [ ] {}\n  - [ ] Backend\n    - [ ] Write tests\n"
    before = planned(deep.format("API"))
    added = [("CLI", ""), ("Backend", "CLI"), ("Write tests", "Backend")]
    assert fresh(before, deep.format("CLI") + deep.format("API")) == added


def test_children_planned_before_parents_were_written_down_are_known_by_title_and_count() -> None:
    before = [PlannedChild(key=child.key, title=child.title) for child in planned(API + CLI).children]
    assert [child.key for child in planned(API + CLI, before=before).children] == [child.key for child in before]
    unique = planned(CLI, before=[before[0], before[1]])
    assert before[1].key in {child.key for child in unique.children}


def test_done_and_open_equal_items_keep_their_keys() -> None:
    body = "- [x] test\n- [ ] test\n"
    assert fresh(planned(body), body) == []
    assert fresh(planned("- [ ] test\n- [ ] test\n"), "- [x] test\n- [ ] test\n- [ ] test\n") == [("test", "")]


TREES = st.lists(st.tuples(st.sampled_from(WORDS), st.lists(st.sampled_from(WORDS), max_size=3)), max_size=5)


@settings(deadline=None)
@given(TREES.flatmap(lambda trees: st.tuples(st.just(trees), st.permutations(trees))))
def test_the_same_tree_in_another_order_has_nothing_new(orders: tuple[list[Tree], list[Tree]]) -> None:
    once, again = (planned(written(trees)) for trees in orders)
    assert len({child.key for child in once.children}) == len(once.children)
    if len({top for top, _ in orders[0]}) == len(orders[0]):  # else nobody can say which is which
        assert fresh(once, written(orders[1])) == []
    assert fresh(once, written(orders[0])) == []
    assert len(again.children) == len(once.children)


def new(key: str, title: str, existing: int = 0) -> NewChild:
    return NewChild(key=key, title=title, existing=existing)


def old(key: str, title: str, existing: int = 0) -> PlannedChild:
    return PlannedChild(key=key, title=title, existing=existing)


def test_a_new_item_is_paired_with_the_vanished_one_most_like_it_once() -> None:
    there = (old("a", "set the signals"), old("b", "lay the track"))
    fresh = (new("x", "set all the signals"), new("y", "set the signals!"), new("z", "brew tea"))
    assert renamed(fresh, there, {"x", "y", "z"}) == {"y": there[0]}


def test_what_is_still_there_or_was_linked_was_not_renamed() -> None:
    fresh = (new("x", "set all the signals"),)
    assert renamed(fresh, (old("a", "set the signals"),), {"x", "a"}) == {}
    assert renamed(fresh, (old("a", "set the signals", existing=7),), {"x"}) == {}
    assert renamed((new("x", "#7", existing=7),), (old("a", "#8"),), {"x"}) == {}


def test_titles_that_share_little_are_different_work() -> None:
    assert 0.5 < ALIKE < 0.9
    assert renamed((new("x", "brew tea"),), (old("a", "set the signals"),), {"x"}) == {}


def test_the_epic_is_the_first_of_eight_levels() -> None:
    assert not too_deep([NewChild(key="k", title="t", depth=7)])
    assert too_deep([NewChild(key="k", title="t", depth=8)])
