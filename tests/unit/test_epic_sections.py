"""Which headings leave out even open boxes, and which only sound as if they did."""

import pytest

from bot.policy.epic import read_epic

LEFT_OUT = (
    "Acceptance criteria",
    "Acceptance Criteria (must have)",
    "Acceptance",
    "Acceptance: all of these",
    "Definition of done",
    "Definition of Done checklist",
    "Success metrics",
    "Success metrics for the first year",
    "Success criteria",
    "Non-goals",
    "Out of scope",
    "Out of scope for this epic",
    "Background",
    "Background and motivation",
    "Context",
    "Context (short)",
    "Why?",
    "Why now",
    "Why are we doing this",
    "Related",
    "Related issues",
    "Related to this",
    "Previous epics",
    "See also",
    "Examples",
    "Example of a page",
    "Example task list",
    "Legend",
    "Template",
    "Template for new tasks",
    "Original description",
    "Roles & responsibilities",
    "Links / references",
    "How to reproduce",
    "Getting started",
    "Test plan",
)
WORK = (
    "Getting started page",
    "Test plan generator",
    "Success metrics dashboard",
    "Acceptance testing",
    "Team and billing",
    "Options for export",
    "History of changes",
    "Original size download",
    "Template language",
    "Document how to install",
    "Previous page button",
)


@pytest.mark.parametrize("heading", LEFT_OUT)
def test_a_section_that_is_no_work_takes_its_boxes_with_it(heading: str) -> None:
    plan = read_epic(f"## {heading}\n\n- [ ] one thing\n- another\n", repo="acme/app")
    assert plan.children == ()
    assert [one.text for one in plan.left_out] == ["one thing", "another"]


@pytest.mark.parametrize("heading", WORK)
def test_a_heading_that_only_sounds_like_one_loses_no_open_box(heading: str) -> None:
    plan = read_epic(f"## {heading}\n\n- [ ] one thing\n- [ ] #12\n", repo="acme/app")
    assert [child.title for child in plan.children] == ["one thing", "#12"]
