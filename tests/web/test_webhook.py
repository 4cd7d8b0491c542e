"""Bad input at the door (section 3.4 of the fault matrix) and what is stored of good input."""

import asyncio
import tracemalloc

import pytest

from bot.store.database import Database
from bot.web.server import Address
from bot.web.webhook import LARGEST
from tests.web.conftest import Sender, sign, stored
from tests.web.raw import head, wire

OTHER = b"another secret, also of 32 bytes or more"


async def test_a_signed_delivery_is_stored_as_it_came_and_answered_202(github: Sender, database: Database) -> None:
    body = b' {"action": "opened", "n": NaN, "n": 1}\xff\x00\n'
    answer = await github.deliver(body, guid="72d3162e-cc78-11e3-81ab-4c9367dc0958", event="issue_comment")
    assert (answer.status, answer.text) == (202, '{"stored": true}')
    (row,) = await stored(database)
    assert (row.guid, row.source, row.name, row.body) == (
        "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "github",
        "issue_comment",
        body,
    )


async def test_d1_the_same_guid_again_is_answered_200_and_changes_nothing(github: Sender, database: Database) -> None:
    first = await github.deliver(b'{"first": 1}', guid="one")
    again = await github.deliver(b'{"second": 2}', guid="one", event="push")
    assert (first.status, again.status) == (202, 200)
    (row,) = await stored(database)
    assert (row.name, row.body) == ("issues", b'{"first": 1}')


@pytest.mark.parametrize("event", ["ping", "no_such_event_yet"])
async def test_i8_i10_a_ping_and_an_unknown_event_are_stored_like_any_other(
    github: Sender, database: Database, event: str
) -> None:
    assert (await github.deliver(event=event)).status == 202
    assert [row.name for row in await stored(database)] == [event]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"NaN",
        b"[1]",
        b"[" * 200_000,
        b'{"a": 1, "a": 2}',
        rb'{"a": "\ud800"}',
        b'{"a": "\x00"}',
        b"\xef\xbb\xbf{}",
        b"9" * 5000,
        b"\xff\xfe",
    ],
    ids=["empty", "cut", "NaN", "list", "deep", "twice", "surrogate", "NUL", "BOM", "huge", "no UTF-8"],
)
async def test_i4_what_is_signed_is_stored_whatever_it_holds(github: Sender, database: Database, body: bytes) -> None:
    assert (await github.deliver(body)).status == 202
    assert [row.body for row in await stored(database)] == [body]


@pytest.mark.parametrize(
    "signature",
    [
        "",
        sign(b"{}", OTHER),
        sign(b"{} "),
        sign(b"{}").removeprefix("sha256="),
        sign(b"{}").upper(),
        sign(b"{}")[:-1],
        "sha256=" + "ä" * 64,
        "sha1=757107ea0eb2509fc211221cce984b8a37570b6d",
        f"{sign(b'{}')}, {sign(b'{}')}",
    ],
)
async def test_i1_a_delivery_that_is_not_signed_is_refused_and_only_counted(
    github: Sender, database: Database, signature: str
) -> None:
    answer = await github.deliver(X_Hub_Signature_256=signature)
    assert answer.status == 401
    assert await stored(database) == ()
    assert b'"refused_signatures":1' in (await github.ask("GET", "/healthz")).body.replace(b" ", b"")


async def test_i1_a_sha_1_signature_alone_is_refused(github: Sender, database: Database) -> None:
    answer = await github.deliver(
        without=("X-Hub-Signature-256",), X_Hub_Signature="sha1=5d61605c3feea9799210ddcb71307d4ba264225f"
    )
    assert answer.status == 401
    assert await stored(database) == ()


async def test_i1_two_signature_headers_are_refused_even_if_both_are_right(
    address: Address, database: Database
) -> None:
    request = head("POST", "/webhook", content_type="application/json", content_length="2", x_github_event="issues")
    two = (
        f"X-GitHub-Delivery: one\r\nX-Hub-Signature-256: {sign(b'{}')}\r\n" + f"X-Hub-Signature-256: {sign(b'{}')}\r\n"
    )
    async with wire(address) as it:
        await it.send(request[:-2] + two.encode() + b"\r\n{}")
        assert (await it.answer())[0] == 401
    assert await stored(database) == ()


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 202),
        ("application/json; charset=utf-8", 202),
        ("Application/JSON", 202),
        ("application/json; charset=no-such-charset", 202),
        ("application/x-www-form-urlencoded", 415),
        ("text/json", 415),
        ("application/json, text/html", 415),
        ("application/jsonp", 415),
        ("", 415),
    ],
)
async def test_i3_only_json_is_taken(github: Sender, database: Database, kind: str, status: int) -> None:
    answer = await github.deliver(Content_Type=kind)
    assert answer.status == status
    assert len(await stored(database)) == (status == 202)
    if status == 415:
        assert "application/json, not form-encoded" in answer.text


async def test_i3_a_delivery_without_a_content_type_is_refused(github: Sender) -> None:
    assert (await github.deliver(without=("Content-Type",))).status == 415


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate", "identity", ""])
async def test_i6_an_encoded_body_is_refused_before_a_byte_of_it_is_read(address: Address, encoding: str) -> None:
    async with wire(address) as it:
        await it.send(
            head(
                "POST",
                "/webhook",
                content_type="application/json",
                content_encoding=encoding,
                content_length="1000000",
                x_github_event="issues",
                x_github_delivery="one",
                x_hub_signature_256=sign(b""),
            )
        )
        status, text = await it.answer()
    assert status == 415
    assert b"Content-Encoding" in text


@pytest.mark.parametrize(
    ("name", "values", "status"),
    [
        ("X-GitHub-Event", [], 400),
        ("X-GitHub-Event", ["issues", "issues"], 400),
        ("X-GitHub-Event", [""], 400),
        ("X-GitHub-Event", ["Issues"], 400),
        ("X-GitHub-Event", ["issues2"], 400),
        ("X-GitHub-Event", ["a" * 51], 400),
        ("X-GitHub-Event", ["a" * 50], 202),
        ("X-GitHub-Event", ["iſſues"], 400),
        ("X-GitHub-Delivery", [], 400),
        ("X-GitHub-Delivery", ["one", "two"], 400),
        ("X-GitHub-Delivery", [""], 400),
        ("X-GitHub-Delivery", ["a" * 101], 400),
        ("X-GitHub-Delivery", ["~" * 100], 202),
        ("X-GitHub-Delivery", ["one two"], 400),
        ("X-GitHub-Delivery", ["önë"], 400),
    ],
)
async def test_i1_event_and_delivery_headers(
    address: Address, database: Database, name: str, values: list[str], status: int
) -> None:
    given = {"X-GitHub-Event": ["issues"], "X-GitHub-Delivery": ["one"], name: values}
    lines = [f"{header}: {value}\r\n" for header, stated in given.items() for value in stated]
    request = head(
        "POST", "/webhook", content_type="application/json", content_length="2", x_hub_signature_256=sign(b"{}")
    )
    async with wire(address) as it:
        await it.send(request[:-2] + "".join(lines).encode() + b"\r\n{}")
        answered, text = await it.answer()
    assert answered == status
    assert len(await stored(database)) == (status == 202)
    if status == 400:
        assert f"exactly one {name}".encode() in text


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD"])
async def test_only_post_delivers(github: Sender, method: str) -> None:
    assert (await github.ask(method, "/webhook")).status == 405


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 300_000, 2_500_000, 25_000_000, LARGEST])
async def test_i5_every_size_up_to_25_mib_is_stored_whole(github: Sender, database: Database, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert (await github.deliver(body)).status == 202
    assert [row.body for row in await stored(database)] == [body]


async def test_i5_an_announced_27_mib_is_refused_at_once(address: Address, database: Database) -> None:
    async with wire(address) as it:
        await it.send(_announce(content_length=str(27 * 1024 * 1024)))
        status, text = await it.answer()
    assert (status, text) == (413, b"the body is larger than 26214400 bytes")
    assert await stored(database) == ()


async def test_i5_a_chunked_body_is_cut_off_at_25_mib(address: Address, database: Database) -> None:
    megabyte = b"100000\r\n" + b"x" * 2**20 + b"\r\n"
    async with wire(address) as it:
        await it.send(_announce(transfer_encoding="chunked"))
        for _ in range(25):
            await it.send(megabyte)
        await it.send(b"1\r\nx\r\n")
        status, _ = await it.answer()
    assert status == 413
    assert await stored(database) == ()


async def test_t3_large_bodies_that_stand_still_hold_up_neither_small_ones_nor_memory(
    address: Address, github: Sender, database: Database
) -> None:
    async with wire(address) as one, wire(address) as two, wire(address) as three:
        for it in (one, two, three):
            await it.send(_announce(content_length=str(20 * 2**20)) + b"x" * 100_000)
        status, text = await three.answer()
        assert (status, text) == (503, b"too many large bodies at once; send it again later")
        assert (await github.deliver(b"x" * 60_000)).status == 202
    large = await github.deliver(b"x" * 200_000)
    assert large.status == 202
    assert len(await stored(database)) == 2


async def test_t3_large_bodies_that_are_only_announced_take_no_place(address: Address, github: Sender) -> None:
    async with wire(address) as one, wire(address) as two, wire(address) as three:
        for it in (one, two, three):
            await it.send(_announce(content_length=str(20 * 2**20)) + b"x" * 60_000)
        await asyncio.sleep(0.2)
        assert (await github.deliver(b"x" * 200_000)).status == 202


async def test_t3_a_refused_body_is_not_kept_until_the_next_request(address: Address) -> None:
    body = b"x" * 5_000_000
    request = _announce(content_length=str(len(body)))
    async with wire(address) as it:
        tracemalloc.start()
        try:
            await it.send(request)
            await it.send(body)
            assert (await it.answer())[0] == 401
            await asyncio.sleep(0.1)
            held, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert held < 2_000_000


async def test_t3_many_large_bodies_at_once_are_each_stored_or_refused_with_503(
    github: Sender, database: Database
) -> None:
    bodies = [bytes([number]) * 5_000_000 for number in range(8)]
    answers = await asyncio.gather(*(github.deliver(body) for body in bodies))
    assert {answer.status for answer in answers} <= {202, 503}
    assert [answer.status for answer in answers].count(202) == len(await stored(database)) > 0


def _announce(**headers: str) -> bytes:
    return head(
        "POST",
        "/webhook",
        content_type="application/json",
        x_github_event="issues",
        x_github_delivery="one",
        x_hub_signature_256=sign(b""),
        **headers,
    )
