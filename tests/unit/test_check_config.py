"""`interlock check-config`: for people, for editors, for machines; its page is what it says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import build
from bot.model.config import RepositoryConfig
from bot.policy.repository_config import documented, read_config

HOUSE = Path(__file__).parents[2]
BAD = "triage:\n  rounds: 9\nlables: {}\n"
FIRST = "triage.rounds is '9'; it must be a whole number from 1 to 5"
SECOND = "unknown key 'lables'; did you mean labels?"


def check(*arguments: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(build(), ["check-config", *arguments], input=given)


def test_a_good_file_is_called_good_with_what_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "interlock.yml"
    file.write_text("labels: {epic: saga}\ntriage: {rounds: 2, few_words: 5}\n")
    answer = check(str(file))
    assert (answer.exit_code, answer.stdout) == (0, f"good: {file} changes labels.epic, triage.few_words\n")
    file.write_text("")
    answer = check(str(file))
    assert (answer.exit_code, answer.stdout) == (0, f"good: {file} changes nothing; all is as it is without it\n")


def test_every_problem_has_a_line_that_editors_understand(tmp_path: Path) -> None:
    file = tmp_path / "interlock.yml"
    file.write_text(BAD)
    answer = check(str(file))
    assert answer.exit_code == 2
    assert answer.stdout == f"{file}:2:11: {FIRST}\n{file}:3:1: {SECOND}\n"


def test_stdin_and_json() -> None:
    answer = check("-", "--json", given=BAD)
    assert answer.exit_code == 2
    assert json.loads(answer.stdout) == {
        "ok": False,
        "problems": [{"line": 2, "column": 11, "problem": FIRST}, {"line": 3, "column": 1, "problem": SECOND}],
    }
    answer = check("--json", "-", given="")
    assert (answer.exit_code, json.loads(answer.stdout)) == (0, {"ok": True, "problems": []})
    assert check("-", given=b"labels:\n  # \xff\n").stdout == "-:2:5: not UTF-8; save the file as UTF-8\n"


@pytest.mark.parametrize("missing", [(), ("--json",)])
def test_without_a_file_it_says_what_it_wants(missing: tuple[str, ...], tmp_path: Path) -> None:
    answer = check(*missing)
    assert answer.exit_code == 2
    assert "name a file" in answer.stderr
    answer = check(str(tmp_path / "none.yml"), *missing)
    assert answer.exit_code == 2
    assert "none.yml: No such file" in answer.stderr
    answer = check(str(tmp_path), *missing)
    assert answer.exit_code == 2
    assert "Is a directory" in answer.stderr


def test_it_needs_no_environment(tmp_path: Path) -> None:
    """Nor a store: whoever writes the file need not be whoever runs the server."""
    command = [sys.executable, "-m", "bot", "check-config", "-"]
    done = subprocess.run(
        command, input=b"{}", capture_output=True, cwd=tmp_path, env={"PYTHONPATH": str(HOUSE)}, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        b"good: - changes nothing; all is as it is without it\n",
        b"",
    )
    assert os.listdir(tmp_path) == []


def test_the_page_is_what_the_command_prints() -> None:
    page = (HOUSE / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert check("--document").stdout == page, (
        "renew it with: interlock check-config --document > docs/configuration.md"
    )
    for one in documented():
        assert f"\n| `{one.key}` | {one.values} |" in page
        assert one.default in page
        assert read_config(f"{one.section}: {{{one.key}: }}")[0] is None or one.adds, "an empty value is no value"


def test_the_example_in_the_readme_is_good_and_shows_every_key() -> None:
    readme = (HOUSE / "README.md").read_text(encoding="utf-8")
    example = readme.split("## Configuration of a repository")[1].split("```yaml\n")[1].split("```")[0]
    config, problems = read_config(example)
    assert problems == ()
    assert config is not None
    for one in documented():
        assert f"{one.key}:" in example, one.key
    kept = ("clarification_label", "epic_label", "ready_label", "rounds", "reminder_days", "most_children")
    for field in (*kept, "decisions_per_hour", "triage", "child_labels"):
        assert getattr(config, field) == getattr(RepositoryConfig(), field), "the example shows the defaults"
