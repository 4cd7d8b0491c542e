"""What is said about a repository's configuration: at the command line, in its check, in its documentation."""

import re
from collections.abc import Sequence
from datetime import datetime

from bot.messages.neutral import neutral
from bot.model.config import CONFIG_FILE, Adopted, Documented, Problem

#: Problems in the table of a check; GitHub takes 65,535 characters, and nobody reads more.
MOST_SHOWN = 100
_MARKUP = re.compile(r"([\\`*_\[\]<>|~#!&])")


def render_line(file: str, problem: Problem) -> str:
    """As compilers write it, so that editors find the place."""
    return f"{file}:{problem.line}:{problem.column}: {problem}"


def render_annotation(problem: Problem) -> str:
    return neutral(str(problem))


def render_title(problems: Sequence[Problem], *, is_there: bool) -> str:
    if problems:
        return "One problem" if len(problems) == 1 else f"{len(problems)} problems"
    return "The configuration is good" if is_there else "Without the file, everything has its default"


def render_proposed(problems: Sequence[Problem], changed: Sequence[str], *, is_there: bool) -> str:
    """The summary for a pull request. `changed` are the settings that differ from their defaults."""
    if problems:
        return f"{_table(problems)}\n\nUntil this is put right and merged, nothing changes: {_from_default_branch()}"
    if not is_there:
        return f"`{CONFIG_FILE}` is removed here. Once this is merged, everything has its default."
    return f"`{CONFIG_FILE}` is good. It changes {_listed(changed)}. {_from_default_branch()}"


def render_pushed(problems: Sequence[Problem], changed: Sequence[str], adopted: Adopted | None) -> str:
    """The summary for a commit on the default branch. `adopted` is the last good text we know of, if any."""
    if problems:
        return f"{_table(problems)}\n\n{_in_force(adopted)}"
    return f"`{CONFIG_FILE}` is good again and in force. It changes {_listed(changed)}."


def _in_force(adopted: Adopted | None) -> str:
    if adopted is None:
        return "There never was a good configuration here: every setting has its default until this is put right."
    if not adopted.body:
        return "There was no configuration before: every setting has its default until this is put right."
    return f"The last good configuration, adopted {_moment(adopted.at)}, stays in force until this is put right."


def _from_default_branch() -> str:
    return "Interlock reads the file from the default branch only."


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _listed(changed: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in changed) or "nothing"


def _table(problems: Sequence[Problem]) -> str:
    rows = ["| line | column | what is wrong | what would be right |", "|---|---|---|---|"]
    for one in problems[:MOST_SHOWN]:
        rows.append(f"| {one.line} | {one.column} | {_cell(one.what)} | {_cell(one.right)} |")
    more = len(problems) - MOST_SHOWN
    if more > 0:
        rows.append(f"\nAnd {more} more; `interlock check-config {CONFIG_FILE}` names all of them.")
    return "\n".join(rows)


def _cell(text: str) -> str:
    """Foreign words as plain text: no link, no image, no column of its own."""
    return _MARKUP.sub(r"\\\1", neutral(text).replace("\n", " "))


def render_document(keys: Sequence[Documented]) -> str:
    """docs/configuration.md: every key there is, with its default, and how the file is read."""
    sections = dict.fromkeys((one.section, one.about) for one in keys)
    parts = [_OPENING.format(file=CONFIG_FILE)]
    for section, about in sections:
        parts.append(f"## `{section}`\n\n{about}\n\n{_keys([one for one in keys if one.section == section])}")
    built_in = [one for one in keys if one.adds]
    parts.append("## What is built in\n\n" + "\n\n".join(_built_in(one) for one in built_in))
    return "\n\n".join([*parts, _CLOSING.format(file=CONFIG_FILE)]) + "\n"


def _keys(keys: Sequence[Documented]) -> str:
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for one in keys:
        default = "[built in](#what-is-built-in)" if one.adds else f"`{one.default}`"
        rows.append(f"| `{one.key}` | {one.values} | {default} | {one.meaning} |")
    return "\n".join(rows)


def _built_in(one: Documented) -> str:
    return f"### `{one.section}.{one.key}`\n\n```yaml\n{one.default}\n```"


_OPENING = """# Configuration of a repository

What a repository decides about Interlock stands in one file, `{file}`, on its default branch.
Every key is optional; a repository without the file has all defaults. What the *operator* decides (programs, ceilings,
secrets) is environment of the server and stands in the README.

This page is generated: `interlock check-config --document`."""
_CLOSING = """## How it is read

- Only the file on the **default branch** counts. A pull request that changes it gets the check `interlock/config`, with
  every problem at its line, and changes nothing else before it is merged. A change takes effect within a minute.
- It is read **strictly**: an unknown key, a wrong value, a key that stands there twice, an anchor, an alias or a tag is
  a problem, never passed over in silence. So is a file of more than 64 KiB.
- A file with a problem is not followed at all, not even in part. The **last good one stays in force**, across restarts,
  and a failing check on the commit says so.
- No key names a **program**: whoever can push here would run it on the server. The operator plugs programs in, with
  `INTERLOCK_TRIAGE_COMMAND` and `INTERLOCK_DECOMPOSE_COMMAND` in the server's environment.
- Names of labels are compared as GitHub does, without regard to case. Names of kinds and headings are compared by their
  words: `Kind: Bug-Report` is `bug report`.

Try it before you push: `interlock check-config {file}` (or `-` for stdin; `--json` for
machines) needs no server and no environment. It prints `FILE:LINE:COLUMN: what is wrong; what would be right`, and its exit code is 2 if anything is
wrong."""  # noqa: E501
