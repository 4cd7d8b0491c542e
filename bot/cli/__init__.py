"""One file per `interlock` subcommand; a file that does not start with `_` is found by itself.

A folder is a command with subcommands (`try_` is `interlock try`: a trailing `_` keeps Python's words apart).
"""

import importlib
import pkgutil
from types import ModuleType

import typer

app_help = "A self-hosted GitHub App that lets a change pass only when it is the change that was planned."


def build() -> typer.Typer:
    """The whole command line. Each file has a function of its own name; its docstring is the help."""
    return _commands(importlib.import_module(__name__), app_help)


def _commands(package: ModuleType, description: str) -> typer.Typer:
    app = typer.Typer(help=description, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    for info in pkgutil.iter_modules(package.__path__):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        name = info.name.rstrip("_").replace("_", "-")
        if info.ispkg:
            app.add_typer(_commands(module, (module.__doc__ or "").strip()), name=name)
        else:
            app.command(name=name)(getattr(module, info.name))
    return app
