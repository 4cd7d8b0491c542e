"""Only the commit of the planned worktree passes; every other head is refused with both sides named."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.model.ids import IssueRef, Repo
from bot.model.plan import Plan
from bot.sandbox.state import CheckRun, Issue, PullRequest
from bot.store import plans, tokens
from bot.store.schema import plans as plan_rows
from tests.harness.house import REPO, House
from tests.harness.story import WORK
from tests.harness.worktree import Worktree

CHECK = "interlock/provenance"


class Site:
    """Plans, worktrees and pull requests of one repository."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.folder = house, folder
        self.token = ""

    async def plan(self, title: str = "Some work") -> Plan:
        issue = self.house.sandbox.actor("ada").open_issue(REPO, title, "Do it well.")
        self.house.sandbox.actor("will").comment(issue, "/plan")
        await self.house.works()
        return await self.plan_of(issue)

    async def plan_of(self, issue: Issue) -> Plan:
        (installation,) = self.house.sandbox.world.installations
        found = await self.house.database.read(
            plans.plan_of_issue, IssueRef(Repo(installation, issue.repository.id), issue.number)
        )
        assert found is not None
        return found

    async def worktree(self, plan: Plan) -> Worktree:
        return await Worktree.planned(self.house.sandbox, plan, self.folder / f"P{plan.id}")

    async def attest(self, worktree: Worktree, plan: Plan | None = None) -> None:
        if not self.token:
            self.token = await self.house.database.write(tokens.create, "agents", None, datetime.now(UTC))
        await worktree.attest(self.house.address.url, self.token, plan.id if plan else None)
        await self.house.works()

    async def pull(self, branch: str, title: str = "The work", **how: str) -> PullRequest:
        pull = await self.house.sandbox.actor("will").open_pull(REPO, branch, title, **how)
        await self.house.works()
        return pull

    def check(self, pull: PullRequest) -> CheckRun:
        """The newest run of our check on the pull request's head: what GitHub shows."""
        runs = [
            run
            for run in self.house.sandbox.world.repository(REPO).check_runs.values()
            if run.name == CHECK and run.head_sha == pull.head_sha
        ]
        return max(runs, key=lambda run: run.id)

    def verdict(self, pull: PullRequest) -> tuple[str, str]:
        run = self.check(pull)
        name = run.output["summary"].split("**")[1]
        return run.conclusion or "", name


@pytest.fixture
def site(house: House, tmp_path: Path) -> Site:
    return Site(house, tmp_path / "worktrees")


async def test_a_plan_is_a_branch_and_a_commit_that_github_named(site: Site) -> None:
    plan = await site.plan("Signals: make them GREEN")
    tip = (await site.house.sandbox.git.refs(plan.issue.repo.id))["refs/heads/main"]
    assert (plan.id, plan.base, plan.base_branch) == (1, tip, "main")
    assert plan.branch == "interlock/1-signals-make-them-green"
    issue = site.house.sandbox.world.repository(REPO).issues[plan.issue.number]
    (comment,) = site.house.comments(issue)
    assert plan.branch in comment.body
    assert plan.base in comment.body


async def test_planning_again_names_the_same_plan(site: Site) -> None:
    plan = await site.plan()
    issue = site.house.sandbox.world.repository(REPO).issues[plan.issue.number]
    site.house.sandbox.actor("will").comment(issue, "/plan")
    await site.house.works()
    assert "P1" in site.house.comments(issue)[-1].body
    assert len(site.house.comments(issue)) == 2
    assert await site.house.database.read(lambda conn: len(conn.execute(select(plan_rows)).all())) == 1


async def test_only_writers_plan(site: Site) -> None:
    issue = site.house.sandbox.actor("ada").open_issue(REPO, "Paint the station", WORK)
    site.house.sandbox.actor("tria").comment(issue, "/plan")
    await site.house.works()
    assert "write access" in site.house.comments(issue)[0].body


@pytest.mark.parametrize("evidence_first", [True, False])
async def test_the_attested_head_passes_whichever_came_first(site: Site, evidence_first: bool) -> None:
    plan = await site.plan()
    worktree = await site.worktree(plan)
    await worktree.commit({"work.txt": "done"})
    await worktree.push()
    if evidence_first:
        await site.attest(worktree)
        pull = await site.pull(plan.branch)
    else:
        pull = await site.pull(plan.branch)
        assert site.verdict(pull) == ("action_required", "evidence_missing")
        await site.attest(worktree)
    assert site.verdict(pull) == ("success", "match")


async def test_the_original_failure_p5s_diff_offered_as_p6(site: Site) -> None:
    first, second = await site.plan("One"), await site.plan("Two")
    worktree = await site.worktree(first)
    head = await worktree.commit({"work.txt": "plausible"})
    await worktree.push()
    await worktree.push(second.branch)  # the mix-up
    await site.attest(worktree)
    own = await site.worktree(second)
    own_head = await own.commit({"other.txt": "the real work"})
    await site.attest(own)
    pull = await site.pull(second.branch)
    assert site.verdict(pull) == ("failure", "wrong_plan")
    summary = site.check(pull).output["summary"]
    for named in (head, own_head, "P1", "P2"):
        assert named in summary
    await own.push(force=True)  # put right
    await site.house.works()
    assert site.verdict(pull) == ("success", "match")


async def test_another_head_fails_and_names_both_commits(site: Site) -> None:
    plan = await site.plan()
    worktree = await site.worktree(plan)
    attested = await worktree.commit({"work.txt": "done"})
    await site.attest(worktree)
    pushed = await worktree.commit({"work.txt": "changed after it was attested"})
    await worktree.push()
    pull = await site.pull(plan.branch)
    assert site.verdict(pull) == ("failure", "diverged")
    summary = site.check(pull).output["summary"]
    assert attested in summary
    assert pushed in summary


async def test_a_push_after_success_is_a_new_head_without_a_verdict_of_the_old(site: Site) -> None:
    plan = await site.plan()
    worktree = await site.worktree(plan)
    await worktree.commit({"work.txt": "done"})
    await worktree.push()
    await site.attest(worktree)
    pull = await site.pull(plan.branch)
    assert site.verdict(pull) == ("success", "match")
    await worktree.commit({"work.txt": "more"})
    await worktree.push()
    await site.house.works()
    assert site.verdict(pull) == ("failure", "diverged")


async def test_a_dirty_worktree_is_no_evidence(site: Site) -> None:
    plan = await site.plan()
    worktree = await site.worktree(plan)
    await worktree.commit({"work.txt": "done"})
    await worktree.push()
    (worktree.folder / "forgotten.txt").write_text("not committed")
    await site.attest(worktree)
    pull = await site.pull(plan.branch)
    assert site.verdict(pull) == ("action_required", "evidence_missing")
    (worktree.folder / "forgotten.txt").unlink()
    await site.attest(worktree)
    assert site.verdict(pull) == ("success", "match")


@pytest.mark.parametrize("same", ["commit", "tree"])
async def test_a_later_collision_takes_an_earlier_success_back(site: Site, same: str) -> None:
    first, second = await site.plan("One"), await site.plan("Two")
    worktree = await site.worktree(first)
    await worktree.commit({"work.txt": "done"})
    await worktree.push()
    await site.attest(worktree)
    pull = await site.pull(first.branch)
    assert site.verdict(pull) == ("success", "match")
    if same == "commit":
        await site.attest(worktree, second)
    else:
        other = await site.worktree(second)
        await other.commit({"work.txt": "done"})  # the same content, another commit
        await other.git("commit", "--quiet", "--amend", "--message", "mine")
        await site.attest(other)
    assert site.verdict(pull) == ("failure", "ambiguous")
    assert "P2" in site.check(pull).output["summary"]


async def test_an_unplanned_pull_request_is_neutral_until_a_plan_claims_its_commit(site: Site) -> None:
    plan = await site.plan()
    worktree = await site.worktree(plan)
    await worktree.commit({"work.txt": "done"})
    await worktree.push("my-own-branch")
    pull = await site.pull("my-own-branch")
    assert site.verdict(pull) == ("neutral", "unplanned")
    await site.attest(worktree)
    assert site.verdict(pull) == ("failure", "wrong_plan")


async def test_an_unplanned_pull_request_with_the_tree_of_a_plan_fails(site: Site) -> None:
    plan = await site.plan()
    worktree = await site.worktree(plan)
    await worktree.commit({"work.txt": "done"})
    await worktree.git("commit", "--quiet", "--amend", "--message", "disguised")
    await worktree.push("my-own-branch")
    pull = await site.pull("my-own-branch")
    assert site.verdict(pull) == ("neutral", "unplanned")
    await worktree.git("commit", "--quiet", "--amend", "--message", "as it was made")
    await site.attest(worktree)
    assert site.verdict(pull) == ("failure", "wrong_plan")


async def test_another_base_than_planned_fails(site: Site) -> None:
    plan = await site.plan()
    worktree = await site.worktree(plan)
    await worktree.push("release")
    await worktree.commit({"work.txt": "done"})
    await worktree.push()
    await site.attest(worktree)
    pull = await site.pull(plan.branch)
    assert site.verdict(pull) == ("success", "match")
    await site.house.sandbox.actor("will").retarget_pull(pull, "release")
    await site.house.works()
    assert site.verdict(pull) == ("failure", "base_moved_away")


async def test_a_requested_check_is_judged_and_posted_again(site: Site) -> None:
    plan = await site.plan()
    worktree = await site.worktree(plan)
    await worktree.commit({"work.txt": "done"})
    await worktree.push()
    await site.attest(worktree)
    pull = await site.pull(plan.branch)
    before = site.check(pull)
    site.house.sandbox.actor("will").rerequest_check(REPO, before)
    await site.house.works()
    after = site.check(pull)
    assert after.id > before.id
    assert after.conclusion == "success"


async def test_a_fork_with_a_planned_branch_name_owns_no_plan(site: Site) -> None:
    plan = await site.plan()
    worktree = await site.worktree(plan)
    await worktree.commit({"work.txt": "done"})
    await worktree.push()
    fork = await site.house.sandbox.actor("rene").fork(REPO)
    pull = await site.house.sandbox.actor("rene").open_pull(REPO, plan.branch, "From a fork", fork=fork)
    await site.house.works()
    assert site.verdict(pull) == ("neutral", "unplanned")


async def test_two_pull_requests_on_one_commit_share_the_worst_verdict_until_one_is_closed(site: Site) -> None:
    plan = await site.plan()
    worktree = await site.worktree(plan)
    await worktree.commit({"work.txt": "done"})
    await worktree.push()
    await site.attest(worktree)
    pull = await site.pull(plan.branch)
    assert site.verdict(pull) == ("success", "match")
    await worktree.push("copy")
    copy = await site.pull("copy")
    assert site.verdict(pull) == ("failure", "wrong_plan")
    site.house.sandbox.actor("will").close(copy.issue)
    await site.house.works()
    assert site.verdict(pull) == ("success", "match")


async def test_a_failing_verdict_uses_the_reserve_and_a_success_waits(site: Site) -> None:
    """Lessons F73: a ceiling never swallows a failing verdict."""
    plan = await site.plan()
    worktree = await site.worktree(plan)
    await worktree.commit({"work.txt": "done"})
    await worktree.push()
    await site.house.restart(INTERLOCK_CEILINGS="checks=0")
    pull = await site.pull(plan.branch)
    assert site.verdict(pull) == ("action_required", "evidence_missing")
    await site.attest(worktree)
    assert site.verdict(pull) == ("action_required", "evidence_missing")
    assert "held" in (await site.house.states()).values()
