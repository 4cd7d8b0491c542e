"""References to issues in plain text and links: `#12`, `GH-12`, `owner/repo#12`, the address of an issue.

The forms are GitHub's: https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
"""

import re
from collections.abc import Iterator

import msgspec

from bot.policy.epic.words import Words

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[\w.-]{1,100}"
_REFERENCE = re.compile(
    rf"""(?<![\w/#&.@-])(?:
        https?://(?P<host>[^/\s<>()]{{1,253}})/(?P<url_repo>{_NAME})/(?P<what>issues|pull|pulls)/(?P<url_number>[1-9]\d{{0,9}})
            (?:/(?:files|commits|checks)\b)?(?:\?[\w=&%.-]*)?(?:\#[\w-]+)?
        | (?P<repo>{_NAME})?\#(?P<number>[1-9]\d{{0,9}})
        | [Gg][Hh]-(?P<gh>[1-9]\d{{0,9}})
    )(?![\w#]|[/-]\w)""",
    re.VERBOSE,
)
#: Hosts of other forges, whose addresses look like GitHub's.
_FOREIGN = ("gitlab", "bitbucket", "codeberg", "gitea", "forgejo")
_PULL_BEFORE = re.compile(r"(?:\bPRs?|\bpull[ -]requests?|\bMRs?)[\s:(]*$", re.IGNORECASE)


class Reference(msgspec.Struct, frozen=True):
    """An issue or pull request that a text names, at `[start, end)` of it.

    `repo` is `owner/name` as written, empty for this repository. `is_pull` only where the text itself says so.
    """

    repo: str
    number: int
    is_pull: bool
    start: int
    end: int

    def full_name(self, ours: str) -> str:
        """`owner/name`; GitHub's names ignore case, so this repository keeps the spelling of `ours`."""
        return ours if not self.repo or self.repo.lower() == ours.lower() else self.repo

    def name(self, ours: str) -> str:
        """`owner/name#number`."""
        return f"{self.full_name(ours)}#{self.number}"

    def is_of_owner(self, ours: str) -> bool:
        """Whether it belongs to the owner of `ours`: sub-issues do not cross owners."""
        return self.full_name(ours).split("/", maxsplit=1)[0].lower() == ours.split("/", maxsplit=1)[0].lower()


def references_in(words: Words) -> tuple[Reference, ...]:
    """Every reference of `words`, in order: in running text and behind links, not in code."""
    found = list(_linked(words))
    covered = [(one.start, one.end) for one in found] + list(words.code)
    for match in _REFERENCE.finditer(words.text):
        if not any(start < match.end() and match.start() < end for start, end in covered):
            reference = _reference(match, match.start(), match.end(), words.text)
            if reference is not None:
                found.append(reference)
    return tuple(sorted(found, key=lambda one: one.start))


def _linked(words: Words) -> Iterator[Reference]:
    for start, end, address in words.links:
        match = _REFERENCE.fullmatch(address)
        reference = _reference(match, start, end, words.text) if match else None
        if reference is not None:
            yield reference


def _reference(match: re.Match[str], start: int, end: int, text: str) -> Reference | None:
    if match["host"] and any(name in match["host"].lower() for name in _FOREIGN):
        return None
    if match["what"]:
        is_pull = match["what"].startswith("pull")
    else:
        is_pull = bool(_PULL_BEFORE.search(text[max(0, start - 20) : start]))
    number = match["number"] or match["url_number"] or match["gh"]
    return Reference(match["repo"] or match["url_repo"] or "", int(number), is_pull, start, end)
