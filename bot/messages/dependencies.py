"""What the bot writes about issues that wait for others."""

from collections.abc import Sequence

from bot.messages.neutral import one_line
from bot.model.edges import Blocker, called
from bot.model.ids import Repo


def render_blocked(blockers: Sequence[Blocker], here: Repo) -> str:
    """Why an issue of the repository `here` cannot be begun, a line for each blocker."""
    lines = [f"- {_told(one, here)}{_said(one)}" for one in blockers]
    return "\n".join(
        [
            "this issue waits for others:",
            "",
            *lines,
            "",
            "Write the command again when they are done, or take back what says that it waits: the words in the "
            "description, or the link.",
        ]
    )


def render_waits(blockers: Sequence[Blocker], here: Repo) -> str:
    """The same in one sentence."""
    return f"It waits: {'; '.join(_told(one, here) for one in blockers)}."


def _told(one: Blocker, here: Repo) -> str:
    return one_line(f"{called(one.name, one.ref, here)} {one.why}")


def _said(one: Blocker) -> str:
    return f' (said here: "{one_line(one.phrase)}")' if one.phrase else ""


def render_circle(members: Sequence[str]) -> str:
    """Each member waits for the next, and the last for the first."""
    if len(members) == 1:
        return (
            f"{one_line(members[0])} says that it waits for itself, so it can never begin. Take one of the words back."
        )
    return (
        f"These wait for each other in a circle: {_way(members)}.\n\n"
        "None of them can begin before the others are done. Take one of the dependencies back: in the words of a "
        "description, or the link."
    )


def render_in_circle(members: Sequence[str]) -> str:
    """One sentence for those who ask why."""
    return f"They wait for each other in a circle: {_way(members)}."


def _way(members: Sequence[str]) -> str:
    return " → ".join(one_line(name) for name in (*members, members[0]))
