"""The signature check as a pure function (rows I1, T1)."""

import pytest

from bot.web import signature

# docs.github.com, "Validating webhook deliveries", section "Testing the webhook payload validation"
SECRET = b"It's a Secret to Everybody"
BODY = b"Hello, World!"
STATED = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_githubs_own_example_is_accepted() -> None:
    digest = signature.stated([STATED])
    assert digest is not None
    assert signature.is_signed(BODY, digest, [SECRET])


@pytest.mark.parametrize(
    ("body", "secrets"),
    [
        (BODY + b"\n", [SECRET]),
        (b"", [SECRET]),
        (BODY, [b"another secret"]),
        (BODY, [SECRET + b"\n"]),
        (BODY, [b""]),
        (BODY, []),
    ],
)
def test_i1_another_body_or_secret_is_refused(body: bytes, secrets: list[bytes]) -> None:
    digest = signature.stated([STATED])
    assert digest is not None
    assert not signature.is_signed(body, digest, secrets)


def test_i1_every_single_wrong_digit_is_refused() -> None:
    for at in range(7, len(STATED)):
        digit = "0" if STATED[at] != "0" else "1"
        digest = signature.stated([STATED[:at] + digit + STATED[at + 1 :]])
        assert digest is not None
        assert not signature.is_signed(BODY, digest, [SECRET])


@pytest.mark.parametrize("active", [[SECRET, b"new"], [b"new", SECRET]])
def test_s11_while_a_secret_is_rotated_either_place_counts(active: list[bytes]) -> None:
    digest = signature.stated([STATED])
    assert digest is not None
    assert signature.is_signed(BODY, digest, active)


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        [STATED, STATED],
        [f"{STATED}, {STATED}"],
        [STATED.removeprefix("sha256=")],
        [STATED.replace("sha256=", "sha1=")],
        ["sha1=757107ea0eb2509fc211221cce984b8a37570b6d"],
        [STATED[:-1]],
        [STATED + "0"],
        [STATED + "\n"],
        [STATED.upper()],
        ["sha256=" + "ä" * 64],
        ["sha256=" + "\udce4" * 64],
        ["sha256=" + "٣" * 64],
        ["sha256=" + " " * 64],
    ],
)
def test_i1_a_header_of_any_other_form_states_nothing(values: list[str]) -> None:
    assert signature.stated(values) is None
