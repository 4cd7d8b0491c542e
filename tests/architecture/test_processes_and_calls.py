"""Every subprocess goes through one file, every HTTP session has a timeout, and no shell is ever involved."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot

ROOT = Path(bot.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
STARTERS = {
    "create_subprocess_exec",
    "create_subprocess_shell",
    "subprocess_exec",
    "subprocess_shell",
    "Popen",
    "system",
    "popen",
    "os.fork",
    "execv",
    "execve",
    "spawnv",
    "posix_spawn",
}


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def keywords(call: ast.Call) -> dict[str, ast.expr]:
    return {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}


def test_there_is_something_to_look_at() -> None:
    assert len(FILES) > 50
    assert any(name.endswith("subprocess_exec") for name, _ in calls(ROOT / "process.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_one_file_starts_programs_and_none_a_shell(path: Path) -> None:
    for name, call in calls(path):
        assert "shell" not in keywords(call), f"{path}: {name}"
        started = name in STARTERS or name.rpartition(".")[2] in STARTERS
        assert not started or path == ROOT / "process.py", f"{path}: {name} belongs into bot/process.py"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_http_session_has_a_timeout_and_every_call_refuses_redirects(path: Path) -> None:
    for name, call in calls(path):
        if name.endswith("ClientSession"):
            assert "timeout" in keywords(call), f"{path}: a session without a timeout"
        if name.endswith(("session.request", "session.get", "session.post")):
            assert ast.unparse(keywords(call)["allow_redirects"]) == "False", f"{path}: {name} follows redirects"


def test_the_timeout_of_a_program_has_no_default() -> None:
    tree = ast.parse((ROOT / "process.py").read_text())
    functions = [node for node in tree.body if isinstance(node, ast.AsyncFunctionDef) and node.name in ("run", "git")]
    assert len(functions) == 2
    for function in functions:
        defaults = dict(zip((arg.arg for arg in function.args.kwonlyargs), function.args.kw_defaults, strict=True))
        assert "timeout" in defaults, function.name
        assert defaults["timeout"] is None, function.name
