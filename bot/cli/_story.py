"""The story of the demo: people and agents act in the sandbox, and every step says what must come of it."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import aiohttp
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from bot import bootstrap
from bot.cli.attest import TIMEOUT, attest_worktree
from bot.model.ids import IssueRef, Repo
from bot.model.plan import Plan
from bot.sandbox.clone import Clone
from bot.sandbox.server import Sandbox
from bot.sandbox.state import CheckRun, Issue, PullRequest
from bot.settings import VARIABLES, read_settings
from bot.store import plans, tokens, views
from bot.store.database import Database
from bot.web.server import Address, serving

REPO = "acme/railway"
CHECK = "interlock/provenance"
#: What a step must come to within this many seconds; it takes one or two.
PATIENCE = 20.0
SHORTENED = {"INTERLOCK_WRITE_INTERVAL": "0.05", "INTERLOCK_RETRY_BASE": "0.2", "PORT": "0"}
EPIC = """A second line to the harbour.

- [ ] survey the ground
- [ ] lay the track
- [x] ask the neighbours
- [ ] set the signals
- [ ] train the drivers
- [ ] build the interlocking
- [ ] run the first train
"""


class Told(Exception):
    """A step did not end as told; the message says which and what was seen."""


class Story:
    """The sandbox, the bot beside it, and what has been told so far."""

    def __init__(
        self, folder: Path, console: Console, github: Sandbox, patience: float, changes: dict[str, str]
    ) -> None:
        self.folder, self.console, self.github, self.patience = folder, console, github, patience
        self.begun = time.monotonic()
        self._environment = {
            **SHORTENED,
            "DATABASE_URL": f"sqlite:///{folder / 'interlock.db'}",
            "GITHUB_APP_ID": str(github.world.app.id),
            "GITHUB_PRIVATE_KEY": github.world.app.private_key,
            "GITHUB_WEBHOOK_SECRET": github.world.app.webhook_secret,
            "GITHUB_API_URL": github.url,
            **changes,
        }
        self._bot = AsyncExitStack()
        self.database: Database
        self.address: Address
        self.token = ""
        self.children: list[Issue] = []

    @classmethod
    @asynccontextmanager
    async def begin(
        cls, folder: Path, console: Console, *, patience: float = PATIENCE, **environment: str
    ) -> AsyncIterator[Self]:
        """Everything runs while the block lasts. `environment` changes the bot's; `patience` as `PATIENCE`."""
        async with Sandbox.start(folder / "github") as github:
            story = cls(folder, console, github, patience, environment)
            story.tell(f"A GitHub of its own listens on {github.url}, with the repository {REPO} in real git.")
            await story.start()
            story.tell(f"Interlock listens on {story.address.url} and works on SQLite in {folder}.")
            try:
                yield story
            finally:
                await story.stop()

    async def start(self) -> None:
        """Server and worker, as `interlock serve --with-worker` starts them."""
        settings = read_settings(self._environment)
        self.database = await self._bot.enter_async_context(bootstrap.open_database(settings.database_url))
        application = bootstrap.web_application(settings, self.database)
        self.address = await self._bot.enter_async_context(serving(application, settings.host, settings.port))
        worker = await self._bot.enter_async_context(bootstrap.open_worker(settings, self.database))
        stopping = asyncio.Event()
        working = asyncio.create_task(worker.run(stopping))
        self._bot.push_async_callback(lambda: working)
        self._bot.callback(stopping.set)
        self.github.world.webhooks.url = f"{self.address.url}/webhook"

    async def stop(self) -> None:
        await self._bot.aclose()

    async def clarification(self) -> None:
        self.chapter("One question, and whose turn it is")
        rene = self.github.actor("rene")
        issue = rene.open_issue(REPO, "The signal at the harbour fails")
        self.tell(f"rene opens #{issue.number} without a word of description.")
        await self.expect(
            "it gets the label needs-clarification and one question",
            lambda: self._labels(issue) == {"needs-clarification"} and len(self._ours(issue)) == 1,
        )
        self.github.actor("robo[bot]").comment(issue, "Beep. I have labelled this issue as interesting.")
        self.tell("Another bot comments; and GitHub echoes our own question back to us, as it always does.")
        await self.at_rest()
        await self.expect(
            "neither is an answer: still one question, still waiting",
            lambda: self._labels(issue) == {"needs-clarification"} and len(self._ours(issue)) == 1,
        )
        await self.stop()
        rene.comment(issue, "It stays red after the train has passed; track 3, since Tuesday.")
        await self.github.settle()
        self.tell("rene answers while the server is down. GitHub will never deliver that by itself.")
        await self.start()
        await self.expect(
            "back again it asks for the lost delivery; the second and last round asks only for what is still missing",
            lambda: len(self._ours(issue)) == 2 and self._asks_for(issue) == ["to happen", "version"],
        )
        rene.comment(issue, "`signal --test` on version 2.1 under Linux: it should turn green, and stays red.")
        self.tell("rene says the rest.")
        await self.expect(
            "the label goes, and nothing more is asked",
            lambda: self._labels(issue) == set() and len(self._ours(issue)) == 2,
        )
        will = self.github.actor("will")
        will.comment(issue, "/hold until the inspection")
        will.comment(issue, "/plan")
        await self.at_rest()
        await self.expect("will holds the issue: /plan is refused with the reason", lambda: self._is_held(issue))
        will.comment(issue, "/unhold")
        await self.at_rest()
        rene.comment(issue, "/plan")
        await self.expect(
            "rene may only read: /plan is refused, and says who may",
            lambda: "people with write access" in self._ours(issue)[-1],
        )
        said = rene.comment(issue, "/paln")
        await self.at_rest()
        rene.edit_comment(said, "/hlep")
        await self.expect(
            "a slip of the pen gets one answer, which follows when it is mended",
            lambda: "`/help`" in self._ours(issue)[-1] and not any("`/paln`" in body for body in self._ours(issue)),
        )

    async def decomposition(self) -> None:
        self.chapter("An epic becomes sub-issues, once")
        ada, tria = self.github.actor("ada"), self.github.actor("tria")
        epic = ada.open_issue(REPO, "Harbour line", EPIC)
        self.tell(f"ada writes the epic #{epic.number} with six open tasks; tria comments /decompose preview.")
        tria.comment(epic, "/decompose preview")
        await self.expect(
            "the plan is shown with its reasons, and nothing is created",
            lambda: not epic.children and any("would come of this epic" in body for body in self._ours(epic)),
        )
        self.tell("It is right; tria comments /decompose.")
        tria.comment(epic, "/decompose")
        await self.expect(
            "six linked sub-issues and one summary that names them",
            lambda: len(epic.children) == 6 and self._summaries(epic) == 1,
        )
        self.github.world.webhooks.copies = 3
        tria.label(epic, self._known_label("epic"))
        tria.comment(epic, "/decompose")
        self.tell("tria sets the label epic, comments once more, and GitHub delivers everything three times.")
        await self.at_rest()
        self.github.world.webhooks.copies = 1
        await self.expect(
            "still six, still one summary", lambda: len(epic.children) == 6 and self._summaries(epic) == 1
        )
        self.children = list(epic.children)
        await self._second_thoughts(epic)

    async def _second_thoughts(self, epic: Issue) -> None:
        ada, tria = self.github.actor("ada"), self.github.actor("tria")
        ada.edit_issue(epic, body=f"{EPIC}- [ ] hire an orchestra\n")
        tria.comment(epic, "/decompose")
        self.tell("ada adds an item, tria decomposes again, and the first piece of work is done.")
        await self.at_rest()
        ada.close(self.children[0])
        await self.expect(
            "a seventh sub-issue; the same summary has it, and says that one of seven is done",
            lambda: len(epic.children) == 7 and self._summaries(epic) == 1 and self._summary_says(epic, "1 of 7"),
        )
        tria.comment(epic, "/undo 2")
        await self.expect(
            "tria takes the second run back: only its untouched sub-issue is closed, as not planned",
            lambda: [one.title for one in epic.children if one.state_reason == "not_planned"] == ["hire an orchestra"],
        )
        ada.reopen(self.children[0])
        await self.expect("reopened work counts as open again", lambda: self._summary_says(epic, "0 of 6"))

    async def provenance(self) -> None:
        self.chapter("Two worktrees, one mixed-up branch")
        will = self.github.actor("will")
        for child in self.children:
            will.comment(child, "/plan")
            await self.at_rest()
        await self.expect("every sub-issue is planned: P1 to P6", lambda: all(map(self._ours, self.children)))
        fifth, sixth = [await self._plan_of(child) for child in self.children[4:6]]
        self.tell(f"Two agents work at the same time: P{fifth.id} and P{sixth.id}, each in a clone of its own.")
        self.token = await self.database.write(tokens.create, "demo agents", None, datetime.now(UTC))
        five, six = await self._clone(fifth), await self._clone(sixth)
        head_5 = await five.commit({"interlocking.txt": "points before signals\n"})
        head_6 = await six.commit({"timetable.txt": "06:00 harbour\n"})
        await five.push(sixth.branch)
        await self._attest(five)
        await self._attest(six)
        self.tell(f"By mistake P{fifth.id}'s commit is pushed to P{sixth.id}'s branch. The diff looks plausible.")
        pull = await will.open_pull(REPO, sixth.branch, "Run the first train")
        await self.expect(
            f"the check fails and names both plans and both commits ({head_5[:12]}… and {head_6[:12]}…)",
            lambda: self._says(pull, "failure", head_5, head_6, f"P{fifth.id}", f"P{sixth.id}"),
        )
        await six.push(force=True)
        self.tell(f"P{sixth.id}'s own commit replaces it.")
        await self.expect(
            "the check passes: this head is the head that was planned", lambda: self._says(pull, "success")
        )

    # What is told, and what is seen

    def chapter(self, title: str) -> None:
        self.console.print(f"\n[bold]{title}[/]")

    def tell(self, what: str) -> None:
        self.console.print(f"  {what}", highlight=False)

    async def expect(self, what: str, seen: Callable[[], bool]) -> None:
        """Waits until `seen` is true. Raises Told if it does not become true in time."""
        ends = time.monotonic() + self.patience
        with self.console.status(f"waiting: {what}"):
            while not seen():
                if time.monotonic() > ends:
                    raise Told(f"expected that {what}, and did not see it within {self.patience:g} s")
                await asyncio.sleep(0.02)
        self.console.print(f"  [green]✓[/] {what}", highlight=False)

    async def at_rest(self) -> None:
        """Until everything is delivered, decided and written."""
        ends = time.monotonic() + self.patience
        while time.monotonic() < ends:
            await self.github.settle()
            health = await self.database.read(views.health)
            if not (health.unread or health.unfinished or await self.database.read(_waits)):
                return
            await asyncio.sleep(0.05)
        raise Told("the work did not come to rest")

    async def summary(self) -> Table:
        """What was delivered, decided and written, counted."""
        await self.at_rest()
        decided = Counter(f"{row.handler}: {row.rule}" for row in await self.database.read(views.list_decisions, 9999))
        written = Counter(f"{row.kind} {row.state}" for row in await self.database.read(views.list_writes, 9999))
        log = self.github.world.webhooks.log
        delivered = Counter(f"{one.event} {one.action or ''}".strip() for one in log if not one.redelivery)
        delivered["(redelivered after the outage)"] = sum(one.redelivery for one in log)
        table = Table("delivered", "decided", "written", title="What happened", title_justify="left")
        table.add_row(
            *(
                "\n".join(f"{count:3} {what}" for what, count in sorted(kind.items()))
                for kind in (delivered, decided, written)
            )
        )
        pace, real_pace = SHORTENED["INTERLOCK_WRITE_INTERVAL"], VARIABLES["write_interval"].default
        table.caption = (
            f"{len(self.github.faults.mutations())} requests changed GitHub, each through the one guard, paced to one "
            f"in {pace} s here, in {real_pace} s in production; "
            f"{time.monotonic() - self.begun:.0f} s in all"
        )
        return table

    def addresses(self) -> str:
        """Where everything can be looked at with --keep."""
        people = "\n".join(f"  {login:<12} {self.github.actor(login).token}" for login in ("ada", "will", "rene"))
        return (
            f"\nGitHub      {self.github.url}\nrepository  {self.github.url}/{REPO}.git\n"
            f"server      {self.address.url}/healthz\nstore       DATABASE_URL=sqlite:///{self.folder / 'interlock.db'}"
            f"\ntokens for REST and git:\n{people}\nStop with Ctrl-C."
        )

    def _labels(self, issue: Issue) -> set[str]:
        return {label.name for label in issue.labels}

    def _ours(self, issue: Issue) -> list[str]:
        return [comment.body for comment in issue.comments if comment.author is self.github.world.app.bot]

    def _asks_for(self, issue: Issue) -> list[str]:
        """Which of the questions a bug report may be asked stand in our newest comment."""
        newest = self._ours(issue)[-1]
        known = ("What is this about", "step by step", "exactly happens", "to happen", "version")
        return [words for words in known if words in newest]

    def _is_held(self, issue: Issue) -> bool:
        return any("until the inspection" in body and "/unhold" in body for body in self._ours(issue)[-1:])

    def _summaries(self, issue: Issue) -> int:
        return sum("has been decomposed" in body for body in self._ours(issue))

    def _summary_says(self, issue: Issue, what: str) -> bool:
        return any("has been decomposed" in body and what in body for body in self._ours(issue))

    def _known_label(self, name: str) -> str:
        """Makes sure the repository has the label: somebody with the triage role cannot make one."""
        issue = self.github.actor("ada").open_issue(REPO, "Labels", "One of each.", labels=[name])
        self.github.actor("ada").close(issue)
        return name

    def _says(self, pull: PullRequest, conclusion: str, *named: str) -> bool:
        """Whether the newest check on the head has this conclusion and names all of `named`."""
        runs: list[CheckRun] = [
            run
            for run in self.github.world.repository(REPO).check_runs.values()
            if run.name == CHECK and run.head_sha == pull.head_sha
        ]
        newest = max(runs, key=lambda run: run.id, default=None)
        return (
            newest is not None
            and newest.conclusion == conclusion
            and all(name in newest.output["summary"] for name in named)
        )

    # Agents

    async def _plan_of(self, issue: Issue) -> Plan:
        (installation,) = self.github.world.installations
        subject = IssueRef(Repo(installation, issue.repository.id), issue.number)
        found = await self.database.read(plans.plan_of_issue, subject)
        if found is None:
            raise Told(f"#{issue.number} has no plan")
        return found

    async def _clone(self, plan: Plan) -> Clone:
        folder = self.folder / f"P{plan.id}"
        return await Clone.of(self.github, REPO, folder, branch=plan.branch, at=plan.base, by="will")

    async def _attest(self, clone: Clone) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with aiohttp.ClientSession(headers=headers, timeout=TIMEOUT) as session:
            await attest_worktree(session, self.address.url, None, clone.folder)


def _waits(conn: Connection) -> bool:
    """Whether a write is on its way."""
    return bool(views.list_writes(conn, 1, states=("waiting", "sent", "held", "failed", "unknown")))
