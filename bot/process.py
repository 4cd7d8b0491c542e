"""The only place that starts a subprocess: argv lists, an explicit environment, a timeout without a default."""

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

MAX_OUTPUT = 64 * 1024 * 1024  # bytes, stdout and stderr together
_REAP_SECONDS = 5.0  # how long a killed child may take to be reaped before we stop waiting for it
_TAIL_LINES = 2000
_MAX_LINE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Completed:
    """How a child ended; a negative `returncode` is the signal that ended it."""

    argv: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: bytes


class ProcessError(Exception):
    """A child did not do what was asked; the message names its argv. `stderr`: what it had written there, if known."""

    def __init__(self, argv: Sequence[str], what: str, *, stderr: bytes = b"") -> None:
        super().__init__(f"{' '.join(argv)}: {what}")
        self.argv = tuple(argv)
        self.stderr = stderr


class NotFound(ProcessError):
    """The program (or the working directory) does not exist or may not be used."""


class TimedOut(ProcessError):
    """The child ran longer than its timeout; its whole process group was killed."""


class OutputTooLarge(ProcessError):
    """The child wrote more than `max_output` bytes; its whole process group was killed."""


class GitFailed(ProcessError):
    """git ended with a code the caller did not allow; the message holds what it wrote to stderr."""

    def __init__(self, done: Completed) -> None:
        said = done.stderr.decode(errors="replace").strip()
        super().__init__(done.argv, f"exit code {done.returncode}: {said}")
        self.returncode = done.returncode


class Exited(ProcessError):
    """A long-running child ended before it said what was waited for; the message holds its last lines."""


def clean_env(**extra: str) -> dict[str, str]:
    """PATH, HOME and LANG of this process, plus `extra`: secrets in our environment do not reach a child."""
    kept = {"PATH": os.environ.get("PATH", os.defpath), "LANG": os.environ.get("LANG", "C.UTF-8")}
    if home := os.environ.get("HOME"):
        kept["HOME"] = home
    return {**kept, **extra}


async def run(
    argv: Sequence[str],
    *,
    timeout: float,
    env: Mapping[str, str],
    stdin: bytes | None = None,
    cwd: Path | None = None,
    max_output: int = MAX_OUTPUT,
) -> Completed:
    """Run one program to its end and return what it wrote, whatever its exit code.

    `timeout` is in seconds, `max_output` in bytes. The child gets a process group of its own, which is killed as a
    whole when the time is over, the output is too large or the caller is cancelled.
    Raises NotFound, TimedOut, OutputTooLarge.
    """
    child = await _start(argv, _Collector(max_output), env, cwd, with_stdin=stdin is not None)
    try:
        async with asyncio.timeout(timeout):
            if stdin is not None:
                child.feed(stdin)
            await child.ended.wait()
    except TimeoutError:
        raise TimedOut(argv, f"did not end within {timeout:g} s", stderr=bytes(child.err)) from None
    finally:
        await child.dispose()
    if child.overflowed:
        raise OutputTooLarge(argv, f"wrote more than {max_output} bytes", stderr=bytes(child.err))
    return Completed(tuple(argv), cast("int", child.returncode), bytes(child.out), bytes(child.err))


class Running:
    """A long-running child: wait for what it says, end it politely or at once."""

    def __init__(self, argv: Sequence[str], child: "_Tail") -> None:
        self._argv, self._child, self.pid = argv, child, child.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; a negative number is the signal that ended it."""
        return self._child.returncode

    @property
    def lines(self) -> list[str]:
        """The last lines of stdout and stderr, in the order in which they arrived."""
        return list(self._child.lines)

    async def line(self, containing: str, *, timeout: float) -> str:
        """The first line, already written or to come, that contains `containing`. Raises TimedOut or Exited."""
        try:
            async with asyncio.timeout(timeout):
                while not (found := self._first(containing)):
                    if self._child.ended.is_set():
                        raise Exited(self._argv, self._story(f"exit code {self.returncode} before {containing!r}"))
                    await self._child.news.wait()
        except TimeoutError:
            raise TimedOut(self._argv, self._story(f"did not write {containing!r} within {timeout:g} s")) from None
        return found

    async def wait(self, *, timeout: float) -> int:
        """Its exit code, once it has ended and its output is read. Raises TimedOut and leaves it running."""
        try:
            async with asyncio.timeout(timeout):
                await self._child.ended.wait()
        except TimeoutError:
            raise TimedOut(self._argv, self._story(f"still runs after {timeout:g} s")) from None
        return cast("int", self.returncode)

    async def stop(self, *, timeout: float) -> int:
        """SIGTERM to its group; SIGKILL to the group when it still runs after `timeout` seconds. Returns its code."""
        self._child.signal(signal.SIGTERM)
        try:
            return await self.wait(timeout=timeout)
        except TimedOut:
            return await self.kill()

    async def kill(self) -> int:
        """SIGKILL to its whole group, at once. Returns its exit code."""
        self._child.signal(signal.SIGKILL)
        return await self.wait(timeout=_REAP_SECONDS)

    def _first(self, containing: str) -> str | None:
        return next((line for line in self._child.lines if containing in line), None)

    def _story(self, what: str) -> str:
        return "\n".join([what, *self.lines[-20:]])


@contextlib.asynccontextmanager
async def running(
    argv: Sequence[str], *, env: Mapping[str, str], stop_timeout: float, cwd: Path | None = None
) -> AsyncIterator[Running]:
    """A child for as long as the block lasts; afterwards SIGTERM, and SIGKILL to its group after `stop_timeout` s."""
    child = await _start(argv, _Tail(), env, cwd, with_stdin=False)
    it = Running(argv, child)
    try:
        yield it
    finally:
        try:
            await it.stop(timeout=stop_timeout)
        finally:
            await child.dispose()


_GIT_CONFIG = {
    "core.hooksPath": os.devnull,  # a hook in a repository must never run in our name
    "core.fsmonitor": "false",  # may name a program
    "core.attributesFile": os.devnull,
    "core.quotePath": "false",
    "commit.gpgSign": "false",
    "credential.helper": "",
    "gc.auto": "0",  # detaches a process that would outlive the call
    "maintenance.auto": "false",
    "submodule.recurse": "false",
    "transfer.fsckObjects": "true",
}


def git_env(*, protocols: Sequence[str] = ("https",), **extra: str) -> dict[str, str]:
    """`clean_env` for git: no foreign configuration, hooks, prompts, replace refs; only the named transports.

    The settings travel in the environment (GIT_CONFIG_COUNT), where they outrank what a repository says.
    """
    settings = {"GIT_CONFIG_COUNT": str(len(_GIT_CONFIG))}
    for i, (key, value) in enumerate(_GIT_CONFIG.items()):
        settings |= {f"GIT_CONFIG_KEY_{i}": key, f"GIT_CONFIG_VALUE_{i}": value}
    return clean_env(
        GIT_CONFIG_NOSYSTEM="1",
        GIT_CONFIG_GLOBAL=os.devnull,
        GIT_TERMINAL_PROMPT="0",
        GIT_NO_REPLACE_OBJECTS="1",
        GIT_OPTIONAL_LOCKS="0",
        GIT_ALLOW_PROTOCOL=":".join(protocols),
        **settings,
        **extra,
    )


async def git(
    *args: str,
    cwd: Path,
    timeout: float,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    allowed: Sequence[int] = (0,),
) -> Completed:
    """Run git in `cwd` with `git_env()` (or `env`); raises GitFailed for an exit code that is not `allowed`."""
    done = await run(["git", *args], cwd=cwd, timeout=timeout, stdin=stdin, env=git_env() if env is None else env)
    if done.returncode not in allowed:
        raise GitFailed(done)
    return done


class _Child(asyncio.SubprocessProtocol):
    """The event loop's view of one child; `ended` is set when it has ended and all its pipes are read."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)
        self.pid = self._transport.get_pid()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()

    @property
    def returncode(self) -> int | None:
        return self._transport.get_returncode()

    def feed(self, data: bytes) -> None:
        pipe = cast("asyncio.WriteTransport", self._transport.get_pipe_transport(0))
        if not pipe.is_closing():  # a child that ends without reading everything closes the pipe; that is its right
            pipe.write(data)
        if not pipe.is_closing():
            pipe.write_eof()

    def signal(self, number: signal.Signals) -> None:
        """To the whole group, also when only its leader has ended; never after its number may have been reused."""
        if not self.ended.is_set():
            with contextlib.suppress(ProcessLookupError):  # it ended by itself just now
                os.killpg(self.pid, number)

    async def dispose(self) -> None:
        """Leave nothing behind: kill what still runs, close the pipes, reap the child."""
        self.signal(signal.SIGKILL)
        self._transport.close()
        async with asyncio.timeout(_REAP_SECONDS):
            await self.ended.wait()


class _Collector(_Child):
    def __init__(self, limit: int) -> None:
        super().__init__()
        self.out, self.err, self.overflowed, self._limit = bytearray(), bytearray(), False, limit

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if self.overflowed:
            return
        (self.out if fd == 1 else self.err).extend(data)
        if len(self.out) + len(self.err) > self._limit:
            self.overflowed = True
            self.signal(signal.SIGKILL)


class _Tail(_Child):
    def __init__(self) -> None:
        super().__init__()
        self.lines: deque[str] = deque(maxlen=_TAIL_LINES)
        self.news = asyncio.Event()
        self._partial = {1: b"", 2: b""}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        *complete, rest = (self._partial[fd] + data).split(b"\n")
        if len(rest) > _MAX_LINE:
            complete, rest = [*complete, rest], b""
        self._partial[fd] = rest
        self._add(complete)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._add([rest for rest in self._partial.values() if rest])

    def _add(self, lines: list[bytes]) -> None:
        self.lines.extend(line.decode(errors="replace") for line in lines)
        self.news.set()
        self.news = asyncio.Event()


_ChildT = TypeVar("_ChildT", bound=_Child)


async def _start(
    argv: Sequence[str], child: _ChildT, env: Mapping[str, str], cwd: Path | None, *, with_stdin: bool
) -> _ChildT:
    if isinstance(argv, str):
        raise TypeError(f"argv must be a list of words, not the command line {argv!r}")
    try:
        await asyncio.get_running_loop().subprocess_exec(
            lambda: child,
            *argv,
            stdin=asyncio.subprocess.PIPE if with_stdin else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
        )
    except (FileNotFoundError, NotADirectoryError, PermissionError) as e:
        raise NotFound(argv, f"cannot be started: {e}") from e
    return child
