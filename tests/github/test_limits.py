"""Which answers are limits, how long they say to wait, and that a closed window holds."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.github.answers import Answer
from bot.github.limits import Windows, announced_wait, is_limit
from bot.ports import Limited
from tests.github.conftest import MemoryLimits

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
SECONDARY = b'{"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}'
FORBIDDEN = b'{"message": "Resource not accessible by integration"}'


def answer(status: int = 403, body: bytes = FORBIDDEN, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def in_seconds(seconds: float) -> str:
    return str(int((NOW + timedelta(seconds=seconds)).timestamp()))


@pytest.mark.parametrize(
    "limit",
    [
        answer(429),
        answer(429, b"<html>slow down"),
        answer(retry_after="30"),
        answer(x_ratelimit_remaining="0", x_ratelimit_reset=in_seconds(60)),
        answer(body=SECONDARY, x_ratelimit_remaining="4771"),
        answer(body=SECONDARY),
        answer(body=b'{"message": "You have triggered an abuse detection mechanism."}'),
    ],
)
def test_a_limit(limit: Answer) -> None:
    assert is_limit(limit)


@pytest.mark.parametrize(
    "other",
    [
        answer(),
        answer(x_ratelimit_remaining="4771", x_ratelimit_reset=in_seconds(60)),
        answer(body=b""),
        answer(200, x_ratelimit_remaining="0"),
        answer(404, SECONDARY),
        answer(503, SECONDARY, retry_after="5"),
    ],
)
def test_a_missing_permission_and_other_trouble_are_no_limit(other: Answer) -> None:
    assert not is_limit(other)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (answer(retry_after="72", x_ratelimit_remaining="4771", x_ratelimit_reset=in_seconds(3000)), 72),
        (answer(retry_after="0"), 1),
        (answer(retry_after="999999999999999"), 86_400),
        (answer(x_ratelimit_remaining="0", x_ratelimit_reset=in_seconds(600)), 601),
        (answer(x_ratelimit_reset=in_seconds(600)), 601),
        (answer(x_ratelimit_remaining="0", x_ratelimit_reset=in_seconds(-600)), 1),
        (answer(x_ratelimit_remaining="0", x_ratelimit_reset="9" * 30), 86_400),
        (answer(body=SECONDARY, x_ratelimit_remaining="4771", x_ratelimit_reset=in_seconds(3000)), None),
        (answer(retry_after="Fri, 31 Dec 1999 23:59:59 GMT"), None),
        (answer(x_ratelimit_remaining="0"), None),
        (answer(), None),
    ],
)
def test_how_long_github_says_to_wait(told: Answer, seconds: float | None) -> None:
    assert announced_wait(told, NOW) == seconds


def test_the_reset_is_a_time_by_githubs_clock() -> None:
    """Ours is 15 minutes slow: the wait is the same."""
    ours = NOW - timedelta(minutes=15)
    told = answer(x_ratelimit_remaining="0", x_ratelimit_reset=in_seconds(60), date="Sat, 21 Nov 2026 12:00:00 GMT")
    assert announced_wait(told, ours) == 61


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


async def test_without_a_time_the_pause_doubles_up_to_a_quarter_of_an_hour() -> None:
    clock = Clock()
    windows = Windows(MemoryLimits(), clock=clock)
    waits = []
    for _ in range(6):
        with pytest.raises(Limited) as limited:
            await windows.note(5, answer(body=SECONDARY))
        waits.append((limited.value.until - clock.now).total_seconds())
        clock.now = limited.value.until
    assert waits == [60, 120, 240, 480, 900, 900]
    await windows.note(5, answer(200, b""))
    with pytest.raises(Limited) as limited:
        await windows.note(5, answer(body=SECONDARY))
    assert limited.value.until - clock.now == timedelta(seconds=60), "a success starts over"


async def test_requests_that_are_refused_together_met_one_limit() -> None:
    clock = Clock()
    windows = Windows(MemoryLimits(), clock=clock)
    for wait in ([60] * 8, [120] * 8):
        for seconds in wait:
            with pytest.raises(Limited) as limited:
                await windows.note(5, answer(body=SECONDARY))
            assert limited.value.until - clock.now == timedelta(seconds=seconds)
        clock.now = limited.value.until


async def test_a_closed_window_holds_for_its_installation_alone_until_it_ends() -> None:
    clock = Clock()
    windows = Windows(MemoryLimits(), clock=clock)
    with pytest.raises(Limited):
        await windows.note(5, answer(retry_after="30"))
    await windows.check(6)
    clock.now += timedelta(seconds=29.9)
    with pytest.raises(Limited) as limited:
        await windows.check(5)
    assert limited.value.until == NOW + timedelta(seconds=30)
    clock.now += timedelta(seconds=0.1)
    await windows.check(5)


async def test_a_window_is_kept_for_a_restart_and_never_shortened() -> None:
    limits, clock = MemoryLimits(), Clock()
    first = Windows(limits, clock=clock)
    for seconds in ("600", "30"):
        with pytest.raises(Limited):
            await first.note(5, answer(retry_after=seconds))
    assert await first.closed_until(5) == NOW + timedelta(seconds=600)
    assert await Windows(limits, clock=clock).closed_until(5) == NOW + timedelta(seconds=600)


async def test_the_last_request_of_the_hour_closes_the_window_and_is_answered() -> None:
    clock = Clock()
    windows = Windows(MemoryLimits(), clock=clock)
    await windows.note(5, answer(200, b"", x_ratelimit_remaining="0", x_ratelimit_reset=in_seconds(600)))
    assert await windows.closed_until(5) == NOW + timedelta(seconds=601)


async def test_a_window_holds_here_before_the_store_knows_of_it() -> None:
    """The store takes its time; another request of this process must not slip through meanwhile."""

    class Slow(MemoryLimits):
        async def block(self, installation: int, until: datetime, why: str) -> None:
            assert await windows.closed_until(installation) == until
            await super().block(installation, until, why)

    windows = Windows(Slow(), clock=Clock())
    with pytest.raises(Limited):
        await windows.note(5, answer(retry_after="30"))
