"""What the bot writes about an epic and into its children."""

from bot.messages.neutral import neutral
from bot.model.epics import NewChild, PlannedChild
from bot.model.writes import ResultOf, Text


def render_child(epic: int, section: tuple[str, ...], notes: tuple[str, ...]) -> str:
    """Where the item stood, what was noted below it, and the way back."""
    parts = [f"Part of #{epic}."]
    if section:
        parts.append("Section: " + " › ".join(_line(heading) for heading in section))
    if notes:
        parts.append("\n".join(f"- {_line(note)}" for note in notes))
    return "\n\n".join(parts)[:LONGEST_BODY]


def _line(text: str) -> str:
    return neutral(" ".join(text.split()))


#: GitHub takes 65,536 characters; the marker comes on top.
LONGEST_BODY = 60_000
#: Items that become no sub-issue are told up to this number.
MOST_LEFT_OUT = 30
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
    listed = _listed(left_out)
    return (*pieces, _cut("\n" + "\n".join(listed))) if listed else tuple(pieces)


def _listed(left_out: tuple[str, ...]) -> list[str]:
    shown = [f"- {_line(line)}" for line in left_out[:MOST_LEFT_OUT]]
    if len(left_out) > MOST_LEFT_OUT:
        shown.append(f"- and {len(left_out) - MOST_LEFT_OUT} more; `interlock try decompose` shows all")
    return ["", "Left out:", "", *shown] if shown else []


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_BODY else text[:LONGEST_BODY] + "\n\n… (too long for one comment)"


def render_nothing_to_do(label: str) -> str:
    return (
        "I looked in the description for task lists, for lists under headings such as Tasks, Work items or Phases, and "
        "for tables of work, and found nothing open that is not a sub-issue already. "
        "Which pieces of work does this epic consist of?\n\n"
        "Write each as a line of its own, for example\n\n"
        "```markdown\n- [ ] store the session in the database\n- [ ] log in by mail\n```\n\n"
        f"and write `/decompose` in a comment (or set the label `{label}` again)."
    )


def render_preview(children: tuple[NewChild, ...], left_out: tuple[str, ...], *, limit: int) -> str:
    """The whole plan with its reasons, and how to carry it out. `limit` is 0 where none is exceeded."""
    opening = f"{_count(len(children), 'sub-issue')} would come of this epic; nothing has been created."
    if limit:
        opening += (
            f" That is more than {limit}, the limit for one go. Write `/decompose confirm` if all of them are meant, "
            f'or take a part of it with `/decompose only="Heading"`.'
        )
    else:
        opening += " Write `/decompose` to create them."
    lines = [f"{'  ' * (child.depth - 1)}- {neutral(child.title)} ({neutral(child.why)})" for child in children]
    return _cut("\n".join([opening, "", *lines, *_listed(left_out)]))


def render_renamed(pairs: tuple[tuple[NewChild, PlannedChild], ...]) -> str:
    """New items that may be planned ones in other words."""
    lines = [f'- "{neutral(new.title)}": renamed? It is like "{neutral(old.title)}"' for new, old in pairs]
    return "\n".join(
        [
            "These items look like earlier ones in other words, so no sub-issue was created for them:",
            "",
            *lines,
            "",
            "Rename the sub-issue by hand if that is so, or write `/decompose confirm` if they are new work.",
        ]
    )


def render_no_room(there: int, wanted: int, most: int) -> str:
    return (
        f"this epic has {there} sub-issues, and {wanted} more would be above GitHub's limit of {most} for one parent. "
        "Nothing was created. Group the work into several epics and decompose those."
    )


def render_too_deep(most: int) -> str:
    return f"GitHub nests sub-issues {most} levels deep at most, and this list goes deeper. Flatten it and try again."


def render_no_section(only: str, sections: tuple[str, ...]) -> str:
    known = ", ".join(f"`{_line(one)}`" for one in sections) or "none"
    return f"no open work stands under the heading `{_line(only)}`. Headings with work: {known}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
