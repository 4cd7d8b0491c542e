"""What is written for people stays true: README tables, help, docstrings, changelog, list of decisions."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import bot
from bot import cli
from bot.cli.environment import filled, tables

HOUSE = Path(__file__).parents[2]
README = HOUSE / "README.md"
ROOT = Path(bot.__file__).parent
FILES = sorted(path for path in ROOT.rglob("*.py") if path.stat().st_size)


def _leaves(group: Any, path: str = "") -> dict[str, Any]:
    """Every command that does something, by all its words: `serve`, `try triage`."""
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        nested = hasattr(command, "commands")
        found |= _leaves(command, f"{path}{name} ") if nested else {f"{path}{name}": command}
    return found


SUBCOMMANDS = _leaves(typer.main.get_command(cli.build()))
WIDE = {"COLUMNS": "200", "TERM": "dumb"}
#: Rooms whose names are used in other rooms. (`handlers` and `github` keep contracts that `ports.py` explains.)
ROOMS = ("model", "policy", "messages", "effects", "git", "web", "store", "worker")
#: Lines that are read as fast as a docstring about them.
SAYS_IT_ITSELF = 16


@pytest.mark.parametrize("name", sorted(tables()))
def test_the_readme_holds_the_generated_table(name: str) -> None:
    text = README.read_text(encoding="utf-8")
    found = re.findall(rf"<!-- {name} -->\n(.*?)\n?<!-- /{name} -->", text, re.DOTALL)
    assert len(found) == 1, f"README.md has {len(found)} places for {name}"
    assert found[0] == tables()[name], "out of date; renew it with: interlock environment --into README.md"


def test_renewing_changes_nothing_but_what_stands_between_markers() -> None:
    text = "a\n<!-- commands -->\nold\n<!-- /commands -->\nb\n<!-- ceilings -->\n"
    renewed = filled(text)
    assert renewed == text.replace("old", tables()["commands"])
    assert filled(renewed) == renewed


def test_the_readme_names_only_commands_that_exist() -> None:
    """`interlock x` in prose or code; `interlock demo` and the others are typed by newcomers as they stand."""
    named = set(re.findall(r"(?:^|[`/ ])interlock ([a-z][a-z-]+)", _code_of(README.read_text(encoding="utf-8")), re.M))
    assert {"serve", "work", "sandbox", "attest", "token"} <= named
    assert named <= {name.split()[0] for name in SUBCOMMANDS}


def test_the_changelog_has_a_place_for_what_is_new() -> None:
    text = (HOUSE / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## \[(.+?)\]", text, re.M)
    assert sections[0] == "Unreleased"
    unreleased = text.split("## [Unreleased]")[1].split("\n## ")[0]
    assert re.search(r"^- \S", unreleased, re.M) or len(sections) > 1


def test_every_decision_is_listed_once_under_its_own_title() -> None:
    folder = HOUSE / "docs" / "decisions"
    listed = re.findall(r"^\| \[(\d{4})\]\((.+?)\) \| (.+?) \|$", (folder / "README.md").read_text(), re.M)
    files = sorted(path.name for path in folder.glob("*.md") if path.name != "README.md")
    assert [name for _, name, _ in listed] == files
    for number, name, title in listed:
        assert name.startswith(f"{number}-")
        heading = (folder / name).read_text(encoding="utf-8").splitlines()[0]
        assert title in heading, f"{name} is headed {heading!r}"


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_helps(name: str) -> None:
    """Its docstring and its options are shown, with an explanation for each."""
    answer = CliRunner().invoke(cli.build(), [*name.split(), "--help"], env=WIDE)
    assert answer.exit_code == 0, answer.output
    command = SUBCOMMANDS[name]
    assert (command.callback.__doc__ or "").strip().splitlines()[0] in answer.output
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"interlock {name}: {parameter.name} has no help"


def test_every_file_of_the_command_line_is_one_subcommand() -> None:
    folder = ROOT / "cli"
    files = [path.relative_to(folder).with_suffix("") for path in folder.rglob("*.py") if path.name[0] != "_"]
    modules = {command.callback.__module__ for command in SUBCOMMANDS.values()}
    assert modules == {".".join(("bot", "cli", *path.parts)) for path in files}
    assert len(SUBCOMMANDS) == len(files)
    answer = CliRunner().invoke(cli.build(), ["--help"], env=WIDE)
    assert answer.exit_code == 0
    assert all(re.search(rf"\b{name.split()[0]}\b", answer.output) for name in SUBCOMMANDS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("room", ROOMS)
def test_whatever_is_longer_than_its_name_explains_itself(room: str) -> None:
    """Public classes and functions, unless the file holds nothing else: then the file's docstring is about it."""
    files = [path for path in sorted((ROOT / room).rglob("*.py")) if "versions" not in path.parts]
    assert files
    silent = []
    for path in files:
        public = list(_public(ast.parse(path.read_text(encoding="utf-8"))))
        for node in public if len(public) > 1 else ():
            if not ast.get_docstring(node) and (node.end_lineno or 0) - node.lineno >= SAYS_IT_ITSELF:
                silent.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert silent == []


def _public(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node


def _code_of(text: str) -> str:
    """Fenced blocks and code spans of a Markdown text, a line each."""
    fenced = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return "\n".join([*fenced, *spans])
