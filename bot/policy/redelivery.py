"""Which failed deliveries to ask for again. GitHub never redelivers by itself (github-api.md section 17)."""

from collections import defaultdict
from datetime import datetime, timedelta

from bot.model.facts import DeliveryAttempt

#: github.com keeps its delivery log this long.
KEPT = timedelta(days=3)
#: A delivery that our server refuses each time is left alone after this many attempts.
MOST_ATTEMPTS = 8
FIRST_WAIT = timedelta(minutes=1)


def to_redeliver(
    attempts: tuple[DeliveryAttempt, ...], received: frozenset[str], now: datetime
) -> tuple[DeliveryAttempt, ...]:
    """The newest attempt of every delivery that never reached our inbox and is due, oldest delivery first.

    The first repetition is due at once, further ones after 1, 2, 4 … minutes.
    """
    by_guid: dict[str, list[DeliveryAttempt]] = defaultdict(list)
    for attempt in attempts:
        if now - attempt.delivered_at <= KEPT:
            by_guid[attempt.guid].append(attempt)
    due = []
    for guid, tries in by_guid.items():
        if guid in received or any(attempt.ok for attempt in tries) or len(tries) > MOST_ATTEMPTS:
            continue
        newest = max(tries, key=lambda attempt: (attempt.delivered_at, attempt.id))
        wait = FIRST_WAIT * 2 ** (len(tries) - 2) if len(tries) > 1 else timedelta()
        if now - newest.delivered_at >= wait:
            due.append(newest)
    return tuple(sorted(due, key=lambda attempt: (attempt.delivered_at, attempt.id)))
