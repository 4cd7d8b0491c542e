"""`interlock try decompose` and `interlock try dependencies` on files and JSON lines."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import build

EPIC = "# Epic: log in\n\nDepends on #9.\n\n- [ ] Ask @ann\n  - [x] #4\n- [ ] https://github.com/acme/app/pull/5\n"


def run(*argv: str, given: str = "") -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    result = CliRunner().invoke(build(), ["try", *argv], input=given)
    return result.exit_code, result.stdout, result.stderr


def test_a_markdown_file_gives_exactly_the_documented_object(tmp_path: Path) -> None:
    file = tmp_path / "epic.md"
    file.write_text(EPIC, encoding="utf-8")
    code, out, _ = run("decompose", str(file), "--repo", "acme/app", "--json")
    assert code == 0
    assert json.loads(out) == {
        "action": "decompose",
        "children": [
            {"title": "Ask @\u2060ann", "state": "open", "ref": None, "parent": None, "why": "an open box"},
            {"title": "#4", "state": "done", "ref": "acme/app#4", "parent": 0, "why": "a checked box"},
        ],
        "left_out": [{"text": "acme/app#5", "why": "a pull request: listed, not linked"}],
    }
    assert run("decompose", str(file), "--repo", "acme/app")[1].splitlines()[:2] == [
        "decompose",
        "- [open] Ask @\u2060ann: an open box",
    ]


def test_the_repository_of_the_json_counts_and_each_line_has_its_answer() -> None:
    lines = [
        {"title": "Epic", "body": "- [ ] #1", "labels": ["epic"], "repo": "o/r"},
        {"title": "Epic", "body": None, "labels": [], "repo": "o/r"},
        {"body": 3},
    ]
    code, out, _ = run("decompose", "-", "--repo", "acme/app", given="\n".join(map(json.dumps, lines)))
    answers = [json.loads(line) for line in out.splitlines()]
    assert answers[0]["children"][0]["ref"] == "o/r#1"
    assert answers[1] == {"action": "clarify", "children": [], "left_out": []}
    assert answers[2] == {"error": '"body" must be a text'}
    assert code == 2


def test_dependencies_of_a_file_and_of_json(tmp_path: Path) -> None:
    edge = {"kind": "depends_on", "ref": "acme/app#9", "direction": "blocked_by", "phrase": "Depends on #9"}
    file = tmp_path / "epic.md"
    file.write_text(EPIC, encoding="utf-8")
    assert json.loads(run("dependencies", str(file), "--repo", "acme/app", "--json")[1]) == [edge]
    (tmp_path / "epic.json").write_text(json.dumps({"body": "Blocks o/r#2", "repo": "acme/app"}), encoding="utf-8")
    code, out, _ = run("dependencies", str(tmp_path / "epic.json"), "--json")
    assert (code, json.loads(out)[0]["direction"], json.loads(out)[0]["ref"]) == (0, "blocking", "o/r#2")


@pytest.mark.parametrize("command", ["decompose", "dependencies"])
@pytest.mark.parametrize("repo", ["", "acme", "acme/", "a/b/c"])
def test_a_name_that_is_no_repository_is_refused(command: str, repo: str, tmp_path: Path) -> None:
    file = tmp_path / "epic.md"
    file.write_text(EPIC, encoding="utf-8")
    code, _, error = run(command, str(file), "--repo", repo)
    assert code == 2
    assert "--repo owner/name" in error
