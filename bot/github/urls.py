"""URLs, built only from checked parts.

gidgethub's `format_url` sends the token to whatever absolute URL, `///host` or `..` it is given (measured), so it is
not used.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlencode

from bot.github.errors import ForeignUrl

_FULL_NAME = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


class BadPart(ValueError):
    """What would become part of a URL cannot be one."""


def path(*segments: str | int) -> str:
    """`/a/b/5`: every segment escaped, slashes in it too. Raises BadPart for an empty one, `.` and `..`."""
    for segment in segments:
        if segment in ("", ".", ".."):
            raise BadPart(f"{segment!r} cannot be part of a path")
    return "".join(f"/{quote(str(segment), safe='')}" for segment in segments)


def repository_path(full_name: str) -> str:
    """`/repos/owner/name`. Raises BadPart for anything that is not exactly an owner and a name."""
    if not _FULL_NAME.fullmatch(full_name):
        raise BadPart(f"{full_name!r} is not the name of a repository (owner/name)")
    return path("repos", *full_name.split("/"))


class Origin:
    """The one place that is ever called: everything below `api_url` (a path in it, as on GHES, counts too)."""

    def __init__(self, api_url: str) -> None:
        self._base = api_url.rstrip("/")

    def url(self, at: str, query: Mapping[str, str | int] | None = None) -> str:
        """The absolute URL of `at`, a result of `path`."""
        return self.checked(f"{self._base}{at}{'?' + urlencode(query) if query else ''}")

    def checked(self, url: str) -> str:
        """`url` itself if it lies below the origin. Raises ForeignUrl."""
        below = url.removeprefix(self._base)
        steps = unquote(below.partition("?")[0]).split("/")
        if below == url or not below.startswith("/") or ".." in steps or "\\" in below or "#" in below:
            raise ForeignUrl(f"{url!r} is not below {self._base}")
        return url
