"""A lease is renewed while the work goes on; whoever loses it stops, and whoever has given it back does not."""

import asyncio

import pytest

from bot.ports import LeaseLost
from bot.worker.lease import renewed

LEASE = 0.03  # seconds; renewed every third of it


async def test_work_whose_lease_is_lost_ends_at_once_and_says_so() -> None:
    async def renew() -> None:
        raise LeaseLost("another worker has it")

    with pytest.raises(LeaseLost, match="another worker has it"):
        async with renewed(renew, LEASE), asyncio.timeout(10):
            await asyncio.Event().wait()


async def test_a_renewal_that_finds_the_lease_given_back_stops_nobody() -> None:
    """The last act of the work ends the lease while a renewal is on its way, whose refusal comes a moment later."""
    under_way, answers = asyncio.Event(), asyncio.Event()

    async def renew() -> None:
        under_way.set()
        try:
            await answers.wait()
        finally:
            raise LeaseLost("nobody has it")

    async with renewed(renew, LEASE):
        await under_way.wait()
        answers.set()  # the answer is there before the renewal is cancelled
    task = asyncio.current_task()
    assert task
    assert task.cancelling() == 0
    await asyncio.sleep(0)  # a cancellation that was still to come would come here


async def test_a_cancellation_from_outside_stays_one() -> None:
    async def renew() -> None: ...

    async def work() -> None:
        async with renewed(renew, LEASE):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(LEASE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
