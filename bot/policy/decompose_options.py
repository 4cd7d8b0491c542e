"""What stands behind `/decompose`: `preview`, `confirm`, `max=N`, `only="Heading"`, in any order."""

import re

import msgspec

from bot.policy.spelling import nearest

#: GitHub's limit of sub-issues for one parent (docs.github.com, "Adding sub-issues").
MOST_SUB_ISSUES = 100
_WORDS = ("preview", "confirm", "max=", "only=")
_KNOWN = '`preview`, `confirm`, `max=N` and `only="Heading"`'
_PART = re.compile(r"""(?P<name>[A-Za-z]+)=(?:"(?P<quoted>[^"]*)"|(?P<bare>\S*))|(?P<word>\S+)""")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """`most` is None where the repository's limit counts; `only` is empty where the whole epic is meant."""

    preview: bool = False
    confirm: bool = False
    most: int | None = None
    only: str = ""


def read_options(arguments: str) -> Options | str:
    """The options, or a sentence that says what is wrong and what would be right."""
    options: dict[str, bool | int | str] = {}
    for part in _PART.finditer(arguments):
        word, name = (part["word"] or "").lower(), (part["name"] or "").lower()
        value = part["quoted"] if part["quoted"] is not None else part["bare"] or ""
        if word in ("preview", "confirm"):
            options[word] = True
        elif name == "max":
            if not (value.isascii() and value.isdecimal() and 1 <= int(value) <= MOST_SUB_ISSUES):
                return f"`max=` takes a number from 1 to {MOST_SUB_ISSUES}, such as `max=30`."
            options["most"] = int(value)
        elif name == "only":
            if not value.strip():
                return '`only=` takes a heading of the description, such as `only="Phase 1"`.'
            options["only"] = value.strip()
        else:
            meant = nearest(word or f"{name}=", _WORDS)
            hint = f"Did you mean `{meant}`?" if meant else f"It takes {_KNOWN}."
            return f"`/decompose` knows no such option. {hint}"
    if options.get("preview") and options.get("confirm"):
        return "`preview` shows and `confirm` does: one of them."
    return msgspec.convert(options, Options)


def written(options: Options) -> str:
    """The command as a person would write it."""
    parts = ["/decompose"]
    if options.preview:
        parts.append("preview")
    if options.only:
        parts.append(f"only={options.only}" if '"' in options.only else f'only="{options.only}"')
    if options.most is not None:
        parts.append(f"max={options.most}")
    if options.confirm:
        parts.append("confirm")
    return " ".join(parts)
