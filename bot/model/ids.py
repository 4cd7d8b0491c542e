"""What things on GitHub are called: by number, never by name, so that a rename changes nothing."""

import re
from typing import Self

import msgspec

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class NotASha(ValueError):
    """A text that was given as a commit id is none."""


class Sha(str):
    """A full git object id: 40 (SHA-1) or 64 (SHA-256) lowercase hex digits.

    Short ids are refused: a prefix that was compared as if it were the whole id let a foreign head pass
    (lessons F6).
    """

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        if not _SHA.fullmatch(value):
            raise NotASha(f"{value!r} is not a full commit id; give all 40 (or 64) lowercase hex digits")
        return super().__new__(cls, value)


class Repo(msgspec.Struct, frozen=True, order=True):
    """A repository, by GitHub's numeric ids; its name is looked up when a URL is built and follows renames."""

    installation: int
    id: int


#: What concerns the App as a whole and no repository: redelivery of failed webhooks, timers.
APP = Repo(installation=0, id=0)


class IssueRef(msgspec.Struct, frozen=True, order=True):
    """An issue or a pull request: GitHub numbers both from one sequence in each repository."""

    repo: Repo
    number: int

    def __str__(self) -> str:
        return f"{self.repo.id}/{self.number}"


class Actor(msgspec.Struct, frozen=True):
    """Who did something. `kind` is GitHub's account type: `User`, `Bot`, `Organization` or `Mannequin`."""

    id: int
    login: str
    kind: str = "User"

    @property
    def is_human(self) -> bool:
        return self.kind == "User"


class AppIdentity(msgspec.Struct, frozen=True):
    """Who we are on GitHub: `GET /app` gives id and slug; our comments are written by `<slug>[bot]`.

    `performed_via_github_app` was null on recorded bot comments (github-api.md section 5), so it proves nothing.
    """

    app_id: int
    slug: str

    @property
    def login(self) -> str:
        return f"{self.slug}[bot]"

    def wrote(self, author: Actor) -> bool:
        """Whether `author` is our own bot account. Nobody else can own a login that ends with `[bot]`."""
        return author.kind == "Bot" and author.login == self.login
