"""What the bot writes about an epic and into its children."""

from bot.messages.neutral import neutral
from bot.model.epics import PlannedChild
from bot.model.writes import ResultOf, Text


def render_child(epic: int) -> str:
    return f"Part of #{epic}."


#: GitHub's limit for an issue title, in characters. What makes words harmless makes them longer.
LONGEST_TITLE = 256


def render_title(title: str) -> str:
    return neutral(title)[:LONGEST_TITLE]


def render_summary(children: tuple[PlannedChild, ...], left_out: tuple[str, ...]) -> Text:
    """One line for each child, in the order of the epic; numbers are filled in when the children exist."""
    created = sum(1 for child in children if not child.existing)
    pieces: list[str | ResultOf] = [f"This epic has been decomposed: {_count(created, 'sub-issue')} created"]
    linked = len(children) - created
    pieces.append(f", {_count(linked, 'issue')} linked.\n" if linked else ".\n")
    for child in children:
        if child.existing:
            pieces.append(f"\n- {neutral(child.title)}")
        else:
            pieces += ["\n- ", ResultOf(child.key), f" {neutral(child.title)}"]
    if left_out:
        pieces.append("\n\nLeft out:\n")
        pieces += [f"\n- {line}" for line in left_out]
    return tuple(pieces)


def render_nothing_to_do(label: str) -> str:
    return (
        "I looked for open boxes of a task list in the description and found none that is not a sub-issue already. "
        "Which pieces of work does this epic consist of?\n\n"
        "Write each as a line of its own, for example\n\n"
        "```markdown\n- [ ] store the session in the database\n- [ ] log in by mail\n```\n\n"
        f"and write `/decompose` in a comment (or set the label `{label}` again)."
    )


def render_too_many(found: int, most: int) -> str:
    return (
        f"The description has {found} open tasks; at most {most} become sub-issues in one go, and nothing is cut off "
        "in silence, so none was created. Group them into several epics and decompose those."
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
