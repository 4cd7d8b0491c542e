"""How long to wait before the next try: full jitter, so that many who failed together do not come back together."""

LONGEST = 900.0


def delay(attempt: int, *, base: float, fraction: float) -> float:
    """Seconds before try number `attempt` + 1 (`attempt` from 1). `fraction` in [0, 1) is the caller's chance.

    The bound doubles from `base` up to 15 minutes; full jitter takes any time below it.
    """
    return fraction * min(LONGEST, base * 2.0 ** min(attempt - 1, 30))


def patience(waited: float, *, base: float, fraction: float, longest: float) -> float:
    """The same for what is tried as often as it takes: any time below the seconds it has `waited` already.

    So the waits grow with the trouble, whoever counts the tries, from `base` up to `longest`.
    """
    return fraction * min(longest, max(base, waited))
