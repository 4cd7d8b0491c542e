"""Strangers who hold connections open (rows I6, I7), and the server's orderly end. Deadlines are shortened."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.web.body import Bodies
from bot.web.server import Address, Limits, serving
from tests.web.raw import Wire, head, wire
from tests.web.server_process import server_process

HEAD, BODY, KEEP_ALIVE = 0.4, 0.8, 1.6  # seconds
LIMITS = Limits(head=HEAD, keep_alive=KEEP_ALIVE, connections=20, grace=1.5, linger=0.3)
ASK = head("GET", "/")


@contextlib.asynccontextmanager
async def server(limits: Limits = LIMITS) -> AsyncIterator[Address]:
    bodies = Bodies(deadline=BODY)

    async def quick(request: web.Request) -> web.Response:
        return web.Response(text="here")

    async def length(request: web.Request) -> web.Response:
        async with bodies.of(request, limit=1000) as body:
            return web.Response(text=str(len(body)))

    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(float(request.query["s"]))
        return web.Response(text="done")

    app = web.Application()
    app.add_routes([web.get("/", quick), web.post("/length", length), web.get("/slow", slow)])
    async with serving(app, "127.0.0.1", 0, limits=limits) as address:
        yield address


@pytest.fixture
async def address() -> AsyncIterator[Address]:
    async with server() as it:
        yield it


@pytest.mark.parametrize("sent", [b"", b"GET", ASK[:-2]], ids=["silent", "half a line", "half a head"])
async def test_i7_a_connection_without_a_whole_head_is_closed_at_the_head_deadline(
    address: Address, sent: bytes
) -> None:
    async with wire(address) as it:
        await it.send(sent)
        lasted, said = await it.until_closed()
    assert HEAD * 0.9 < lasted < KEEP_ALIVE
    assert said == b""


async def test_i7_bytes_of_a_head_now_and_then_do_not_prolong_the_deadline(address: Address) -> None:
    async with wire(address) as it, asyncio.TaskGroup() as tasks:
        drip = tasks.create_task(_drip(it, ASK[:-4], every=HEAD / 8))
        lasted, said = await it.until_closed()
        drip.cancel()
    assert HEAD * 0.9 < lasted < KEEP_ALIVE
    assert said == b""


async def test_i7_the_next_head_on_a_kept_connection_has_the_same_deadline(address: Address) -> None:
    async with wire(address) as it:
        await it.send(ASK)
        assert await it.answer() == (200, b"here")
        begun = time.monotonic()
        await it.send(ASK[:10])
        await it.until_closed()
        lasted = time.monotonic() - begun
    assert HEAD * 0.9 < lasted < KEEP_ALIVE * 0.9


async def test_a_kept_connection_may_rest_longer_than_the_head_deadline_and_goes_on(address: Address) -> None:
    async with wire(address) as it:
        for _ in range(2):
            await it.send(ASK)
            assert await it.answer() == (200, b"here")
            await asyncio.sleep(HEAD * 1.5)
        await it.send(ASK)
        assert await it.answer() == (200, b"here")


async def test_a_resting_connection_is_closed_at_the_keep_alive_limit(address: Address) -> None:
    async with wire(address) as it:
        await it.send(ASK)
        await it.answer()
        lasted, _ = await it.until_closed()
    assert KEEP_ALIVE * 0.9 < lasted < KEEP_ALIVE + 1.5


async def test_a_handler_may_take_longer_than_the_head_deadline(address: Address) -> None:
    async with wire(address) as it:
        await it.send(head("GET", f"/slow?s={HEAD * 2}"))
        assert await it.answer() == (200, b"done")


@pytest.mark.parametrize(
    "sent",
    [
        head("POST", "/length", content_length="10") + b"12345",
        head("POST", "/length", content_length="10"),
        head("POST", "/length", transfer_encoding="chunked") + b"5\r\n12345\r\n",
    ],
    ids=["half a body", "no body", "chunks without an end"],
)
async def test_i6_a_body_that_does_not_arrive_is_answered_408_and_the_connection_closed(
    address: Address, sent: bytes
) -> None:
    async with wire(address) as it:
        await it.send(sent)
        status, text = await it.answer()
        assert (status, text) == (408, b"the body did not arrive within 0.8 s")
        lasted, _ = await it.until_closed()
    assert BODY * 0.9 < lasted < BODY + LIMITS.linger + 1


async def test_i6_endless_chunks_end_with_408(address: Address) -> None:
    async with wire(address) as it, asyncio.TaskGroup() as tasks:
        await it.send(head("POST", "/length", transfer_encoding="chunked"))
        drip = tasks.create_task(_drip(it, b"1\r\nx\r\n" * 1000, every=0.02, size=6))
        status, _ = await it.answer()
        lasted, _ = await it.until_closed()
        drip.cancel()
    assert status == 408
    assert lasted < BODY + LIMITS.linger + 1


async def test_i6_fast_endless_chunks_end_with_413(address: Address) -> None:
    async with wire(address) as it:
        await it.send(head("POST", "/length", transfer_encoding="chunked") + b"3e8\r\n" + b"x" * 1000 + b"\r\n")
        await it.send(b"1\r\nx\r\n")
        assert await it.answer() == (413, b"the body is larger than 1000 bytes")


@pytest.mark.parametrize(
    "sent",
    [
        head("POST", "/length", content_length="-1"),
        head("POST", "/length", content_length="ten"),
        head("POST", "/length", content_length="3", transfer_encoding="chunked") + b"0\r\n\r\n",
        head("POST", "/length", transfer_encoding="chunked") + b"zz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nAuthorization: Bearer very-secret\x00\r\n\r\n",
    ],
    ids=["negative length", "length in words", "two lengths", "no chunk", "TLS", "no such version", "NUL in a header"],
)
async def test_i6_what_is_not_http_is_answered_400_and_never_repeated(
    address: Address, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with wire(address) as it:
        await it.send(sent)
        status, text = await it.answer()
        lasted, _ = await it.until_closed()
    assert status == 400
    assert lasted < KEEP_ALIVE
    assert b"secret" not in text
    assert "secret" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_body_cut_off_by_the_sender_harms_nobody(address: Address, caplog: pytest.LogCaptureFixture) -> None:
    async with wire(address) as it:
        await it.send(head("POST", "/length", content_length="10") + b"12345")
    async with wire(address) as it:
        await it.send(ASK)
        assert await it.answer() == (200, b"here")
    assert "Traceback" not in caplog.text


async def test_i7_when_all_places_are_taken_the_one_who_waits_longest_makes_room() -> None:
    patient = Limits(head=10, connections=5, grace=0.2)
    async with server(patient) as address, contextlib.AsyncExitStack() as stack:
        busy = await stack.enter_async_context(wire(address))
        await busy.send(head("GET", "/slow?s=1"))
        silent = [await stack.enter_async_context(wire(address)) for _ in range(4)]
        await asyncio.sleep(0.1)
        for _ in range(8):
            honest = await stack.enter_async_context(wire(address))
            await honest.send(ASK)
            assert await honest.answer() == (200, b"here")
        assert await busy.answer() == (200, b"done")
        for one in silent:
            lasted, _ = await one.until_closed()
            assert lasted < 5


async def test_i7_without_anyone_waiting_who_comes_last_is_turned_away() -> None:
    async with server(Limits(connections=3)) as address, contextlib.AsyncExitStack() as stack:
        busy = [await stack.enter_async_context(wire(address)) for _ in range(3)]
        for one in busy:
            await one.send(head("GET", "/slow?s=0.6"))
        await asyncio.sleep(0.2)
        async with wire(address) as fourth:
            lasted, said = await fourth.until_closed()
        assert (lasted < 0.3, said) == (True, b"")
        for one in busy:
            assert await one.answer() == (200, b"done")


async def test_fault_s7_a_stopping_server_answers_what_has_begun_and_lets_go_of_who_rests() -> None:
    async with contextlib.AsyncExitStack() as stack:
        async with server(Limits(grace=5)) as address:
            busy = await stack.enter_async_context(wire(address))
            await busy.send(head("GET", "/slow?s=0.5"))
            arriving = await stack.enter_async_context(wire(address))
            await arriving.send(head("POST", "/length", content_length="4") + b"12")
            resting = await stack.enter_async_context(wire(address))
            await asyncio.sleep(0.1)
            stopping = time.monotonic()
            late = asyncio.create_task(_later(arriving, b"34"))
        took = time.monotonic() - stopping
        await late
        assert await busy.answer() == (200, b"done")
        assert await arriving.answer() == (200, b"4")
        for one in (busy, arriving, resting):
            _, rest = await one.until_closed()
            assert rest == b""
        assert 0.3 < took < 3
        with pytest.raises(ConnectionRefusedError):
            async with wire(address):
                pass


async def test_fault_s7_a_request_that_does_not_end_is_cut_off_after_the_grace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        async with server(Limits(grace=0.3)) as address:
            busy = await stack.enter_async_context(wire(address))
            await busy.send(head("GET", "/slow?s=60"))
            await asyncio.sleep(0.1)
            stopping = time.monotonic()
        assert time.monotonic() - stopping < 5
        _, said = await busy.until_closed()
        assert said == b""
    assert "1 requests were not finished" in caplog.text


async def test_i7_the_real_server_on_its_own_event_loop_keeps_its_real_deadlines(url: str) -> None:
    async with server_process(url) as (_, address), contextlib.AsyncExitStack() as stack:
        silent, half, kept, strange = [await stack.enter_async_context(wire(address)) for _ in range(4)]
        await half.send(ASK[:-2])
        await kept.send(head("GET", "/healthz"))
        assert (await kept.answer())[0] == 200
        await kept.send(ASK[:-2])
        await strange.send(head("POST", "/webhook", expect="\udcff"))
        assert await strange.answer() == (417, b"the only expectation known here is 100-continue")
        ends = await asyncio.gather(silent.until_closed(), half.until_closed(), kept.until_closed())
    for lasted, said in ends:
        assert 4.5 < lasted < 8
        assert said == b""


async def _drip(to: Wire, data: bytes, *, every: float, size: int = 1) -> None:
    with contextlib.suppress(ConnectionError):
        for at in range(0, len(data), size):
            await to.send(data[at : at + size])
            await asyncio.sleep(every)


async def _later(to: Wire, data: bytes) -> None:
    await asyncio.sleep(0.2)
    await to.send(data)
