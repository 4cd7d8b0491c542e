"""`interlock try thread` and `try commands`: files in, decisions out, and a clear word for what cannot be read."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.cli import build

THREAD: dict[str, Any] = {
    "opening": {"title": "It breaks", "body": "", "labels": [], "author": "ann"},
    "steps": [
        {"type": "comment", "author": "interlock[bot]", "author_kind": "us", "body": "Which version?"},
        {"type": "comment", "author": "zed", "author_kind": "human", "permission": "read", "body": "+1"},
        {
            "type": "comment",
            "author": "ann",
            "author_kind": "author",
            "created_at": "2026-11-01T12:00:00Z",
            "body": "3.2",
        },
    ],
}
DECISIONS = ["wait", "wait", "requeue"]


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(build(), ["try", *arguments], input=stdin)


def decisions(line: str) -> list[str]:
    answer = json.loads(line)
    assert all(set(turn) == {"decision", "why"} for turn in answer)
    return [turn["decision"] for turn in answer]


@pytest.mark.parametrize("name", ["thread.json", "thread"])
def test_a_file(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text(json.dumps(THREAD))
    assert decisions(run("thread", str(file), "--json").stdout) == DECISIONS
    shown = run("thread", str(file)).stdout.splitlines()
    assert [line.split(":")[0] for line in shown] == ["1. wait", "2. wait", "3. requeue"]


def test_lines_of_an_export_are_answered_one_by_one_and_a_bad_one_does_not_stop_the_rest() -> None:
    bad = [
        {"opening": {}, "steps": [{"type": "reaction", "author_kind": "author"}]},
        {"opening": {}, "steps": [{"type": "comment", "author_kind": "stranger"}]},
        {"opening": {}, "steps": [{"type": "comment", "author_kind": "author", "created_at": "yesterday"}]},
        {"opening": {}},
        {"steps": []},
        [],
    ]
    lines = [json.dumps(THREAD), *map(json.dumps, bad), "{", json.dumps(THREAD)]
    result = run("thread", "-", stdin="\n".join(lines))
    answers = result.stdout.splitlines()
    assert result.exit_code == 2
    assert len(answers) == len(lines)
    assert [decisions(answers[0]), decisions(answers[-1])] == [DECISIONS] * 2
    assert all(set(json.loads(answer)) == {"error"} for answer in answers[1:-1])
    assert "steps[0].type" in answers[1]


def test_times_with_and_without_a_zone_are_compared() -> None:
    steps = [
        {"type": "comment", "author_kind": "us", "created_at": "2026-11-01T12:00:00", "body": "Which?"},
        {"type": "comment", "author_kind": "author", "created_at": "2026-11-01T12:30:00+01:00", "body": "3.2"},
        {"type": "comment", "author_kind": "author", "created_at": "2026-11-01T12:30:00Z", "body": "3.2"},
    ]
    result = run("thread", "-", stdin=json.dumps({"opening": {}, "steps": steps}))
    assert decisions(result.stdout) == ["wait", "wait", "requeue"]


def test_the_commands_of_a_text() -> None:
    lines = [{"body": "Hi\r\n/Plan\r\n> /no\n"}, {"body": '/lgtm "a b"  '}, {"body": "nothing"}, {"text": "/plan"}]
    result = run("commands", "-", stdin="\n".join(map(json.dumps, lines)))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert answers[:3] == [[{"command": "plan", "args": ""}], [{"command": "lgtm", "args": '"a b"'}], []]
    assert "error" in answers[3]
    assert result.exit_code == 2
