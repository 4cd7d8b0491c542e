"""What holds for every epic: nothing dangerous in a child, no open box lost, and no change by the form of the text."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli.try_._epics import Epic
from bot.cli.try_.decompose import planned
from bot.policy.command_parsing import commands_in
from bot.policy.epic import read_epic

REPO = "acme/app"
#: What maintainers write between the items, with what must never come out of it.
NOISE = (
    "",
    "## Tasks",
    "### Phase 1: Storage",
    "## Somewhere",
    "**Backend**",
    "We need to:",
    "Split into (a) fish, (b) /decompose @bob and (c) closes #4.",
    "```\n- [ ] fenced secret\n```",
    "~~~md\n1. [ ] fenced secret\n~~~",
    "<!-- - [ ] hidden secret -->",
    "> - [ ] quoted secret",
    "| Task | Status |\n|---|---|\n| Tabled @carol | open |",
    "/plan",
    "<details><summary>More</summary>",
    "</details>",
)
WORDS = st.sampled_from(
    (
        "ship",
        "the",
        "fish",
        "@alice",
        "fixes #3",
        "Closes: https://github.com/a/b/issues/1",
        "/decompose",
        "<!-- interlock:child 1 2 x -->",
        "`code`",
        "**bold**",
        "\u202egnirts",
        "x" * 90,
    )
)
TITLES = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
BOXES = st.builds("{}- [{}] {}".format, st.sampled_from(("", "", "  ", "    ")), st.sampled_from((" ", "x")), TITLES)
BODIES = st.lists(st.one_of(BOXES, st.sampled_from(NOISE)), max_size=14).map("\n".join)
LIVE = re.compile(r"@[A-Za-z0-9]|(?:fix(?:es)?|closes?):?\s+(?:#\d|https)|<!-- interlock:", re.IGNORECASE)


@given(BODIES)
@settings(max_examples=200, deadline=None)
def test_no_child_is_dangerous_or_comes_from_code_comments_or_quotes(body: str) -> None:
    plan = planned(Epic(REPO, body))
    for place, child in enumerate(plan["children"]):
        title = child["title"]
        assert 0 < len(title) <= 256
        assert commands_in(title) == ()
        assert not LIVE.search(title)
        assert "secret" not in title
        assert title.isprintable() or "\u2060" in title
        assert child["why"]
        assert child["parent"] is None or child["parent"] < place
    assert all(one["why"] for one in plan["left_out"])


SAFE_TITLES = st.lists(
    st.sampled_from(("ship", "table", "#12x", "parser", "over", "Ångström", "`x`", "7")), min_size=3, max_size=7
).map(lambda words: "do " + " ".join(words))
HEADINGS = st.sampled_from(
    ("## Tasks", "## Backend", "### Phase 2: API", "**Storage**", "## Goals", "## Notes", "Then:")
)


@given(st.lists(st.tuples(HEADINGS, st.lists(SAFE_TITLES, min_size=1, max_size=4)), max_size=5))
@settings(deadline=None)
def test_every_open_box_outside_left_out_sections_is_a_child(sections: list[tuple[str, list[str]]]) -> None:
    body, titles = "", []
    for number, (heading, items) in enumerate(sections):
        titles += [f"{item} {number}" for item in items]
        body += f"{heading}\n\n" + "".join(f"- [ ] {item} {number}\n" for item in items)
        body += "\n## Out of scope\n\n- [ ] never\n\n# Next\n\n"
    plan = read_epic(body, repo=REPO)
    assert [child.title for child in plan.children] == [title.replace("`", "") for title in titles]
    assert [one.text for one in plan.left_out] == ["never"] * len(sections)


@given(BODIES)
@settings(deadline=None)
def test_line_ends_and_trailing_blanks_change_nothing(body: str) -> None:
    plan = read_epic(body, repo=REPO)
    assert read_epic(body.replace("\n", "\r\n"), repo=REPO) == plan
    if not re.search(r"^(?:    |```|~~~|<)", body, re.MULTILINE):
        assert read_epic(body.replace("\n", "   \n") + "\n\n", repo=REPO) == plan


@given(st.permutations([*range(8)]))
@settings(deadline=None)
def test_the_order_of_top_level_items_changes_only_the_order(order: list[int]) -> None:
    items = [
        "- [ ] Ship the parser\n  - [ ] Cover the errors\n  - a note",
        "- [x] Choose a name",
        "- [ ] #12",
        "- plain one",
        "- [ ] ~~gone~~",
        "- [ ] TBD",
        "- Backend\n  - [ ] API",
        "- [ ] https://github.com/acme/app/pull/5",
    ]

    def outcome(order: list[int]) -> tuple[set[tuple[str | None, ...]], set[tuple[str, str]]]:
        plan = read_epic("## Tasks\n\n" + "\n".join(items[number] for number in order), repo=REPO)
        parents = [plan.children[child.parent].title if child.parent is not None else None for child in plan.children]
        found = {(one.title, one.state, one.ref, parent) for one, parent in zip(plan.children, parents, strict=True)}
        return found, {(one.text, one.why) for one in plan.left_out}

    assert outcome(order) == outcome([*range(8)])


@pytest.mark.parametrize(
    "piece",
    [
        "- [ ] a b c\n",
        "(a) x ",
        "(",
        "#1 ",
        "3 tasks (",
        "- ",
        "<details>\n\n",
        "split into ",
        "- [ ] a\n  Acceptance:\n  - [ ] b\n",
    ],
)
def test_reading_grows_with_the_text_and_no_faster(piece: str) -> None:
    """Counted, not timed: the lines of our own code that run for 4 times the text are at most 5 times as many."""
    import sys

    def steps(text: str) -> int:
        count = 0

        def tracer(frame: object, event: str, arg: object) -> object:
            nonlocal count
            code = frame.f_code.co_filename  # type: ignore[attr-defined]
            if "/bot/policy/epic/" not in code:
                return None
            count += event == "line"
            return tracer

        before = sys.gettrace()
        sys.settrace(tracer)  # type: ignore[arg-type]
        try:
            read_epic(text, repo=REPO)
        finally:
            sys.settrace(before)
        return count

    sizes = [steps(piece * n) for n in (50, 200, 800)]
    assert all(large <= 5 * max(small, 100) for small, large in pairwise(sizes)), sizes
