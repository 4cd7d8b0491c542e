"""Webhook bodies -> `Event`. Only what the bot needs is decoded; every absence the published schemas allow is borne.

A webhook is a hint (design, rule 5): what a handler decides on is read again. So nothing here is more than the
subject, the actor and the text that the event itself made.
Source of the shapes: docs.github.com, "Webhook events and payloads"; which keys may be missing: its schemas.
"""

from datetime import datetime

import msgspec

from bot.github.payload_kinds import KINDS, Payload
from bot.model.events import Event
from bot.model.ids import NotASha, Repo, Sha


class MalformedPayload(ValueError):
    """A delivery whose body is not what GitHub sends: recorded with this reason, never tried again."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def read_event(name: str, delivery: str, body: bytes, received_at: datetime) -> Event:
    """The event that `body` tells of; `name` and `delivery` are its X-GitHub-Event and X-GitHub-Delivery headers.

    `number` is 0 where the payload names no single issue or pull request, `repo` has zeros where it names no
    installation or repository. Raises MalformedPayload, nothing else. A body of megabytes takes a while: call this
    in a thread.
    """
    payload = _decode(body, KINDS.get(name, Payload))
    try:
        return Event(
            delivery=delivery,
            name=name,
            action=payload.action or "",
            repo=payload.repo,
            number=payload.subject_number,
            received_at=received_at,
            sender=payload.sender.actor if payload.sender else None,
            comment=payload.comment_id,
            label=payload.label_name,
            text=payload.text,
            text_before=payload.text_before,
            is_title_only=payload.is_title_only,
            deployed=payload.deployed,
            head=Sha(payload.head_sha) if payload.head_sha else None,
            before=Sha(payload.sha_before) if payload.sha_before else None,
            ref=payload.branch,
            happened_at=payload.happened_at,
            may_wait=payload.may_wait,
        )
    except NotASha as error:
        raise MalformedPayload(str(error)) from error


def repository_seen(body: bytes) -> tuple[Repo, str] | None:
    """The repository a payload is about and the `owner/name` it had then; None where it names none.

    Raises MalformedPayload. A delivery that comes late may carry a former name; GitHub then redirects.
    """
    payload = _decode(body, Payload)
    if payload.repository is None or not payload.repository.full_name or payload.installation is None:
        return None
    return payload.repo, payload.repository.full_name


def _decode(body: bytes, kind: type[Payload]) -> Payload:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise MalformedPayload(str(error)) from error
    except RecursionError as error:
        raise MalformedPayload("nested too deeply") from error
    except UnicodeDecodeError as error:
        raise MalformedPayload(f"not UTF-8: {error.reason}") from error
