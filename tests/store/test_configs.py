"""The last good configuration of each repository."""

from bot.model.config import Adopted
from bot.model.ids import Repo
from bot.store import configs
from bot.store.database import Database
from bot.store.reader import StoreFacts
from tests.store.given import LATER, NOW, REPO


async def test_what_was_adopted_is_kept_with_the_moment_it_was(db: Database) -> None:
    read = StoreFacts(db)
    assert await read.adopted_config(REPO) is None
    await db.write(configs.adopt, REPO, "labels: {epic: größer}", NOW)
    await db.write(configs.adopt, REPO, "labels: {epic: größer}", LATER)
    assert await read.adopted_config(REPO) == Adopted(body="labels: {epic: größer}", at=NOW), "the same is no change"
    await db.write(configs.adopt, REPO, "", LATER)
    assert await read.adopted_config(REPO) == Adopted(body="", at=LATER)
    assert await read.adopted_config(Repo(REPO.installation, REPO.id + 1)) is None
