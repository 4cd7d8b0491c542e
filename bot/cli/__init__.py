"""One file per `interlock` subcommand; a file that does not start with `_` is found by itself."""

import importlib
import pkgutil

import typer

app_help = "A self-hosted GitHub App that lets a change pass only when it is the change that was planned."


def build() -> typer.Typer:
    """The whole command line. Each file has a function of its own name; its docstring is the help."""
    app = typer.Typer(help=app_help, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    for info in pkgutil.iter_modules(__path__):
        if not info.name.startswith("_"):
            module = importlib.import_module(f"{__name__}.{info.name}")
            app.command(name=info.name)(getattr(module, info.name))
    return app
