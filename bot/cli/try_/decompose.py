"""`interlock try decompose`: the sub-issues that an epic would get, and what it would not get, with reasons."""

from typing import Annotated, Any

import typer

from bot.cli.try_._epics import Epic, epic_from_json, epic_from_text
from bot.cli.try_._lines import try_rule
from bot.messages.neutral import neutral
from bot.policy.epic import read_epic
from bot.policy.epic.items import LONGEST_TITLE


def decompose(
    file: Annotated[
        str,
        typer.Argument(
            help="A Markdown file (its first `# ` line is the title), a .json file {title, body, labels, repo}, "
            "or - for such JSON lines on stdin"
        ),
    ],
    repo: Annotated[
        str, typer.Option(help="The repository of the epic, owner/name; a `repo` in JSON counts more")
    ] = "",
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help='Print {"action", "children": [{"title", "state", "ref", "parent", "why"}], '
            '"left_out": [{"text", "why"}]}; '
            "action is decompose (something is to be created or linked), nothing (all is done) or clarify (no work was "
            "found), state open, done or existing, parent an index into children",
        ),
    ] = False,
) -> None:
    """Show the child plan of an epic, whole, whatever the limit for one run is."""
    try_rule(
        file,
        as_json=as_json,
        from_text=lambda text: epic_from_text(text, repo),
        from_json=lambda given: epic_from_json(given, repo),
        rule=planned,
        shown=_shown,
    )


def planned(epic: Epic) -> dict[str, Any]:
    """The plan of `epic` as `--json` prints it."""
    plan = read_epic(epic.body, repo=epic.repo)
    return {
        "action": plan.action,
        "children": [
            {
                "title": neutral(child.title)[:LONGEST_TITLE],
                "state": child.state,
                "ref": child.ref,
                "parent": child.parent,
                "why": child.why,
            }
            for child in plan.children
        ],
        "left_out": [{"text": neutral(one.text), "why": one.why} for one in plan.left_out],
    }


def _shown(plan: dict[str, Any]) -> str:
    depth: list[int] = []
    lines = [plan["action"]]
    for child in plan["children"]:
        depth.append(0 if child["parent"] is None else depth[child["parent"]] + 1)
        ref = f" ({child['ref']})" if child["ref"] else ""
        lines.append(f"{'  ' * depth[-1]}- [{child['state']}] {child['title']}{ref}: {child['why']}")
    lines += ["left out:"] * bool(plan["left_out"])
    return "\n".join(lines + [f"- {one['text']}: {one['why']}" for one in plan["left_out"]])
