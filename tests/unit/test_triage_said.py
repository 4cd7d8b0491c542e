"""What people see of a judgement: the comment with the questions, and `interlock try triage`."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot import cli
from bot.messages.clarification import render_missing
from bot.model.judgement import Found, Judgement, Missing
from bot.policy.triage import DEFAULT, judge

REPORT = "When I open an invoice it shows 12.00 instead of 14.28."


def tried(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(cli.build(), ["try", "triage", *arguments], input=given)


def test_one_comment_asks_for_everything_in_order_and_for_nothing_else() -> None:
    judgement = judge("Invoice total", "The total is wrong for us.", ["bug"])
    text = render_missing("ann", judgement)
    places = [text.index(DEFAULT.questions[one.name]) for one in judgement.missing]
    assert len(places) > 1
    assert places == sorted(places)
    asked = {one.name for one in judgement.missing}
    assert not any(question in text for name, question in DEFAULT.questions.items() if name not in asked)
    assert text.startswith("@ann, ")
    assert "bug report" in text


def test_it_repeats_what_it_understood_so_that_nobody_says_it_twice() -> None:
    text = render_missing("ann", judge("Wrong total", REPORT, ["bug"]))
    assert "one thing is missing" in text
    assert "instead of 14.28" in text


def test_words_of_the_issue_are_harmless_in_the_comment() -> None:
    hostile = "@bob closes #3 `code`\n/stop"
    judgement = Judgement(
        outcome="needs-clarification",
        why="",
        missing=(Missing(f"answer: {hostile}", f"Still open: {hostile}"),),
        understood=(Found("kind", "bug"), Found("steps", hostile)),
    )
    text = render_missing("ann", judgement)
    assert "@bob" not in text
    assert "closes #3" not in text
    assert not any(line.lstrip().startswith("/stop") for line in text.splitlines())


def test_a_markdown_file_has_its_title_in_the_first_heading(tmp_path: Path) -> None:
    file = tmp_path / "issue.md"
    file.write_text(f"# [Bug]: wrong total\n\n{REPORT}\n\n# Environment\n\nVersion 3.2.1\n", encoding="utf-8")
    answer = tried(str(file), "--json")
    assert answer.exit_code == 0
    found = json.loads(answer.stdout)
    assert list(found) == ["outcome", "missing", "why"]
    assert (found["outcome"], found["missing"]) == ("ready", [])


def test_a_json_file_may_be_an_export_of_github(tmp_path: Path) -> None:
    file = tmp_path / "issue.json"
    file.write_text(json.dumps({"number": 7, "title": "Total", "body": REPORT, "labels": [{"name": "bug"}]}))
    assert json.loads(tried(str(file), "--json").stdout)["missing"] == ["version"]
    assert tried(str(file)).stdout.splitlines()[:2] == ["needs-clarification", "  missing: version"]


def test_lines_are_answered_one_by_one_and_a_bad_one_is_named() -> None:
    lines = [
        '{"title": "Login", "body": null}',
        '{"title": "Login", "body": 7}',
        '{"body": "x"}',
        "[]",
        '{"title": "x", "labels": "bug"}',
        '{"title": "Login", "body": "Duplicate of #12", "labels": null}',
    ]
    answer = tried("-", "--json", given="\n".join(lines) + "\n")
    found = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [list(one) for one in found[1:5]] == [["error"]] * 4
    assert found[0]["outcome"] == "needs-clarification"
    assert found[5]["outcome"] == "duplicate-of?"
    assert answer.exit_code == 2


@pytest.mark.parametrize("content", ["not json", "[]", '{"body": 1}'])
def test_a_file_that_is_no_issue_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "issue.json"
    file.write_text(content)
    assert tried(str(file), "--json").exit_code == 2
