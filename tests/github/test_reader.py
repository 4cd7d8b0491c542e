"""Every fact the reader tells, against the sandbox over real HTTP."""

from bot.github.reader import Reader
from tests.github.conftest import GitHub


async def test_smoke(github: GitHub, reader: Reader) -> None:
    print(await reader.identity(), await reader.repository(github.repo))
    i = github.actor("ada").open_issue("acme/railway", "T", "b", ["bug"])
    print(await reader.issue(github.ref(i)), await reader.parent(github.ref(i)))
    print(await reader.comments(github.ref(i)))
    print(await reader.find_repository("acme/railway"), github.repo)
    print(github.paths())
