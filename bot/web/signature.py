"""GitHub's webhook signature: HMAC-SHA256 over the raw body, in `X-Hub-Signature-256: sha256=<64 hex digits>`.

Source: docs.github.com, "Validating webhook deliveries". The SHA-1 header is never looked at (threat T1).
"""

import hmac
import re
from collections.abc import Sequence

HEADER = "X-Hub-Signature-256"
_FORM = re.compile(r"sha256=([0-9a-f]{64})")


def stated(values: Sequence[str]) -> bytes | None:
    """The digest that the signature headers state; None unless there is exactly one of the right form."""
    found = _FORM.fullmatch(values[0]) if len(values) == 1 else None
    return bytes.fromhex(found[1]) if found else None


def is_signed(body: bytes | bytearray, digest: bytes, secrets: Sequence[bytes]) -> bool:
    """Whether one of `secrets` (two while one is being rotated) signs exactly `body` with `digest`."""
    return any(hmac.compare_digest(hmac.digest(secret, body, "sha256"), digest) for secret in secrets)
