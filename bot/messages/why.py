"""What was decided about an issue, for those who ask."""

from bot.messages.neutral import neutral, one_line
from bot.model.decision import Reason


def render_why(reasons: tuple[Reason, ...], waiting: tuple[str, ...]) -> str:
    """The newest decision first, then what has not gone out yet."""
    if not reasons:
        return "Nothing has been decided about this issue yet."
    lines = ["What was decided here, newest first:", "", "| when (UTC) | by | rule | why |", "|---|---|---|---|"]
    lines += [
        f"| {reason.at:%Y-%m-%d %H:%M} | {reason.handler} | {reason.rule} | {_cell(reason.why)} |" for reason in reasons
    ]
    if waiting:
        lines += ["", "Not done yet:", "", *(f"- {neutral(line)}" for line in waiting)]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|")
