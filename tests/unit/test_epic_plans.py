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
