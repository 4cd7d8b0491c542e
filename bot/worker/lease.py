"""Keeping a lease alive while its work is being done."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.ports import LeaseLost


@asynccontextmanager
async def renewed(renew: Callable[[], Awaitable[object]], lease: float) -> AsyncIterator[None]:
    """Calls `renew` every third of `lease` seconds; the body is ended with LeaseLost when it says that it is lost."""

    async def keep() -> None:
        while True:
            await asyncio.sleep(lease / 3)
            await renew()

    keeper = asyncio.create_task(keep())
    body = asyncio.current_task() or keeper  # a coroutine that runs has a task; the types do not know it
    lost: list[BaseException] = []
    has_ended = False

    def stop_body(task: asyncio.Task[None]) -> None:
        # A renewal on its way while the body gives the lease back finds it gone: nobody has taken anything over.
        if not task.cancelled() and (error := task.exception()) and not has_ended:
            lost.append(error)
            body.cancel()

    keeper.add_done_callback(stop_body)
    try:
        yield
    except asyncio.CancelledError:
        if lost and body.uncancel() == 0:
            raise LeaseLost(str(lost[0])) from lost[0]
        raise
    finally:
        has_ended = True
        keeper.cancel()
        await asyncio.wait([keeper])
