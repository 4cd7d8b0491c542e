"""Every handler and command is found, documented and contracted; nothing is listed twice."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from bot.registry import BrokenHandler, discover

GOOD = '''"""Does nothing."""
ON = frozenset({("issues", "opened")})
async def gather(event, read): ...
def decide(event, facts, config): ...
'''
COMMAND = """
from bot.model.commands import Command, Permission
COMMANDS = (Command(name="echo", summary="x", may=Permission.READ),)
"""


def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> ModuleType:
    name = f"handlers_{tmp_path.name}".replace("-", "_")
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for file, text in files.items():
        (folder / f"{file}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    __import__(name)
    return sys.modules[name]


def test_adding_a_file_is_all_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = discover(package(tmp_path, monkeypatch, one=GOOD, two=GOOD + COMMAND))
    assert list(registry.handlers) == ["one", "two"]
    assert registry.commands["echo"][1].name == "two"
    assert registry.kinds == {("issues", "opened")}


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        (GOOD.replace('"""Does nothing."""', ""), "docstring"),
        (GOOD.replace("async def gather", "def gather"), "async def gather"),
        (GOOD.replace("def decide", "async def decide"), "plain"),
        (GOOD.replace("ON =", "OFF ="), "ON"),
    ],
)
def test_a_file_that_breaks_the_contract_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, lacks: str
) -> None:
    with pytest.raises(BrokenHandler, match=lacks):
        discover(package(tmp_path, monkeypatch, broken=text))


def test_two_files_cannot_declare_one_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BrokenHandler, match="/echo is declared by one and by two"):
        discover(package(tmp_path, monkeypatch, one=GOOD + COMMAND, two=GOOD + COMMAND))


def test_the_house_itself_keeps_the_contract() -> None:
    registry = discover()
    assert {"triage", "clarification", "decompose", "review_gate", "redelivery"} <= set(registry.handlers)
    assert {"decompose", "plan"} <= set(registry.commands)
