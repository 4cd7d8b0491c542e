"""How every `interlock try` command reads what it is given and prints what it says."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import typer

from bot.cli._running import refuse


def try_rule(
    file: str,
    *,
    as_json: bool,
    from_text: Callable[[str], Any],
    from_json: Callable[[dict[str, Any]], Any],
    rule: Callable[[Any], Any],
    shown: Callable[[Any], str],
) -> None:
    """Applies `rule` to `file`, or (`-`) to every JSON line of stdin.

    A file that ends with `.json` is read by `from_json`, any other by `from_text`; both raise ValueError. One result
    is printed for the file, or one JSON line for each line of stdin; a bad line is answered with `{"error": …}`, and
    the exit code is 2 at the end. `rule` gives something msgspec can encode, `shown` makes it readable.
    """
    if file == "-":
        _every_line(from_json, rule)
        return
    try:
        text = Path(file).read_text(encoding="utf-8")
        given = from_json(_object(text)) if file.endswith(".json") else from_text(text)
        result = rule(given)
    except (OSError, ValueError) as problem:
        refuse(f"{file}: {problem}")
    typer.echo(msgspec.json.encode(result) if as_json else shown(result))


def _every_line(from_json: Callable[[dict[str, Any]], Any], rule: Callable[[Any], Any]) -> None:
    is_good = True
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            answer = msgspec.json.encode(rule(from_json(_object(line))))
        except ValueError as problem:
            is_good = False
            answer = msgspec.json.encode({"error": str(problem)})
        typer.echo(answer)
    if not is_good:
        raise typer.Exit(2)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ValueError("a JSON object is needed")
    return found
