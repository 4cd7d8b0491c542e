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


def test_there_are_at_least_twenty_epics() -> None:
    assert len(EPICS) >= 20
