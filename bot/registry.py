"""Finds every handler file, checks that it keeps the contract, and knows who listens to what.

Adding a handler or a command is adding a file in `bot/handlers/` or `bot/commands/`: there is no list to extend.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from bot import commands as house_commands
from bot import handlers
from bot.model.commands import Command
from bot.model.config import Config
from bot.model.decision import Decision
from bot.model.events import Event
from bot.ports import Read


class BrokenHandler(TypeError):
    """A handler file does not keep the contract; the message names the file and what it lacks."""


@dataclass(frozen=True, slots=True)
class Handler:
    """One reaction: `gather` reads facts, `decide` is a plain function of event, facts and config."""

    name: str
    summary: str
    on: frozenset[tuple[str, str]]
    commands: tuple[Command, ...]
    gather: Callable[[Event, Read], Awaitable[Any]]
    decide: Callable[[Event, Any, Config], Decision]
    while_held: bool


@dataclass(frozen=True, slots=True)
class Registry:
    """`ports.Handlers`: all handlers by name, and all commands by name with the handler that carries them out."""

    handlers: Mapping[str, Handler]
    commands: Mapping[str, tuple[Command, Handler]]

    def named(self, name: str) -> Handler | None:
        return self.handlers.get(name)

    def interested(self, event: Event) -> list[Handler]:
        return [handler for handler in self.handlers.values() if event.kind in handler.on]

    def of_command(self, word: str) -> tuple[Command, Handler] | None:
        return self.commands.get(word)

    @property
    def all_commands(self) -> tuple[Command, ...]:
        """In the order of their names."""
        return tuple(command for _, (command, _) in sorted(self.commands.items()))

    @property
    def kinds(self) -> frozenset[tuple[str, str]]:
        """Every (event, action) that somebody listens to."""
        return frozenset().union(*(handler.on for handler in self.handlers.values()))


def discover(*packages: ModuleType) -> Registry:
    """The registry of all files in `packages`, by default those of the house. Raises BrokenHandler."""
    found: dict[str, Handler] = {}
    commands: dict[str, tuple[Command, Handler]] = {}
    files = [
        (info.name, f"{package.__name__}.{info.name}")
        for package in packages or (handlers, house_commands)
        for info in pkgutil.iter_modules(package.__path__)
    ]
    for name, path in sorted(files):
        handler = _handler(name, importlib.import_module(path))
        if name in found:
            raise BrokenHandler(f"two files are called {name}")
        found[name] = handler
        for command in handler.commands:
            if command.name in commands:
                other = commands[command.name][1].name
                raise BrokenHandler(f"/{command.name} is declared by {other} and by {handler.name}")
            commands[command.name] = (command, handler)
    return Registry(found, commands)


def _handler(name: str, module: ModuleType) -> Handler:
    def need(condition: bool, what: str) -> None:
        if not condition:
            raise BrokenHandler(f"{module.__name__}: {what}")

    on: frozenset[tuple[str, str]] = getattr(module, "ON", frozenset())
    commands: tuple[Command, ...] = getattr(module, "COMMANDS", ())
    need(bool((module.__doc__ or "").strip()), "needs a docstring; its first line is shown in the documentation")
    need(bool(on or commands), "needs ON (a set of (event, action)) or COMMANDS, else nobody ever calls it")
    need(
        inspect.iscoroutinefunction(getattr(module, "gather", None)),
        "needs `async def gather(event, read)`; it may read",
    )
    decide = getattr(module, "decide", None)
    need(
        inspect.isfunction(decide) and not inspect.iscoroutinefunction(decide),
        "needs a plain `def decide(event, facts, config)`, so that it can do no I/O",
    )
    summary = (module.__doc__ or "").strip().splitlines()[0]
    while_held = getattr(module, "WHILE_HELD", not on)  # what only ever answers a person goes on
    return Handler(name, summary, on, commands, module.gather, module.decide, while_held)
