"""The access log says what was refused, and nothing that is secret (goal S5)."""

import logging

import pytest

from tests.web.conftest import Sender
from tests.web.raw import head, wire


async def test_a_refused_request_is_one_line_without_secrets(github: Sender, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "interlock.access")
    signature = "sha256=" + "5ec4e7" * 10 + "0000"
    await github.deliver(guid="the-guid", X_Hub_Signature_256=signature, Authorization="Bearer very-secret")
    await github.ask("GET", "/runner/plans?branch=very-secret", headers={"Authorization": "Bearer very-secret"})
    lines = [record.getMessage() for record in caplog.records if record.name == "interlock.access"]
    assert len(lines) == 2
    assert lines[0].startswith("POST '/webhook' 401 ")
    assert lines[0].endswith("delivery='the-guid'")
    assert lines[1].startswith("GET '/runner/plans' 401 ")
    assert "secret" not in caplog.text
    assert "5ec4e7" not in caplog.text


async def test_hostile_bytes_stay_on_their_line(github: Sender, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "interlock.access")
    async with wire(github.address) as it:
        await it.send(head("GET", "/%0aGET%20/forged%1b[31m", x_github_delivery="\u202eevil"))
        assert (await it.answer())[0] == 404
    (line,) = [record.getMessage() for record in caplog.records if record.name == "interlock.access"]
    assert line.isascii()
    assert line.isprintable()


async def test_what_went_well_is_logged_at_debug_only(github: Sender, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "interlock.access")
    assert (await github.deliver()).status == 202
    assert "POST" not in caplog.text
