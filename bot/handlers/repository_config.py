"""Says in a check what is wrong with a changed `.github/interlock.yml`, before it is merged and when it was."""

from typing import Literal

import msgspec

from bot.messages.repository_config import render_annotation, render_proposed, render_pushed, render_title
from bot.model.config import CONFIG_FILE, Adopted, Config
from bot.model.decision import Decision
from bot.model.events import Event
from bot.model.facts import File
from bot.model.ids import Repo, Sha
from bot.model.markers import digest
from bot.model.writes import MOST_ANNOTATIONS, Annotation, CreateCheckRun
from bot.policy.repository_config import read_file, said
from bot.ports import NotYet, Read

ON = frozenset(
    {
        ("pull_request", "opened"),
        ("pull_request", "reopened"),
        ("pull_request", "synchronize"),
        ("pull_request", "edited"),
        ("push", ""),
    }
)
WHILE_HELD = True


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The file at `head`, and as it was: in each of the commits it is compared with.

    `head` is None, and `why` says it, where there is nothing to look at. `adopted` is what is followed now.
    """

    where: Literal["pull", "push"]
    head: Sha | None = None
    why: str = ""
    file: File | None = None
    before: tuple[File | None, ...] = ()
    adopted: Adopted | None = None


async def gather(event: Event, read: Read) -> Facts:
    return await (_gather_push(event, read) if event.name == "push" else _gather_pull(event, read))


async def _gather_pull(event: Event, read: Read) -> Facts:
    """A pull request has changed the file if it differs from the base branch and from where it left that branch."""
    pull = await read.github.pull(event.subject)
    if pull is None or not pull.is_open:
        return Facts(where="pull", why="The pull request is not open.")
    file = await read.github.file(event.repo, CONFIG_FILE, pull.head)
    current = await read.github.file(event.repo, CONFIG_FILE, f"refs/heads/{pull.base_ref}")
    if file == current:
        return Facts(where="pull", head=pull.head, file=file, before=(current,))
    await _be_sure(event.repo, pull.head, file, read)
    left = await read.github.merge_base(event.repo, pull.base_ref, pull.head)
    at_left = await read.github.file(event.repo, CONFIG_FILE, left) if left else None
    return Facts(where="pull", head=pull.head, file=file, before=(current, at_left))


async def _gather_push(event: Event, read: Read) -> Facts:
    repository = await read.github.repository(event.repo)
    if repository is None or event.head is None or event.ref != repository.default_branch:
        return Facts(where="push", why="Only the default branch counts.")
    file = await read.github.file(event.repo, CONFIG_FILE, event.head)
    before = await read.github.file(event.repo, CONFIG_FILE, event.before) if event.before else None
    if file != before:
        await _be_sure(event.repo, event.head, file, read)
    adopted = await read.store.adopted_config(event.repo)
    return Facts(where="push", head=event.head, file=file, before=(before,), adopted=adopted)


async def _be_sure(repo: Repo, head: Sha, file: File | None, read: Read) -> None:
    """A 404 says that the file is gone, or that GitHub has not yet agreed with itself on the commit (fault G7)."""
    if file is None and await read.github.tree(repo, head) is None:
        raise NotYet(f"GitHub does not know {head} everywhere yet")


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    if facts.head is None:
        return Decision(rule="nothing to check", why=facts.why)
    if facts.file in facts.before:
        return Decision(rule="unchanged", why=f"{CONFIG_FILE} was not changed.")
    found, problems = read_file(facts.file)
    if facts.where == "push" and not problems and not any(read_file(one)[1] for one in facts.before):
        return Decision(rule="adopted", why=f"{CONFIG_FILE} is good, as it was before.")
    changed = said(found) if found else ()
    is_there = facts.file is not None
    if facts.where == "push":
        summary = render_pushed(problems, changed, facts.adopted)
    else:
        summary = render_proposed(problems, changed, is_there=is_there)
    title = render_title(problems, is_there=is_there)
    seen = digest("\n".join((title, *(f"{one.line}:{one.column}: {one}" for one in problems))))
    check = CreateCheckRun(
        key=f"config/{event.repo.id}/{facts.head}/{facts.where}/{seen}",  # a check belongs to a commit
        pull=event.subject,
        name=config.config_check_name,
        head=facts.head,
        conclusion="failure" if problems else "success",
        title=title,
        summary=summary,
        annotations=tuple(
            Annotation(path=CONFIG_FILE, line=one.line, column=one.column, message=render_annotation(one))
            for one in problems[:MOST_ANNOTATIONS]
        ),
        safety=bool(problems),
    )
    why = f"{CONFIG_FILE}: {title}." if problems else f"{title}."
    return Decision(rule="bad" if problems else "good", why=why, writes=(check,))
