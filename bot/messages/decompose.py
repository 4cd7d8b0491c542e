"""What the bot writes about an epic and into its children."""

from collections.abc import Sequence
from typing import Literal

from bot.messages.neutral import mention, neutral
from bot.model.epics import NewChild, PlannedChild, Progress, Run, Status

#: Why a plan is shown instead of carried out.
Shown = Literal["preview", "too many", "proposed", "changed"]


def render_child(epic: int, section: tuple[str, ...], notes: tuple[str, ...]) -> str:
    """Where the item stood, what was noted below it, and the way back."""
    parts = [f"Part of #{epic}."]
    if section:
        parts.append("Section: " + " › ".join(_line(heading) for heading in section))
    if notes:
        parts.append("\n".join(f"- {_line(note)}" for note in notes))
    return "\n\n".join(parts)[:LONGEST_BODY]


def render_proposed_child(epic: int, body: str) -> str:
    """A child that the operator's program thought of: who reads it has to know."""
    parts = [f"Part of #{epic}.", neutral(body.strip())[:LONGEST_BODY]]
    parts.append("Proposed by the planning program of this server and confirmed by a person.")
    return "\n\n".join(part for part in parts if part)


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


def render_summary(lines: Sequence[Progress], runs: Sequence[Run]) -> str:
    """The progress list of an epic, in the order of its plan."""
    active = [run for run in runs if not run.undone_by]
    done = sum(line.status == "done" for line in lines)
    opening = f"This epic has been decomposed: {done} of {_count(len(lines), 'sub-issue')} done."
    if not active:
        opening = "The decomposition of this epic has been undone."
    shown = [_progress(line) for line in lines]
    return _cut("\n".join([opening, "", *shown, *_listed(active[-1].left_out if active else ()), *_told(runs)]))


#: What is told of a child that is neither open nor done.
_BECAME: dict[Status, str] = {
    "coming": "not created yet",
    "failed": "not created",
    "gone": "deleted or transferred",
    "moved": "no sub-issue of this epic any more",
}


def _progress(line: Progress) -> str:
    box = "- [x] " if line.status == "done" else "- [ ] " if line.status == "open" else "- "
    return f"{box}{_named(line)}"


def _named(line: Progress) -> str:
    number = f"#{line.number} " if line.number else ""
    became = _BECAME.get(line.status, "") if line.status != "failed" or not line.number else "not linked"
    told = f" ({became}{f': {_line(line.why)}' if line.why else ''})" if became else ""
    return f"{number}{_line(line.title)}{told}"


def _told(runs: Sequence[Run]) -> list[str]:
    """How each run began and how to take it back."""
    told = [
        f"Run {run.id} by {neutral(run.by)}" + (f", undone by {neutral(run.undone_by)}" if run.undone_by else "")
        for run in runs
    ]
    active = [run for run in runs if not run.undone_by]
    undo = ""
    if active:
        which = "`/undo`" if len(active) == 1 else f"`/undo {active[-1].id}`"
        undo = f" {which} closes what nobody has touched since."
    return ["", f"<sub>{'; '.join(told)}.{undo}</sub>"]


def render_all_done(done: int, others: Sequence[Progress] = ()) -> str:
    """`others` were planned, too, and are no sub-issues any more: whoever closes the epic should know."""
    which = "that this epic still has" if others else "of this epic"
    said = [f"All {done} sub-issues {which} are done." if done > 1 else f"The sub-issue {which} is done."]
    if others:
        said.append("Not among them: " + "; ".join(_named(line) for line in others) + ".")
    said.append("If nothing is missing, it can be closed; that is for a person to say.")
    return _cut(" ".join(said))


def render_undone(closing: Sequence[int], kept: Sequence[tuple[int, str]], never: int, in_doubt: int = 0) -> str:
    """What becomes of the children of a run that was taken back; `kept` says why. Closing many takes its time."""
    lines = []
    if closing:
        lines.append("Being closed as not planned: " + ", ".join(f"#{number}" for number in closing) + ".")
    lines += [f"Kept: #{number}, {_line(why)}." for number, why in kept]
    if never:
        lines.append(f"{_count(never, 'sub-issue')} had not been created yet and will not be.")
    if in_doubt:
        lines.append(f"{_count(in_doubt, 'sub-issue')} may be there already; the summary will tell.")
    return "\n".join(lines) or "There was nothing to close."


def render_which_run(runs: Sequence[Run]) -> str:
    known = "\n".join(f"- `/undo {run.id}`: by {neutral(run.by)}" for run in runs)
    return f"this epic was decomposed several times. Say which run is meant:\n\n{known}"


def _listed(left_out: tuple[str, ...]) -> list[str]:
    shown = [f"- {_line(line)}" for line in left_out[:MOST_LEFT_OUT]]
    if len(left_out) > MOST_LEFT_OUT:
        shown.append(f"- and {len(left_out) - MOST_LEFT_OUT} more; `interlock try decompose` shows all")
    return ["", "Left out:", "", *shown] if shown else []


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_BODY else text[:LONGEST_BODY] + "\n\n… (too long for one comment)"


def render_nothing_to_do(asked_of: str, label: str) -> str:
    """`label` is the one that starts a decomposition."""
    return (
        f"{mention(asked_of)}, I looked in the description for task lists, for lists under headings such as Tasks, "
        "Work items or Phases, and for tables of work, and found nothing open that is not a sub-issue already. "
        "Which pieces of work does this epic consist of?\n\n"
        "Write each as a line of its own, for example\n\n"
        "```markdown\n- [ ] store the session in the database\n- [ ] log in by mail\n```\n\n"
        f"and write `/decompose` in a comment (or set the label `{label}` again)."
    )


_SHOWN: dict[Shown, str] = {
    "preview": "Write `/decompose` to create them.",
    "too many": (
        "That is more than {limit}, the limit for one go. Write `/decompose confirm` if all of them are meant, "
        'or take a part of it with `/decompose only="Heading"`.'
    ),
    "proposed": (
        "The description lists no work, so the planning program of this server proposes this. "
        "Write `/decompose confirm` to create them, or list the work in the description instead."
    ),
    "changed": "This is no longer the plan that was shown before. Write `/decompose confirm` if this one is meant.",
}


def render_preview(children: tuple[NewChild, ...], left_out: tuple[str, ...], *, why: Shown, limit: int = 0) -> str:
    """The whole plan with its reasons, and how to carry it out. `limit` is the one that is exceeded."""
    opening = f"{_count(len(children), 'sub-issue')} would come of this epic; nothing has been created. "
    opening += _SHOWN[why].format(limit=limit)
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
