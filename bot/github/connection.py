"""The parts of the adapter put together, for the composition root."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from bot.github.app_auth import AppKey, Tokens
from bot.github.client import Client
from bot.github.limits import FIRST_PAUSE, Windows
from bot.github.transport import Transport
from bot.github.urls import Origin
from bot.ports import Limits, RepositoryNames


@dataclass(frozen=True, slots=True)
class Connection:
    """`client` for a Reader and a Writer, `windows` for the Budget."""

    client: Client
    windows: Windows


def connect(
    session: aiohttp.ClientSession,
    *,
    api_url: str,
    app_id: int,
    private_key: str,
    limits: Limits,
    names: RepositoryNames,
    retry_base: float = 1.0,
    first_pause: float = FIRST_PAUSE,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Connection:
    """`session` is the caller's to close. `retry_base`: longest first wait of a read that is tried again, in seconds.

    `first_pause`: seconds nothing is sent after a limit for which GitHub named no time; it doubles up to 15 minutes.
    """
    origin = Origin(api_url)
    windows = Windows(limits, first_pause=first_pause, clock=clock)
    transport = Transport(session, origin, windows)
    tokens = Tokens(transport, origin, AppKey(app_id, private_key), names)
    return Connection(Client(transport, origin, tokens, names, retry_base=retry_base), windows)
