"""What one item of a list, row of a table or piece of a sentence says: a box, a title, references, or nothing to do."""

import re
from itertools import pairwise

import msgspec

from bot.model.markers import strip_markers
from bot.policy.epic import vocabulary
from bot.policy.epic.references import Reference, references_in
from bot.policy.epic.sections import Kind, classify, is_imperative, simple
from bot.policy.epic.words import Words

#: GitHub's limit for an issue title, in characters.
LONGEST_TITLE = 256
#: Longer lines are no label, in characters.
LONGEST_LABEL = 60

_BOX = re.compile(r"\[([ xX]?)\](?:\s+|$)")
_SIGN = re.compile(
    r"(?:(?P<done>:white_check_mark:|:heavy_check_mark:|:ballot_box_with_check:|✅|☑️?|✔️?|🗹)|(?P<open>☐|⬜️?|🔲|◻️?|▢))\s*"
)
_COMMAND = re.compile(r"/([A-Za-z][A-Za-z-]*)(\s|$)")
_SEPARATORS = " \t\n:;,.–—-|"
_ONLY_SEPARATORS = re.compile(r"(?:[\s,;&+/]|\band\b)*")
#: What may stand before a reference at the end of an item without making it a mere mention.
_MENTION = re.compile(
    r"\b(?:see|also|from|in|of|by|on|onto|after|before|with|without|like|to|for|than|and|or|via|per|cf|fix|fixe[sd]|"
    r"close[sd]?|resolve[sd]?|revert|reverts|review|merge|land|port|rebase|backport|split|test|document|prs?|"
    r"request|issue|issues|"
    r"until|unless|as|about|re|regarding|follow[- ]?up|duplicate|supersedes?|replaces?|implements?|addresses|"
    r"against|blocks|blocking|unblocks|requires?|requiring|needs?|needing|once|when|enables|precedes|related|relates)\W*$",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[A-Z][\w’'/-]*(?: [\w’'/-]+){0,3}:(?:\s|$)")
#: The end of a line that goes on in the next.
_UNFINISHED = re.compile(
    r"(?:\b(?:an?|the|of|for|to|and|or|with|in|on|at|by|from|via|as|our|that)|[,&+/(-])\s*$", re.IGNORECASE
)
_STRUCK_FIRST = re.compile(r"\s*(?:\[[ xX]?\]\s*)?(?:[*_]*~~|<(?:del|s|strike)\b)", re.IGNORECASE)
#: What stands behind a struck-through title and only says why it is; anything else is the new title.
_REMARK = re.compile(
    r"\([^()]*(?:\([^()]*\)[^()]*)*\)\W*|\W*(?:won[’']?t\b|will not\b|moved\b|dropped\b|descoped\b|cancell?ed\b|"
    r"no longer\b|not (?:needed|planned|doing|in scope|part)\b|obsolete\b|superseded\b|replaced\b|deferred\b|"
    r"postponed\b|out of scope\b|duplicate\b|see\b|now (?:in|part)\b|rejected\b|abandoned\b|skipped\b|merged into\b|"
    r"covered by\b|tracked in\b|handled (?:in|by)\b|split (?:into|out)\b|later\b|already\b|done\b|n/a\b).*",
    re.IGNORECASE | re.DOTALL,
)
_ASIDE = re.compile(r"\s*[(–—,/]|\s+(?:for|in|per)\s+")
#: Behind "Team:": people, addresses and issues, not work.
_NAME = re.compile(r"[,;&+/]|and|@\S+|https?://\S+|[\w./-]*#\d+[,;]?|[A-Z]\S*")
_ABOUT_IT = re.compile(r"\s*(?:follow[- ]?ups?\b|['’]s\b|regression\b|aftermath\b)", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"(?:sub ?)?(?:task|item|subtask|step|todo|story|issue|feature|child)s? (?:\d{1,3}|[a-z]|one|two|three|n)|x{2,}|"
    r"(?:describe|insert|add|enter|write|list|put) (?:the |your |a |an |more )?(?:\w+ )?"
    r"(?:tasks?|items?|description|title) ?(?:here)?|"
    r"(?:short |brief )?description of .{0,40}"
)
_TEMPLATE_SLOT = re.compile(r"(?:\{\{.*\}\}|<[^<>]*>|\[[^\[\]]*\]|\{[^{}]*\}|_[^_]*_\.{3})")


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """`box`: True checked, False open, None without one. `title`: cleaned; `refers_to`: the issues the item *is*.

    `sign`: the same as `box`, written as ✅ or ⬜. `nothing` says why the item is no work, whatever it stands under;
    `label` why what stands below its first words ("Acceptance criteria: …") is none. `is_group`: it only names
    others; `is_noun`: it may, being a few words and no order. `is_part_name`: parts of a product are called
    the same as a section that is left out ("Labels"). `notes`: lines below its title that are none of it; `below`:
    why the list below the last of them ("Acceptance:") is no work.
    """

    title: str
    box: bool | None = None
    sign: bool | None = None
    refers_to: tuple[Reference, ...] = ()
    nothing: str = ""
    is_group: bool = False
    is_noun: bool = False
    label: str = ""
    notes: tuple[str, ...] = ()
    below: str = ""
    is_part_name: bool = False
    ends_with_colon: bool = False


def read_item(words: Words) -> Item:
    """The item that `words` write."""
    words, box = _without_box(words)
    words, sign = _without_sign(words)
    words, remarks, below = _without_remarks(words)
    text = _without_commands(words)
    if not text.strip():
        return Item(title=clean_title(words.text or words.struck), box=box, nothing=_why_empty(words))
    if words.struck and _STRUCK_FIRST.match(words.written) and _REMARK.fullmatch(text.strip()):
        return Item(title=clean_title(f"{words.struck} {text.strip()}"), box=box, nothing="struck through")
    refers_to, title = _what_it_is(words)
    if not refers_to and "\n" in words.text.strip():
        refers_to, title = _what_it_is(_first_line(words))
    title = clean_title(title if refers_to else text)
    if not refers_to and len(text) > LONGEST_TITLE and len(whole := " ".join(text.split())) > LONGEST_TITLE:
        remarks = (whole, *remarks)
    return Item(
        title=title or (_written(words, refers_to[0]) if refers_to else ""),
        box=box,
        sign=sign,
        refers_to=refers_to,
        nothing="" if refers_to else _why_nothing(words, title),
        is_group=not refers_to and (text.rstrip().endswith(":") or words.is_all_bold()),
        is_noun=not refers_to and _is_short_noun(title),
        label=_left_out_label(words, text, box),
        is_part_name=title.isalpha() and simple(title) in vocabulary.PART_NAMES,
        notes=remarks,
        below=below,
        ends_with_colon=text.rstrip().endswith(":"),
    )


def clean_title(text: str) -> str:
    """`text` as the title of an issue: one line, no marker, no hidden characters, at most 256 characters."""
    shown = " ".join(strip_markers(text).split())
    if not shown.isprintable():
        shown = "".join(filter(str.isprintable, shown))
    shown = shown.strip().rstrip(":;,").strip()
    if len(shown) <= LONGEST_TITLE:
        return shown
    return shown[: LONGEST_TITLE - 1].rstrip() + "…"


def _without_box(words: Words) -> tuple[Words, bool | None]:
    match = _BOX.match(words.written)
    if match is None or not words.text.startswith(match[0].rstrip()):
        return words, None
    return words.part(len(match[0]) if len(words.text) > len(match[0]) else len(words.text)), match[1] in ("x", "X")


def _without_sign(words: Words) -> tuple[Words, bool | None]:
    match = _SIGN.match(words.text)
    return (words, None) if match is None else (words.part(match.end()), bool(match["done"]))


def _without_commands(words: Words) -> str:
    """The text without lines that are slash commands; what is written as code is none."""
    if "/" not in words.text:
        return words.text
    lines, start = [], 0
    for line in words.text.split("\n"):
        indent = len(line) - len(line.lstrip())
        is_code = any(a == start + indent for a, _ in words.code)
        if is_code or not _is_command(line.strip()):
            lines.append(line)
        start += len(line) + 1
    return "\n".join(lines)


def _is_command(line: str) -> bool:
    """Whether `line` is `/word`, or a word that bots listen to with more behind it; "/login returns 401" is work."""
    match = _COMMAND.match(line)
    return match is not None and (match.end(1) == len(line) or match[1].lower() in vocabulary.COMMANDS)


def _why_empty(words: Words) -> str:
    if words.text.strip():
        return "a slash command"
    return "struck through" if words.struck.strip() else "a placeholder without words"


def _first_line(words: Words) -> Words:
    """Where the reference ends the first line, what follows is a remark."""
    end = len(words.text) - len(words.text.lstrip())
    return words.part(0, words.text.find("\n", end))


def _without_remarks(words: Words) -> tuple[Words, tuple[str, ...], str]:
    """The title, the lines right below it that are none of it, and why the list below those is no work (or "").

    GitHub shows such lines on their own. Short ones may be a title that was wrapped, unless one has a label: "Why: …".
    """
    if "\n" not in words.text:
        return words, (), ""
    text = words.text.rstrip()
    if "\n" not in text.lstrip():
        return words, (), ""
    is_long = len(" ".join(text.split())) > LONGEST_TITLE
    end = text.find("\n", len(text) - len(text.lstrip()))
    while not is_long and end >= 0 and not (_is_label(words, end + 1) and not _UNFINISHED.search(text[:end][-20:])):
        end = text.find("\n", end + 1)
    if end < 0:
        return words, (), ""
    remarks = words.part(end + 1)
    note = remarks.with_addresses() if _without_commands(remarks) == remarks.text else _without_commands(remarks)
    last = text.rfind("\n") + 1
    return words.part(0, end), (" ".join(note.split()),) if note.strip() else (), _why_below(words.part(last))


def _is_label(words: Words, start: int) -> bool:
    """Whether the line at `start` begins like "Why: …", or is the name of a section in bold."""
    stop = words.text.find("\n", start)
    stop = stop if stop >= 0 else len(words.text)
    line = words.text[start:stop].strip()
    return bool(line) and (bool(_LABEL.match(line)) or bool(_why_below(words.part(start, stop))))


def _why_below(line: Words) -> str:
    """Why what stands below a line that only names a section ("**Acceptance**", "Examples:") is no work."""
    text = line.text.strip()
    if not (line.is_all_bold() or text.endswith(":")) or len(text) > LONGEST_LABEL:
        return ""
    said = simple(text)
    if said in vocabulary.PART_NAMES:
        return ""
    return vocabulary.LEFT_OUT_PHRASES.get(said) or vocabulary.LEFT_OUT_HEADINGS.get(said) or ""


def _what_it_is(words: Words) -> tuple[tuple[Reference, ...], str]:
    """The issues the item is, and the rest of its text; none if it only mentions them."""
    references = references_in(words)
    if not references:
        return (), words.text
    text, first, last = words.text, references[0], references[-1]
    before, after = text[: first.start], text[first.end :]
    gaps = [text[one.end : two.start] for one, two in pairwise(references)]
    if len(references) > 1 and all(_ONLY_SEPARATORS.fullmatch(gap) for gap in (before, *gaps, text[last.end :])):
        return references, ""
    lead = before.strip(" \t\n([*")
    if (not lead or (first.is_pull and simple(lead) in ("pr", "pull request"))) and not _ABOUT_IT.match(after):
        linked = text[first.start : first.end] if _is_link_text(words, first) else ""
        return (first,), f"{linked} {after.strip(_SEPARATORS + ')]')}".strip()
    if text[last.end :].strip(" \t\n.)]"):
        return (), text
    before = text[: last.start].rstrip()
    if before.endswith(("(", "[", "—", "–", "->", "→", ":")) or (before.endswith("-") and before[-2:-1].isspace()):
        if not _MENTION.search(before.rstrip("([—–->→: ")) or before.endswith(("(", "[")):
            return (last,), before.rstrip("([—–->→: ")
        return (), text
    if len(references) == 1 and not _MENTION.search(before) and not _is_link_text(words, last):
        return (last,), before
    return (), text


def _is_link_text(words: Words, reference: Reference) -> bool:
    """Whether the reference stands behind words of its own: `[the login page](address)`."""
    shown = words.text[reference.start : reference.end]
    return any(
        (a, b) == (reference.start, reference.end) for a, b, _ in words.links
    ) and f"#{reference.number}" not in (shown)


def _written(words: Words, reference: Reference) -> str:
    shown = words.text[reference.start : reference.end].strip()
    return f"{reference.repo}#{reference.number}" if "://" in shown or not shown else shown


def _why_nothing(words: Words, title: str) -> str:
    said = simple(title)
    if not said or said in vocabulary.PLACEHOLDERS or _PLACEHOLDER.fullmatch(said):
        return "a placeholder"
    if _TEMPLATE_SLOT.fullmatch(title):
        return "a placeholder"
    if f"{said} ".startswith(vocabulary.CONFIRMATIONS):
        return "a confirmation of an issue form, not work"
    return ""


def _left_out_label(words: Words, text: str, box: bool | None) -> str:
    """Why what stands below "Acceptance criteria:" is no work; empty if the item opens no such section."""
    stripped = text.strip()
    label, colon, behind = stripped.partition(":")
    if lead := words.lead():
        label, behind = lead, words.text[words.bold[0][1] :].strip(" \n:.–—-")
    elif colon and ":" not in stripped[:40]:
        label, behind = stripped, ""
    if len(label.split()) > 5:
        return ""
    section = classify(label)
    if section.kind is not Kind.LEFT_OUT:
        return ""
    said = simple(_ASIDE.split(label)[0])
    is_name = said in vocabulary.LEFT_OUT_PHRASES or said in vocabulary.LEFT_OUT_HEADINGS
    if box is not None:
        return section.why if is_name and said not in vocabulary.PART_NAMES and not behind else ""
    if behind and said in vocabulary.PART_NAMES:
        return section.why if words.links or all(map(_NAME.fullmatch, behind.split())) else ""
    return "" if said in vocabulary.LEFT_OUT_HEADINGS and is_imperative(behind) else section.why


def _is_short_noun(title: str) -> bool:
    words = simple(title).split()
    return 0 < len(words) <= 3 and words[0] not in vocabulary.IMPERATIVES
