"""The rooms of the house import downwards only; the contracts stand in pyproject.toml."""

from importlinter.cli import lint_imports


def test_import_contracts() -> None:
    assert lint_imports(no_cache=True) == 0
