"""Which issues a text says it waits for: every phrase, every direction, and what only sounds like one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.dependencies import dependencies_in, may_state_any

REPO = "acme/app"


def edges(text: str) -> list[tuple[str, str]]:
    """(kind, reference) of each edge, references of this repository in short."""
    return [(edge.kind, edge.ref.removeprefix(REPO)) for edge in dependencies_in(text, repo=REPO)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Depends on #1.", [("depends_on", "#1")]),
        ("This depends on #1, #2 and o/r#3.", [("depends_on", "#1"), ("depends_on", "#2"), ("depends_on", "o/r#3")]),
        ("Depends on #1 (schema), #2 (API)", [("depends_on", "#1"), ("depends_on", "#2")]),
        ("Depends-On: https://github.com/o/r/pull/4", [("depends_on", "o/r#4")]),
        ("Text.\n\nDepends-On: #4\nDepends-On: GH-5", [("depends_on", "#4"), ("depends_on", "#5")]),
        ("It is dependent on the schema in ACME/App#7", [("depends_on", "#7")]),
        ("Blocked by #1", [("blocked_by", "#1")]),
        ("**Blocked by:** #1 & #2", [("blocked_by", "#1"), ("blocked_by", "#2")]),
        ("This has been blocked by #1 for weeks", [("blocked_by", "#1")]),
        ("We are waiting for #8.", [("blocked_by", "#8")]),
        ("#8 must land first", [("blocked_by", "#8")]),
        ("#8 blocks this", [("blocked_by", "#8")]),
        ("Requires #1 and #2.", [("requires", "#1"), ("requires", "#2")]),
        ("needs #1 first", [("requires", "#1")]),
        ("Start after #1 lands.", [("after", "#1")]),
        ("Can be done once #1 is merged", [("after", "#1")]),
        ("- [ ] Switch over (after #1 is deployed)", [("after", "#1")]),
        ("To be merged after #1.", [("after", "#1")]),
        ("We can't start until #5 lands.", [("after", "#5")]),
        ("Do not merge before #8", [("after", "#8")]),
        ("It depends upon #3", [("depends_on", "#3")]),
        ("We no longer depend on #1 but require #2", [("requires", "#2")]),
        ("If #3 lands, we depend on #4", [("depends_on", "#4")]),
        ("Based on #1", [("based_on", "#1")]),
        ("Builds on top of [the parser](https://github.com/acme/app/pull/6)", [("based_on", "#6")]),
        ("Stacked on #1", [("based_on", "#1")]),
        ("- [ ] Build the page (depends on #3)", [("depends_on", "#3")]),
        ("## Blocked by\n\n- #1\n- #2 the parser", [("blocked_by", "#1"), ("blocked_by", "#2")]),
        ("Depends on:\n\n- #1\n- https://github.com/acme/app/issues/2", [("depends_on", "#1"), ("depends_on", "#2")]),
        ("## Dependencies\n- [ ] #1\n- [x] #2", [("depends_on", "#1")]),
        ("| a |\n|---|\n| blocked by #9 |", [("blocked_by", "#9")]),
        ("depends on #1 and blocked by #2", [("depends_on", "#1"), ("blocked_by", "#2")]),
        ("Do this after #1 is merged", [("after", "#1")]),
        ("- [ ] Remove the feature flag once #1 is deployed", [("after", "#1")]),
        ("Drop v1 after #1 ships", [("after", "#1")]),
        ("Do it as soon as #1 lands", [("after", "#1")]),
        ("This may only start once #1 is closed", [("after", "#1")]),
        ("Work may start when #1 is merged", [("after", "#1")]),
        ("Nothing can start until #1 lands", [("after", "#1")]),
        ("[DO NOT MERGE] depends on #1", [("depends_on", "#1")]),
        ("DO NOT MERGE - depends on #1", [("depends_on", "#1")]),
        ("Can't merge yet — blocked by #1", [("blocked_by", "#1")]),
        ("This is not urgent and depends on #1", [("depends_on", "#1")]),
        ("This is not urgent and is blocked by #1", [("blocked_by", "#1")]),
        ("#1, #2 and #3 must land first", [("blocked_by", "#1"), ("blocked_by", "#2"), ("blocked_by", "#3")]),
        ("#1 and #2 block this", [("blocked_by", "#1"), ("blocked_by", "#2")]),
        ("Fixes #1, #2 blocks this", [("blocked_by", "#2")]),
        ("This issue depends on:\n\n- #1", [("depends_on", "#1")]),
        ("Depends on the following issues:\n\n- #1\n- #2", [("depends_on", "#1"), ("depends_on", "#2")]),
        ("It is currently blocked by these:\n\n- #1", [("blocked_by", "#1")]),
        ("### Blocked by\n\n#1, #2", [("blocked_by", "#1"), ("blocked_by", "#2")]),
        ("### Blocked by\n\n#1\nGH-2", [("blocked_by", "#1"), ("blocked_by", "#2")]),
        ("Dependency for this: #1", [("depends_on", "#1")]),
    ],
)
def test_what_an_issue_waits_for(text: str, expected: list[tuple[str, str]]) -> None:
    assert sorted(edges(text)) == sorted(expected)
    assert {edge.direction for edge in dependencies_in(text, repo=REPO)} == {"blocked_by"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Blocks #1", ["#1"]),
        ("This is blocking #1 and #2.", ["#1", "#2"]),
        ("Prerequisite for #1", ["#1"]),
        ("Required by #1", ["#1"]),
        ("#1 depends on this", ["#1"]),
        ("#1 is blocked by this issue.", ["#1"]),
        ("This must land before #1", ["#1"]),
        ("## Blocks\n- #1", ["#1"]),
        ("### Blocks\n\n#1", ["#1"]),
        ("#1 and #2 depend on this", ["#1", "#2"]),
        ("This is a dependency of #1", ["#1"]),
        ("Dependency for #1", ["#1"]),
        ("This is a prerequisite to #1", ["#1"]),
        ("This blocks #1, which depends on #2", ["#1"]),
    ],
)
def test_what_waits_for_an_issue(text: str, expected: list[str]) -> None:
    assert edges(text) == [("blocks", ref) for ref in expected]
    assert {edge.direction for edge in dependencies_in(text, repo=REPO)} == {"blocking"}


@pytest.mark.parametrize(
    "text",
    [
        "Fixes #1",
        "Closes #1, resolves #2",
        "Follow-up to #1",
        "Related to #1, see also #2",
        "Conflicts with #1",
        "Duplicate of #1",
        "This was blocked by #1",
        "It used to depend on #1.",
        "It depended on #1 and required #2",
        "Previously blocked by #1, now free.",
        "After #1 landed, the build broke.",
        "Broken after #1",
        "Regression after #1 was merged",
        "Does this depend on #1?",
        "Is it blocked by #1?",
        "This does not depend on #1.",
        "It doesn't require #1",
        "No longer blocked by #1",
        "Not blocked by #1",
        "Unblocked by #1",
        "It might depend on #1",
        "> Depends on #1",
        "```\nDepends on #1\n```",
        "`Depends on #1`",
        "~~Depends on #1~~",
        "<!-- Depends on #1 -->",
        "- [x] Blocked by #1",
        "#1 depends on #2",
        "#1 is blocked by #2",
        "Requires Python 3.11, see #1",
        "Needs a test for #1",
        "Depends on nothing.\n\nSee #1.",
        "Depends on the weather. #1 is unrelated.",
        "Blocked by a lawyer, fixes #1",
        "Depends on https://gitlab.com/acme/app/issues/1",
        "Depends on C#12",
        "When #1 was open we had time",
        "## Related\n- #1",
        "There is no dependency on #1",
        "No dependencies on #1",
        "There are no blockers for #1",
        "No issue requires #1",
        "Avoid depending on #1",
        "We could drop the dependency on #1",
        "Blockers: none (#1 was closed)",
        "Depends on: N/A (#1 is done)",
        "Extracted from #1, which depends on #2",
        "The build fails when #1 is merged",
        "Error appears after #1 is merged",
        "When #1 is closed the page shows an error",
        "Based on the discussion in #1, we should do this",
        "Based on feedback from #1",
        "This should not be started after #1 is merged",
        "It neither builds nor depends on #1",
        "It does not build and require #1",
        "### Blocked by\n\n_No response_",
        "### Blocked by\n\nNothing; #1 was closed",
        "The list, as agreed:\n\n- #1",
    ],
)
def test_what_is_no_dependency(text: str) -> None:
    assert edges(text) == []


def test_an_edge_is_told_once_and_says_its_words() -> None:
    found = dependencies_in("Depends on #1.\n\nIt depends on acme/app#1 still.", repo=REPO)
    assert [(edge.ref, edge.phrase) for edge in found] == [("acme/app#1", "Depends on #1")]


def test_a_long_text_of_phrases_is_read_in_one_pass() -> None:
    found = dependencies_in("depends on #1, " * 2000 + "blocked by #2", repo=REPO)
    assert [edge.ref for edge in found] == ["acme/app#1", "acme/app#2"]
    assert all(len(edge.phrase) <= 120 for edge in found)


@pytest.mark.parametrize("unit", [" ", " is" * 4000 + " blocks" * 2000])
def test_a_text_made_to_take_long_is_read(unit: str) -> None:
    """The first took a quarter of an hour once; `tests/bench/parsing.py` measures these and more."""
    assert [edge.ref for edge in dependencies_in("blocked by #1" + (unit * 65_000)[:65_000] + "x", repo=REPO)] == [
        "acme/app#1"
    ]


@given(st.text(alphabet="abdeklnopsy #123/-:,.()?`>\n*[]", max_size=120))
def test_any_text_is_read_and_what_is_quoted_says_nothing(text: str) -> None:
    for edge in dependencies_in(text, repo=REPO):
        assert json.dumps(edge.ref)
        assert edge.ref.partition("#")[2].isdigit()
    quoted = "\n".join(f"> {line}" for line in text.split("\n"))
    assert dependencies_in(quoted, repo=REPO) == ()


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("Start after #1 is deployed.", True),
        ("Blocked until the rollout of #1", True),
        ("Blocked until #1 and #2 are live", True),
        ("Depends on the deployment of #1", True),
        ("Requires #1 in production", True),
        ("#8 must be deployed first", True),
        ("#8 must land first, then we deploy", False),
        ("Depends on #1, which we deploy on Friday", False),
        ("Depends on #1 (deployed by hand)", False),
        ("Depends on #1 and nothing else, not even on whether it is deployed", False),
        ("Depends on #1", False),
        ("Deploy it after #1 is merged", False),
        ("Start after #1 is alive again", False),
    ],
)
def test_whether_it_has_to_be_deployed(text: str, until: bool) -> None:
    found = dependencies_in(text, repo=REPO)
    assert found
    assert {edge.until_deployed for edge in found} == {until}


def test_only_words_say_that_it_is_a_pull_request() -> None:
    said = "Depends on PR #1, https://github.com/acme/app/pull/2 and #3"
    assert [edge.is_pull for edge in dependencies_in(said, repo=REPO)] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("Depends on #1", True),
        ("dep**ends** on #1", True),
        ("&#100;epends on #1", True),
        ("## Blockers\n- GH-4", True),
        ("#8 has to land first", True),
        ("Requires https://github.com/acme/app/pull/4", True),
        ("Part of #12.\n\nSection: Work", False),
        ("See #1 and #2.", False),
        ("It depends on the weather, and needs #hashtags", False),
    ],
)
def test_most_texts_need_not_be_read(text: str, may: bool) -> None:
    assert may_state_any(text) == may


_WORDS = [
    "depends on",
    "blocked by",
    "requires",
    "needs",
    "after",
    "once",
    "based on",
    "blocks",
    "blocking",
    "stacked on",
    "must land first",
    "waiting for",
    "prerequisite for",
    "relies on",
    "on top of",
    "gated on",
    "held up by",
    "as soon as",
    "## Dependencies\n-",
    "## Needs\n-",
    "is merged",
    "lands",
    "can't start until",
    "#1",
    "acme/app#2",
    "GH-3",
    "https://github.com/o/r/pull/4",
    "this",
    ".",
    ",",
    "*",
    "_",
    "`",
    "and",
    "is deployed",
]


@given(st.lists(st.sampled_from(_WORDS), max_size=12).map(" ".join))
def test_whatever_states_something_is_read(text: str) -> None:
    if dependencies_in(text, repo=REPO):
        assert may_state_any(text)
