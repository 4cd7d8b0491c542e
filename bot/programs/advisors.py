"""Asks the operator's programs: JSON in, JSON out, in an empty environment, for a limited time.

A program that fails is no error of ours: the rules decide, and who asked records why there was no answer.
"""

import asyncio
import contextlib
import logging
import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bot.model.codec import encode
from bot.model.facts import Issue
from bot.model.opinions import Kind, NoOpinion, Opinion, ProposedPlan, Request
from bot.ports import RepositoryNames
from bot.process import NotFound, OutputTooLarge, TimedOut, run
from bot.programs.answers import read_opinion, read_plan

T = TypeVar("T")

log = logging.getLogger(__name__)

MOST_AT_ONCE = 2
#: From the question to its end, waiting for a free place included; a job that takes longer is taken to hang. Seconds.
LONGEST_ANSWER = 100.0
MOST_STDOUT = 1024 * 1024  # bytes
_MOST_OUTPUT = 2 * MOST_STDOUT  # bytes, stdout and stderr together
_STDERR_SHOWN = 2_000  # characters
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """`ports.Advisors`. Commands are argv lists whose first word is an absolute path; empty for none. One per worker.

    `timeout` in seconds, below `LONGEST_ANSWER`, is for one run.
    """

    names: RepositoryNames
    triage_command: Sequence[str]
    decompose_command: Sequence[str]
    timeout: float
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_AT_ONCE), init=False)

    @property
    def has_triage(self) -> bool:
        return bool(self.triage_command)

    async def triage(self, issue: Issue) -> Opinion | NoOpinion | None:
        """What the program thinks of the issue; None if there is no program."""
        if not self.has_triage:
            return None
        written = await self._ask(self.triage_command, "triage", issue)
        return _heard("triage", written if isinstance(written, NoOpinion) else read_opinion(written))

    async def decompose(self, issue: Issue) -> ProposedPlan | NoOpinion | None:
        """The children the program proposes for the epic; None if there is no program."""
        if not self.decompose_command:
            return None
        written = await self._ask(self.decompose_command, "decompose", issue)
        return _heard("decompose", written if isinstance(written, NoOpinion) else read_plan(written))

    async def _ask(self, command: Sequence[str], kind: Kind, issue: Issue) -> bytes | NoOpinion:
        """What the program wrote to stdout, if it ended well."""
        repository = await self.names.name(issue.ref.repo)
        request = encode(_request(kind, repository, issue)).encode() + b"\n"
        try:
            async with self._place(), _empty_directory() as directory:
                done = await run(
                    command, timeout=self.timeout, env={}, stdin=request, cwd=directory, max_output=_MOST_OUTPUT
                )
        except _NoPlace:
            return NoOpinion(f"{MOST_AT_ONCE} programs were running all the time; it was not started")
        except TimedOut as error:
            return NoOpinion(f"it did not answer within {self.timeout:g} s", _end_of(error.stderr))
        except OutputTooLarge as error:
            return NoOpinion(f"it wrote more than {_MOST_OUTPUT} bytes", _end_of(error.stderr))
        except (NotFound, OSError) as error:
            return NoOpinion(f"it could not be run: {_told(error)}")
        if done.returncode:
            return NoOpinion(f"it ended with {_ending(done.returncode)}", _end_of(done.stderr))
        if len(done.stdout) > MOST_STDOUT:
            return NoOpinion(f"it wrote more than {MOST_STDOUT} bytes to stdout", _end_of(done.stderr))
        return done.stdout

    @contextlib.asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """One of the places, if there is one in time to be done before `LONGEST_ANSWER`. Raises _NoPlace."""
        try:
            async with asyncio.timeout(LONGEST_ANSWER - self.timeout):
                await self._places.acquire()
        except TimeoutError:
            raise _NoPlace from None
        try:
            yield
        finally:
            self._places.release()


class _NoPlace(Exception):
    """Other programs had all places."""


@contextlib.asynccontextmanager
async def _empty_directory() -> AsyncIterator[Path]:
    """A directory of its own for one run; gone afterwards, with whatever was written there."""
    directory = tempfile.TemporaryDirectory(prefix="interlock-program-", ignore_cleanup_errors=True)
    try:
        yield Path(directory.name)
    finally:
        await asyncio.to_thread(directory.cleanup)


def _request(kind: Kind, repository: str, issue: Issue) -> Request:
    return Request(
        kind=kind,
        repository=repository,
        number=issue.ref.number,
        title=_text(issue.title),
        body=_text(issue.body),
        labels=tuple(sorted(_text(label) for label in issue.labels)),
        author=issue.author.login,
    )


def _text(foreign: str) -> str:
    """`foreign` as UTF-8 can write it: a lone surrogate, which JSON can smuggle in, becomes U+FFFD."""
    return _SURROGATE.sub("\ufffd", foreign)


def _heard(kind: Kind, answer: T | NoOpinion) -> T | NoOpinion:
    """`answer`; if it is none, the operator's log says so, with what the program wrote to stderr."""
    if isinstance(answer, NoOpinion):
        log.warning("the %s program gave no answer: %r", kind, answer.reason)
    return answer


def _end_of(stderr: bytes) -> str:
    return stderr.decode(errors="replace").strip()[-_STDERR_SHOWN:]


def _ending(returncode: int) -> str:
    if returncode > 0:
        return f"exit code {returncode}"
    return f"signal {-returncode}"


def _told(error: Exception) -> str:
    """What the system said, without the path that it names."""
    said = error.__cause__ if isinstance(error, NotFound) else error
    return (said.strerror if isinstance(said, OSError) else None) or type(error).__name__
