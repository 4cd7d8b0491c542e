"""Nothing but checked parts becomes a URL, and no token leaves the one origin."""

import pytest

from bot.github.errors import ForeignUrl
from bot.github.urls import BadPart, Origin, path, repository_path

HERE = Origin("https://ghes.example/api/v3/")


def test_segments_are_escaped() -> None:
    assert path("issues", 5, "labels", "a/b?c#d e%") == "/issues/5/labels/a%2Fb%3Fc%23d%20e%25"


@pytest.mark.parametrize("segment", ["", ".", ".."])
def test_a_segment_that_would_change_the_path_is_refused(segment: str) -> None:
    with pytest.raises(BadPart):
        path("repos", segment, "x")


@pytest.mark.parametrize("name", ["acme", "acme/", "/x", "a/b/c", "../x", "acme/..", "a b/c", "a/b?c", "a/b\n", "é/x"])
def test_what_is_not_owner_and_name_is_refused(name: str) -> None:
    with pytest.raises(BadPart):
        repository_path(name)


def test_urls_lie_below_the_origin_and_its_path() -> None:
    url = HERE.url(path("app"), {"per_page": 100, "head": "acme:a&b=c"})
    assert url == "https://ghes.example/api/v3/app?per_page=100&head=acme%3Aa%26b%3Dc"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/api/v3/app",
        "https://ghes.example.evil.example/api/v3/app",
        "https://ghes.example@evil.example/api/v3/app",
        "https://ghes.example/api/v3@evil.example/app",
        "http://ghes.example/api/v3/app",
        "https://ghes.example:444/api/v3/app",
        "https://ghes.example/api/v3evil/app",
        "https://ghes.example/app",
        "https://ghes.example/api/v3/../../app",
        "https://ghes.example/api/v3/%2e%2e/app",
        "https://ghes.example/api/v3/..%2Fapp",
        "https://ghes.example/api/v3/\\evil.example",
        "https://ghes.example/api/v3",
        "//evil.example/app",
        "/app",
        "",
    ],
)
def test_what_is_not_below_the_origin_is_refused(url: str) -> None:
    with pytest.raises(ForeignUrl):
        HERE.checked(url)
