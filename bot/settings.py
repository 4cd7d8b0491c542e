"""Environment -> frozen `Settings`. A bad environment is refused with every bad variable named at once."""

import hashlib
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.model.writes import SURFACES

#: A shorter webhook secret can be guessed off-line from one recorded delivery (threat T1).
SHORTEST_SECRET = 32

#: A program of the operator runs inside a job, and a job that takes two minutes is taken to hang. Seconds.
LONGEST_PROGRAM = 90.0

#: Writes per UTC day and installation: room for one default epic (20 children) beside a day's ordinary work, not for
#: a flood. A surface that is not named here has ceiling 0.
DEFAULT_CEILINGS: Mapping[str, int] = {
    "comments": 60,
    "edits": 200,
    "labels": 60,
    "issues": 25,
    "links": 25,
    "closes": 25,
    "dependencies": 60,
    "reactions": 60,
    "checks": 200,
    "redeliveries": 2000,
    "total": 2400,
}
#: The same for the whole App, whatever the number of installations (lessons R59).
DEFAULT_APP_CEILINGS: Mapping[str, int] = {name: limit * 10 for name, limit in DEFAULT_CEILINGS.items()}


class BadEnvironment(ValueError):
    """The environment does not describe a bot that can start; the message has one line for each bad variable."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: how it is read and what the README says about it."""

    name: str
    meaning: str
    read: Callable[[str], Any]
    default: str | None = ""  # as it would stand in the environment; None = required


def _text(value: str) -> str:
    return value


def _number(smallest: float) -> Callable[[str], float]:
    def read(value: str) -> float:
        number = float(value)
        if not smallest <= number < float("inf"):
            raise ValueError(f"must be at least {smallest:g}")
        return number

    return read


def _seconds(smallest: float, largest: float) -> Callable[[str], float]:
    def read(value: str) -> float:
        if not smallest <= float(value) <= largest:
            raise ValueError(f"must be between {smallest:g} and {largest:g}")
        return float(value)

    return read


def _whole(smallest: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if int(value) < smallest:
            raise ValueError(f"must be at least {smallest}")
        return int(value)

    return read


def _switch(value: str) -> bool:
    known = {"": False, "0": False, "false": False, "no": False, "1": True, "true": True, "yes": True}
    if value.lower() not in known:
        raise ValueError("must be 1 or 0")
    return known[value.lower()]


def _url(value: str) -> str:
    parts = urlsplit(value)
    loopback = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise ValueError("must be an https:// URL (http:// only on loopback)")
    return value.rstrip("/")


def _secret(value: str) -> bytes:
    if len(value.encode()) < SHORTEST_SECRET:
        raise ValueError(f"must have at least {SHORTEST_SECRET} bytes; try: openssl rand -hex 32")
    return value.encode()


def _optional_secret(value: str) -> bytes:
    return _secret(value) if value else b""


def _ceilings(defaults: Mapping[str, int]) -> Callable[[str], dict[str, int]]:
    def read(value: str) -> dict[str, int]:
        ceilings = dict(defaults)
        for item in value.split():
            surface, _, limit = item.partition("=")
            if surface not in (*SURFACES, "total"):
                raise ValueError(f"unknown surface {surface!r}; known: {', '.join(SURFACES)}, total")
            if not limit.isdecimal():
                raise ValueError(f"{item!r} should look like {surface}=60")
            ceilings[surface] = int(limit)
        return ceilings

    return read


def _command(value: str) -> tuple[str, ...]:
    """The words of a command line, read as a shell quotes them but never run by one; none if it is empty."""
    words = tuple(shlex.split(value))
    if not words:
        return ()
    program = Path(words[0])
    if not program.is_absolute():
        raise ValueError(
            f"must begin with the absolute path of a program, and {words[0]!r} is none: "
            "it is started in an empty directory with an empty environment, without PATH"
        )
    if not program.is_file():
        raise ValueError(f"must begin with the path of a program; there is no file {words[0]}")
    if not os.access(program, os.X_OK):
        raise ValueError(f"must begin with a program, and {words[0]} is not executable; try: chmod +x {words[0]}")
    return words


def _file(path: str) -> str:
    """What the file holds. The path is not repeated in an error: it may be a key in a form that we do not know."""
    try:
        return Path(path).read_text()
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else "") or "no text"
        raise ValueError(
            "must be a PEM private key (-----BEGIN …), or the path of a file with one; it is no PEM text, "
            f"and as a path it cannot be read ({why})"
        ) from None


def _pem(value: str) -> str:
    """The key itself, or what its file holds. One line with `\\n` in it is how some hosts store a PEM text."""
    text = value if value.lstrip().startswith("-----BEGIN") else _file(value)
    text = text.replace("\\n", "\n").strip()
    if not text.startswith("-----BEGIN"):
        raise ValueError("must be a PEM private key, or the path of a file with one")
    return text


def _spelled(ceilings: Mapping[str, int]) -> str:
    return " ".join(f"{surface}={limit}" for surface, limit in ceilings.items())


def _variable(name: str, meaning: str, read: Callable[[str], Any], default: str | None = "") -> Any:
    return field(metadata={"variable": Variable(name, meaning, read, default)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the environment decides. Times are seconds."""

    database_url: str = _variable(
        "DATABASE_URL",
        "where everything is kept: `sqlite:///file` for one machine, `postgresql://…` for several",
        _text,
        "sqlite:///interlock.db",
    )
    app_id: int = _variable("GITHUB_APP_ID", "the App's numeric id", _whole(1), None)
    private_key: str = _variable(
        "GITHUB_PRIVATE_KEY", "the App's private key (PEM text), or the path of its file", _pem, None
    )
    webhook_secret: bytes = _variable(
        "GITHUB_WEBHOOK_SECRET", f"the App's webhook secret, at least {SHORTEST_SECRET} bytes", _secret, None
    )
    previous_webhook_secret: bytes = _variable(
        "GITHUB_WEBHOOK_SECRET_PREVIOUS", "the secret before, valid as well while it is being rotated", _optional_secret
    )
    api_url: str = _variable("GITHUB_API_URL", "the only origin that is ever called", _url, "https://api.github.com")
    host: str = _variable("HOST", "address the server listens on", _text, "127.0.0.1")
    port: int = _variable("PORT", "port the server listens on; 0 takes a free one", _whole(0), "8080")
    dry_run: bool = _variable("INTERLOCK_DRY_RUN", "1: decide and record everything, write nothing", _switch, "0")
    ceilings: Mapping[str, int] = _variable(
        "INTERLOCK_CEILINGS",
        "writes per UTC day and installation, as `comments=60 issues=25`; what is not named keeps its default: "
        f"`{_spelled(DEFAULT_CEILINGS)}`",
        _ceilings(DEFAULT_CEILINGS),
    )
    app_ceilings: Mapping[str, int] = _variable(
        "INTERLOCK_APP_CEILINGS",
        "the same for the whole App; ten times as much unless named",
        _ceilings(DEFAULT_APP_CEILINGS),
    )
    safety_reserve: int = _variable(
        "INTERLOCK_SAFETY_RESERVE", "writes above each ceiling that only a failing verdict may use", _whole(0), "50"
    )
    write_interval: float = _variable(
        "INTERLOCK_WRITE_INTERVAL", "seconds between two writes of one installation, at least", _number(0), "1"
    )
    look_again: float = _variable(
        "INTERLOCK_LOOK_AGAIN",
        "seconds for which GitHub may not show yet what was done: for so long a write without an answer is looked for "
        "before it is tried again, and what a webhook tells of before it is taken to be gone",
        _number(0),
        "60",
    )
    lease: float = _variable(
        "INTERLOCK_LEASE", "seconds a worker may be silent before another takes its work over", _number(0.5), "15"
    )
    retry_base: float = _variable(
        "INTERLOCK_RETRY_BASE",
        "seconds of the longest first wait after a failure; doubles up to 15 minutes",
        _number(0.01),
        "2",
    )
    timer_interval: float = _variable(
        "INTERLOCK_TIMER_INTERVAL",
        "seconds between two looks for failed deliveries to ask for again",
        _number(0.1),
        "60",
    )
    config_age: float = _variable(
        "INTERLOCK_CONFIG_AGE",
        "seconds for which a repository's `.github/interlock.yml` is not asked for again",
        _number(0),
        "60",
    )
    triage_command: tuple[str, ...] = _variable(
        "INTERLOCK_TRIAGE_COMMAND",
        "a program of yours that gives triage a second opinion, with its arguments; "
        "see [docs/programs.md](docs/programs.md)",
        _command,
    )
    decompose_command: tuple[str, ...] = _variable(
        "INTERLOCK_DECOMPOSE_COMMAND", "the same for epics whose text has no structure to read tasks from", _command
    )
    program_timeout: float = _variable(
        "INTERLOCK_PROGRAM_TIMEOUT",
        f"seconds after which such a program is killed, at most {LONGEST_PROGRAM:g}",
        _seconds(0.1, LONGEST_PROGRAM),
        "30",
    )
    marker_key: bytes = _variable(
        "INTERLOCK_MARKER_KEY",
        "signs the hidden markers; derived from the App's private key if unset",
        _optional_secret,
    )

    @property
    def webhook_secrets(self) -> tuple[bytes, ...]:
        return tuple(secret for secret in (self.webhook_secret, self.previous_webhook_secret) if secret)

    @property
    def signing_key(self) -> bytes:
        return self.marker_key or hashlib.sha256(b"interlock marker key\n" + self.private_key.encode()).digest()


VARIABLES: Mapping[str, Variable] = {
    name: spec.metadata["variable"] for name, spec in Settings.__dataclass_fields__.items()
}


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that `environment` describes. Raises BadEnvironment naming every bad variable."""
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for field_name, variable in VARIABLES.items():
        text = environment.get(variable.name, "") or variable.default
        if text is None:
            wrong.append(f"{variable.name} is not set: {variable.meaning}")
            continue
        try:
            values[field_name] = variable.read(text)
        except (ValueError, OSError) as error:
            wrong.append(f"{variable.name} {error}")
    if wrong:
        raise BadEnvironment("\n".join(wrong))
    return Settings(**values)


def read_database_url(environment: Mapping[str, str]) -> str:
    """Where the store is: all that a command needs which never talks to GitHub."""
    variable = VARIABLES["database_url"]
    return environment.get(variable.name, "") or str(variable.default)
