"""What the bot writes about an epic and into its children."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from bot.messages.neutral import mention, neutral, one_line
from bot.model.epics import NewChild, PlannedChild, Progress, Run, Status

#: Why a plan is shown instead of carried out.
Shown = Literal["preview", "too many", "proposed", "changed"]


def render_child(epic: int, section: tuple[str, ...], notes: tuple[str, ...]) -> str:
    """Where the item stood, what was noted below it, and the way back."""
    parts = [f"Part of #{epic}."]
    if section:
        parts.append("Section: " + " › ".join(one_line(heading) for heading in section))
    if notes:
        parts.append("\n".join(f"- {one_line(note)}" for note in notes))
    return "\n\n".join(parts)[:LONGEST_BODY]


def render_proposed_child(epic: int, body: str) -> str:
    """A child that the operator's program thought of: who reads it has to know."""
    parts = [f"Part of #{epic}.", neutral(body.strip())[:LONGEST_BODY]]
    parts.append("Proposed by the planning program of this server and confirmed by a person.")
    return "\n\n".join(part for part in parts if part)


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
    told = f" ({became}{f': {one_line(line.why)}' if line.why else ''})" if became else ""
    return f"{number}{one_line(line.title)}{told}"


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
    lines += [f"Kept: #{number}, {one_line(why)}." for number, why in kept]
    if never:
        lines.append(f"{_count(never, 'sub-issue')} had not been created yet and will not be.")
    if in_doubt:
        lines.append(f"{_count(in_doubt, 'sub-issue')} may be there already; the summary will tell.")
    return "\n".join(lines) or "There was nothing to close."


def render_which_run(runs: Sequence[Run]) -> str:
    known = "\n".join(f"- `/undo {run.id}`: by {neutral(run.by)}" for run in runs)
    return f"this epic was decomposed several times. Say which run is meant:\n\n{known}"


def _listed(left_out: tuple[str, ...]) -> list[str]:
    shown = [f"- {one_line(line)}" for line in left_out[:MOST_LEFT_OUT]]
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
    "preview": "Write {command} to create them.",
    "too many": (
        "That is more than {limit}, the limit for one go. Write {command} if all of them are meant, "
        'or take a part of it with `/decompose only="Heading"`.'
    ),
    "proposed": (
        "The description lists no work, so the planning program of this server proposes this. "
        "Write {command} to create them, or list the work in the description instead."
    ),
    "changed": "This is no longer the plan that was shown before. Write {command} if this one is meant.",
}


def render_preview(
    children: tuple[NewChild, ...],
    left_out: tuple[str, ...],
    *,
    why: Shown,
    command: str,
    limit: int,
    like: Mapping[str, PlannedChild] = MappingProxyType({}),
) -> str:
    """The whole plan with its reasons, and the `command` that carries out just this. `limit` is that of one go.

    `like` holds the earlier items, by the key of the child, that it may be in other words.
    """
    opening = f"{_count(len(children), 'sub-issue')} would come of this epic; nothing has been created. "
    opening += _SHOWN[why].format(limit=limit, command=_command(command))
    if like and command.endswith("confirm"):
        opening += " What may be an earlier item in other words (renamed?) is then created, too."
    elif like:
        opening += " What may be an earlier item in other words (renamed?) is asked about first."
    lines = [f"{'  ' * (child.depth - 1)}- {_planned(child, like.get(child.key))}" for child in children]
    return _cut("\n".join([opening, "", *lines, *_listed(left_out)]))


def _planned(child: NewChild, old: PlannedChild | None) -> str:
    return f"{one_line(child.title)} ({one_line(child.why)})" + (f": {_renamed(child, old)}" if old else "")


def render_renamed(pairs: tuple[tuple[NewChild, PlannedChild], ...], command: str) -> str:
    """New items that may be planned ones in other words; `command` makes them all the same."""
    lines = [f'- "{one_line(new.title)}": {_renamed(new, old)}' for new, old in pairs]
    return "\n".join(
        [
            "These items look like earlier ones in other words, so no sub-issue was created for them:",
            "",
            *lines,
            "",
            f"Rename the sub-issue by hand if that is so, or write {_command(command)} if they are new work.",
        ]
    )


def _renamed(new: NewChild, old: PlannedChild) -> str:
    number = f" (#{old.number})" if old.number else ""
    where = ", which stood elsewhere" if new.title == old.title else ""
    return f'renamed? It is like "{one_line(old.title)}"{number}{where}'


def render_no_room(parent: str, there: int, wanted: int, most: int) -> str:
    """`parent` is empty for the epic itself."""
    name = _code(parent) if parent else "This epic"
    return (
        f"{name} has {_count(there, 'sub-issue')}, and {wanted} more would be above GitHub's limit of {most} for one "
        "parent. Nothing was created. Group the work into several epics and decompose those."
    )


def _code(text: str) -> str:
    """Words of others as code, whatever backticks they have."""
    return _fenced(one_line(text))


def _command(text: str) -> str:
    """A command of ours with options of a person, to be copied."""
    name, _, options = text.partition(" ")
    return _fenced(f"{name} {one_line(options)}".strip())


def _fenced(shown: str) -> str:
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    return f"{fence} {shown} {fence}" if len(fence) > 1 else f"`{shown}`"


def render_too_deep(most: int) -> str:
    return f"GitHub nests sub-issues {most} levels deep at most, and this list goes deeper. Flatten it and try again."


def render_nothing_here(left_out: tuple[str, ...]) -> str:
    """Work was found, but none of it can become a sub-issue."""
    return "\n".join(
        ["What this epic lists as open is nothing that can be made or linked as its sub-issue.", *_listed(left_out)]
    )


def render_nothing_new(only: str, *, coming: int, gone: int, failed: int) -> str:
    """All of `only` (a heading, or the epic) was planned; people removed what is `gone`, `failed` stand elsewhere."""
    what = f"every open item under {_code(only)}" if only else "every open item of this epic"
    told = [f"{what} is a sub-issue already."]
    if coming or gone:
        told = [f"{what} has been planned as a sub-issue already."]
    if coming:
        told.append(f"{_count(coming, 'sub-issue')} still to come.")
    if gone:
        told.append(
            f"{_count(gone, 'sub-issue')} deleted, transferred or taken out of the epic since; what people removed is "
            "not made again."
        )
    if failed:
        does = "does" if failed == 1 else "do"
        told.append(f"{_count(failed, 'planned item')} could not be created and {does} not stand here.")
    return " ".join(told)


def render_no_section(only: str, sections: tuple[str, ...]) -> str:
    known = ", ".join(_code(one) for one in sections) or "none"
    return f"no open work stands under the heading {_code(only)}. Headings with work: {known}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
