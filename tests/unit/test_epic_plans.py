"""Epics as maintainers write them, each with the plan a careful maintainer would make (`epics/*.md`)."""

from pathlib import Path

import pytest

from bot.policy.epic import EpicPlan, read_epic

EPICS = sorted((Path(__file__).parent / "epics").glob("*.md"))


def shown(plan: EpicPlan) -> str:
    """The action, the children as a tree, and what is left out with the reason."""
    lines: list[str] = [plan.action]
    depth: list[int] = []
    for child in plan.children:
        depth.append(0 if child.parent is None else depth[child.parent] + 1)
        ref = f" {child.ref}" if child.ref else ""
        lines.append(f"{'  ' * depth[-1]}- {child.state}{ref}: {child.title}")
    return "\n".join(lines + [f"not: {one.text} ({one.why})" for one in plan.left_out])


@pytest.mark.parametrize("file", EPICS, ids=lambda file: file.stem)
def test_the_plan_is_what_a_careful_maintainer_would_make(file: Path) -> None:
    body, _, plan = file.read_text(encoding="utf-8").partition("=== plan\n")
    assert plan, "a file without a plan proves nothing"
    assert shown(read_epic(body, repo="acme/app")) == plan.strip()


def test_a_child_knows_its_headings_and_the_notes_below_it() -> None:
    body = (
        "## Tasks\n\n### Backend\n\n- [ ] Add the table\n\n  Two columns.\n  - an index, too\n  - [ ] Backfill\n"
        "    - in the night\n  ```\n  code\n  ```\n\n### Phase 2: Launch\n\nSlowly, and\nwith care.\n"
    )
    told = [(child.title, child.section, child.notes) for child in read_epic(body, repo="acme/app").children]
    assert told == [
        ("Add the table", ("Tasks", "Backend"), ("Two columns.", "an index, too")),
        ("Backfill", ("Tasks", "Backend"), ("in the night",)),
        ("Phase 2: Launch", ("Tasks",), ("Slowly, and with care.",)),
    ]


def test_a_long_title_is_cut_to_githubs_limit() -> None:
    (child,) = read_epic("- [ ] " + "word " * 100, repo="acme/app").children
    assert len(child.title) <= 256
    assert child.title.endswith("word…")


def test_there_are_at_least_twenty_epics() -> None:
    assert len(EPICS) >= 20


@pytest.mark.parametrize(
    "item",
    [
        "set the signals (blocks #1)",
        "set the signals (requires #1)",
        "set the signals, needs #1",
        "set the signals once #1",
        "set the signals (depends on #1)",
        "set the signals, blocked by #1",
    ],
)
def test_what_an_item_waits_for_or_blocks_is_not_what_it_is(item: str) -> None:
    (child,) = read_epic(f"## Tasks\n\n- [ ] {item}\n", repo="acme/railway").children
    assert (child.state, child.ref, child.title) == ("open", None, item)


def test_lines_below_a_title_that_are_none_of_it_are_its_notes() -> None:
    body = (
        "## Tasks\n\n- [ ] Build the page\nWhy: users ask\n- [ ] Build the form, see\n  the [design](https://x.org/d)\n"
        "- [ ] Support\n  HTTP: the old one\n- [ ] Print the list\n  "
        + "word " * 60
        + "end\n- [ ] "
        + "long " * 60
        + "end\n"
    )
    told = [(child.title, child.notes) for child in read_epic(body, repo="acme/app").children]
    assert told == [
        ("Build the page", ("Why: users ask",)),
        ("Build the form, see the design", ()),
        ("Support", ("HTTP: the old one",)),
        ("Print the list", ("word " * 60 + "end",)),
        ("long " * 50 + "long…", ("long " * 60 + "end",)),
    ]


def test_a_note_says_where_its_links_lead() -> None:
    body = (
        "- [ ] Build the page\n  - see [the design](https://x.org/d), <https://x.org/e> and [mail](mailto:a@x.org)\n\n"
        "  As in [#3](https://github.com/acme/app/issues/3).\n"
    )
    (child,) = read_epic(body, repo="acme/app").children
    assert child.notes == (
        "see the design (https://x.org/d), https://x.org/e and mail (mailto:a@x.org)",
        "As in #3 (https://github.com/acme/app/issues/3).",
    )


@pytest.mark.parametrize(
    "criteria",
    [
        "  - Acceptance criteria:\n    - [ ] imports CSV\n    - [x] is fast\n",
        "\n  Acceptance criteria:\n\n  - [ ] imports CSV\n  - [x] is fast\n",
        "\n  **Acceptance criteria:**\n\n  - [ ] imports CSV\n  - is fast\n",
        "  **Acceptance criteria:**\n  - [ ] imports CSV\n  - is fast\n",
        "  - [ ] Acceptance criteria:\n    - [ ] imports CSV\n    - is fast\n",
    ],
)
def test_criteria_below_an_item_are_its_notes_and_no_work(criteria: str) -> None:
    plan = read_epic(f"- [ ] Build the importer\n{criteria}- [ ] Build the exporter\n", repo="acme/app")
    assert [child.title for child in plan.children] == ["Build the importer", "Build the exporter"]
    label, *listed = plan.children[0].notes
    assert (label.rstrip(":"), listed) == ("Acceptance criteria", ["imports CSV", "is fast"])
    assert "imports CSV" in [one.text for one in plan.left_out]


def test_criteria_in_the_line_below_a_title_leave_the_task_itself_alone() -> None:
    body = "- [ ] Build the importer\n  **Acceptance**\n  - [ ] imports CSV\n"
    (child,) = read_epic(body, repo="acme/app").children
    assert (child.title, child.notes) == ("Build the importer", ("Acceptance", "imports CSV"))


def test_criteria_of_a_phase_without_items_are_its_notes() -> None:
    body = "## Phase 1: Roll-out\n\nSlowly.\n\nAcceptance criteria:\n\n- [ ] nobody sees it\n"
    (child,) = read_epic(body, repo="acme/app").children
    assert (child.title, child.notes) == ("Phase 1: Roll-out", ("Slowly.", "Acceptance criteria:", "nobody sees it"))
