"""Which failed deliveries are asked for again."""

from datetime import UTC, datetime, timedelta

from bot.model.facts import DeliveryAttempt
from bot.policy.redelivery import to_redeliver

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def failed(ident: int, guid: str, ago: float, *, ok: bool = False) -> DeliveryAttempt:
    return DeliveryAttempt(id=ident, guid=guid, delivered_at=NOW - timedelta(seconds=ago), ok=ok, event="issues")


def due(*attempts: DeliveryAttempt, received: frozenset[str] = frozenset()) -> list[int]:
    return [attempt.id for attempt in to_redeliver(attempts, received, NOW)]


def test_a_lost_delivery_is_asked_for_at_once_and_the_oldest_first() -> None:
    assert due(failed(2, "b", 1), failed(1, "a", 5)) == [1, 2]


def test_what_reached_the_inbox_is_not_lost_whatever_the_log_says() -> None:
    assert due(failed(1, "a", 5), received=frozenset({"a"})) == []


def test_a_guid_is_one_delivery_however_often_it_was_tried() -> None:
    assert due(failed(1, "a", 500), failed(2, "a", 400)) == [2]
    assert due(failed(1, "a", 500), failed(2, "a", 400, ok=True)) == []


def test_repetitions_wait_longer_each_time() -> None:
    assert due(failed(1, "a", 500), failed(2, "a", 59)) == []
    assert due(failed(1, "a", 500), failed(2, "a", 60)) == [2]
    assert due(failed(1, "a", 900), failed(2, "a", 500), failed(3, "a", 119)) == []
    assert due(failed(1, "a", 900), failed(2, "a", 500), failed(3, "a", 120)) == [3]


def test_what_is_refused_each_time_is_left_alone() -> None:
    tries = [failed(n, "a", 200_000 - n) for n in range(8)]
    assert due(*tries) == [7]
    assert due(*tries, failed(8, "a", 100_000)) == []


def test_github_keeps_three_days() -> None:
    assert due(failed(1, "a", 3 * 86400 + 1)) == []
    assert due(failed(1, "a", 3 * 86400)) == [1]
