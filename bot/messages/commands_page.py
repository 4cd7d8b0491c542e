"""docs/commands.md: what each command declares about itself, and the rules that hold for all of them."""

from collections.abc import Sequence

from bot.messages.commands import render_help, who_may
from bot.model.commands import Command

#: Texts in which a line is a command, and what makes it one. A test holds each against the parser.
COUNTS = (
    ("a line of its own", "/plan"),
    ("behind other lines, with up to three spaces before it and any behind it", "Thanks!\n  /plan  "),
    ("in capitals", "/PLAN"),
    ("several in one text, each for itself", "/plan\n/why"),
    ("with arguments: the rest of the line, quotes included", '/decompose only="Phase 1"'),
    ("below a quote, with a blank line between", "> Shall we?\n\n/plan"),
    ("below a list, not indented", "- one\n- two\n/plan"),
)
#: Texts in which no line is one, and why not.
COUNTS_NOT = (
    ("within a sentence", "please /plan this"),
    ("in a quote, or a line that Markdown still counts to one", "> Shall we?\n/plan"),
    ("in the tail of a mail", "On Tue, Ann <ann@example.org> wrote:\n/plan"),
    ("in code: fenced, indented or inline", "```\n/plan\n```"),
    ("in a suggestion block", "```suggestion\n/plan\n```"),
    ("in an HTML comment", "<!--\n/plan\n-->"),
    ("folded away", "<details>\n\n/plan\n\n</details>"),
    ("as an item of a list, or indented below one", "- /plan"),
    ("as a path or with punctuation", "/plan/other"),
    ("with letters that only look like ours, or with hidden characters", "\uff0fplan"),
)


def render_commands_page(declared: Sequence[tuple[Command, bool]]) -> str:
    """Every command with whether it goes on while an issue is on hold, in the order in which they are given."""
    parts = [_OPENING, render_help(tuple(command for command, _ in declared))]
    parts += [_section(command, goes_on=goes_on) for command, goes_on in declared]
    parts += ["## Where a command counts", _WHERE]
    parts += [_samples("counts", COUNTS), _samples("does not count", COUNTS_NOT), _CLOSING]
    return "\n\n".join(parts) + "\n"


def _section(command: Command, *, goes_on: bool) -> str:
    line = f"/{command.name} {command.arguments}".strip()
    rules = f"Who may: {who_may(command)}." + ("" if goes_on else " Not carried out on an issue that is on hold.")
    examples = "\n".join(command.examples)
    return f"### `{line}`\n\n{command.summary}\n{rules}\n\n```\n{examples}\n```"


def _samples(title: str, samples: Sequence[tuple[str, str]]) -> str:
    rows = [f"| {title} | for example (`⏎` is a line break) |", "|---|---|"]
    for what, text in samples:
        shown = text.replace("\n", "⏎")
        rows.append(f"| {what} | {_code(shown)} |")
    return "\n".join(rows)


def _code(text: str) -> str:
    """A code span that may hold backticks."""
    fence = "````" if "```" in text else "`"
    return f"{fence} {text} {fence}" if text.startswith("`") or text.endswith("`") else f"{fence}{text}{fence}"


_OPENING = """# Commands in comments

What people can ask of Interlock, in an issue or a pull request, by a line that starts with a slash. `/help` shows the
table in the thread; `interlock try commands FILE` shows which lines of a text of yours are commands.

This page is generated: `interlock commands --document`."""
_WHERE = """In a **new comment** on an issue or a pull request, and in the **opening text of an issue**. An **edited
comment** runs only what was not there before, and only if its author edited it. Reviews, comments on lines of a diff,
the opening text of a pull request and edited descriptions do not count. What bots write does not count, whoever they
are.

What decides is the structure of the Markdown, not the look of a line:"""
_CLOSING = """## Who may

GitHub is asked for the role of whoever wrote the line at the moment it is carried out. A role that GitHub does not
tell is none: names, labels and "member" badges give no authority. Every role includes those before it: read, triage,
write, maintain, admin. A custom role of an organisation counts as none.

## How a command is answered

- **Accepted**: a 👀 on the comment, one however many commands it holds; then each command does or says what it is for.
  A command in an opening text has no comment to react to and is answered by what it does.
- **Refused**, because the role is too low: one reply that says who may and what to do instead. Nothing else happens.
- **Not possible** (bad arguments, a closed issue, an issue on hold): one reply that says what would be right.
- **Nearly one of ours**, at most two letters off: one reply with the one that was probably meant. It is not run.
- **Any other word**: silence. Other bots listen in the same thread.

Each use is answered once, whatever is delivered twice, and the answers of the bot never command anything. While writes
are stopped (`/stop`), answers wait as well, and go out after `/resume`."""
