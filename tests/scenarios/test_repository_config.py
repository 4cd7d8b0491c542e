"""`.github/interlock.yml` live: only that of the default branch, only a good one; a check for whoever changes it."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import delete

from bot.model.config import CONFIG_FILE, RepositoryConfig
from bot.model.ids import APP, Repo
from bot.ports import Limited
from bot.sandbox.fault_kinds import Limit, Proceed, Status, refusal
from bot.sandbox.state import CheckRun, Issue, PullRequest
from bot.store import configs
from bot.store.schema import configs as rows
from tests.harness.house import REPO, House

CHECK = "interlock/config"
CONTENTS = r".*/contents/.*"
GOOD = "labels: {clarification: question-asked}\n"
BAD = "labels:\n  clarification: other\n  epic: ''\ntriage: {rounds: 9}\n"
ROWS = (
    "| 3 | 9 | labels.epic is empty | it must be the name of a label of 1 to 50 characters, without a comma |",
    "| 4 | 18 | triage.rounds is '9' | it must be a whole number from 1 to 5 |",
)


async def commit(house: House, text: str | None, branch: str = "main", **more: str) -> str:
    sha = await house.sandbox.actor("will").push(REPO, branch, {CONFIG_FILE: text, **more})
    await house.works()
    return sha


async def label_of_a_question(house: House) -> set[str]:
    """What an issue that says nothing is labelled with: the configuration as people see it."""
    issue = house.sandbox.actor("rene").open_issue(REPO, "Signal fails")
    await house.works()
    assert len(house.comments(issue)) == 1
    return house.labels(issue)


async def propose(house: House, text: str | None, branch: str = "config", **more: str) -> PullRequest:
    await house.sandbox.actor("will").push(REPO, branch, {CONFIG_FILE: text, **more})
    pull = await house.sandbox.actor("will").open_pull(REPO, branch, "Change the configuration")
    await house.works()
    return pull


def checks(house: House, sha: str) -> list[CheckRun]:
    """Our checks of the configuration on a commit, oldest first."""
    runs = house.sandbox.world.repository(REPO).check_runs.values()
    return sorted((run for run in runs if (run.name, run.head_sha) == (CHECK, sha)), key=lambda run: run.id)


def conclusions(house: House, sha: str) -> list[str | None]:
    return [run.conclusion for run in checks(house, sha)]


async def rules(house: House, issue: Issue | None = None) -> list[str]:
    found = await house.rules("repository_config", issue.number if issue else 0)
    return [rule.removeprefix("repository_config: ") for rule in found]


def repo_of(house: House) -> Repo:
    return Repo(next(iter(house.sandbox.world.installations)), house.sandbox.world.repository(REPO).id)


async def adopted(house: House) -> str | None:
    found = await house.database.read(configs.adopted, repo_of(house))
    return found.body if found else None


# what is followed


async def test_a_file_that_appears_takes_effect_and_one_that_goes_leaves_the_defaults(house: House) -> None:
    assert await label_of_a_question(house) == {"needs-clarification"}
    await commit(house, GOOD)
    assert await label_of_a_question(house) == {"question-asked"}
    assert await adopted(house) == GOOD
    await commit(house, None)
    assert await label_of_a_question(house) == {"needs-clarification"}
    assert await adopted(house) == ""


async def test_the_file_of_another_branch_changes_nothing(house: House) -> None:
    """Lessons F12: a gate configured by a pull request is under the pull request's control."""
    pull = await propose(house, GOOD)
    assert conclusions(house, pull.head_sha) == ["success"]
    assert await label_of_a_question(house) == {"needs-clarification"}
    await house.sandbox.actor("will").merge_pull(pull)
    await house.works()
    assert await label_of_a_question(house) == {"question-asked"}


async def test_a_bad_file_leaves_the_last_good_one_in_force_also_after_a_restart(house: House) -> None:
    await commit(house, GOOD)
    await commit(house, BAD)
    assert await label_of_a_question(house) == {"question-asked"}
    await house.restart()
    assert await label_of_a_question(house) == {"question-asked"}
    await commit(house, GOOD.replace("question", "answer"))
    assert await label_of_a_question(house) == {"answer-asked"}


@pytest.mark.parametrize("text", [BAD, "labels: [", "x" * 70_000, "# " + "x" * 1_100_000])
async def test_where_no_good_one_ever_was_there_are_the_defaults(house: House, text: str) -> None:
    sha = await commit(house, text)
    assert await label_of_a_question(house) == {"needs-clarification"}
    (check,) = checks(house, sha)
    assert "default" in check.output["summary"]


async def test_a_directory_of_that_name_is_no_file(house: House) -> None:
    await house.sandbox.actor("will").push(REPO, "main", {f"{CONFIG_FILE}/x": "labels: {}"})
    assert await label_of_a_question(house) == {"needs-clarification"}


@pytest.mark.parametrize("status", [500, 502])
async def test_while_github_does_not_tell_the_last_known_one_is_followed(house: House, status: int) -> None:
    """Also in a process that never read it."""
    await commit(house, GOOD)
    await house.restart()
    rule = house.sandbox.faults.add(Status(status), path=CONTENTS, times=None)
    assert await label_of_a_question(house) == {"question-asked"}
    assert rule.struck > 0
    assert await adopted(house) == GOOD


async def test_the_last_known_one_is_followed_while_a_limit_is_reached(house: House) -> None:
    await commit(house, GOOD)
    await house.restart()
    house.sandbox.faults.add(Limit("403 retry-after", 600), path=CONTENTS)
    assert (await house.worker.loop.configs.of(repo_of(house))).clarification_label == "question-asked"
    await house.database.write(lambda conn: conn.execute(delete(rows)))
    with pytest.raises(Limited):
        await house.worker.loop.configs.of(repo_of(house))


async def test_what_was_never_read_is_not_guessed(house: House) -> None:
    """There may be a file: what is decided without it could be wrong, so the job waits."""
    await house.stop()
    await house.sandbox.actor("will").push(REPO, "main", {CONFIG_FILE: GOOD})
    await house.start()
    house.sandbox.faults.add(Status(500), path=CONTENTS, times=7)
    assert await label_of_a_question(house) == {"question-asked"}


async def test_a_repository_that_cannot_be_seen_for_a_moment_keeps_its_configuration(house: House) -> None:
    """A 404 says that there is no file, or that we may not see the repository."""
    await commit(house, GOOD)
    house.sandbox.faults.add(Status(404), path=CONTENTS)
    house.sandbox.faults.add(Status(404), method="GET", path=r"/repos/[^/]+/[^/]+")
    assert (await house.worker.loop.configs.of(repo_of(house))).clarification_label == "question-asked"
    assert await adopted(house) == GOOD


async def test_what_was_read_is_not_asked_for_again_before_its_time(house: House) -> None:
    def asked() -> int:
        return len([one for one in house.sandbox.faults.requests if "/contents/" in one.path])

    await house.restart(INTERLOCK_CONFIG_AGE="600")
    await label_of_a_question(house)
    before = asked()
    assert before == 1
    await label_of_a_question(house)
    assert asked() == before
    await house.restart(INTERLOCK_CONFIG_AGE="0")
    await label_of_a_question(house)
    assert asked() > before + 1


async def test_the_app_itself_has_the_defaults_and_asks_nobody(house: House) -> None:
    config = await house.worker.loop.configs.of(APP)
    assert all(
        getattr(config, name) == getattr(RepositoryConfig(), name) for name in RepositoryConfig.__struct_fields__
    )
    assert not [one for one in house.sandbox.faults.requests if "/contents/" in one.path]


async def test_triage_follows_rules_and_switch(house: House) -> None:
    rene = house.sandbox.actor("rene")
    await commit(house, 'triage: {ask: [version], questions: {version: "Which release, @acme/team?"}}\n')
    issue = rene.open_issue(REPO, "The signal crashes", "It crashes as soon as a train arrives at the second platform.")
    await house.works()
    (question,) = house.comments(issue)
    assert "Which release" in question.body
    assert "@acme" not in question.body
    await commit(house, "triage: {enabled: false}\n")
    silent = rene.open_issue(REPO, "Signal fails")
    await house.works()
    assert house.comments(silent) == []
    assert await house.rules("triage", silent.number) == ["triage: not triaged"]
    house.sandbox.actor("will").comment(silent, "/triage")
    await house.works()
    assert house.labels(silent) == {"needs-clarification"}, "whoever asks for it gets it"


@pytest.mark.parametrize(("days", "reminded"), [(0, False), (3, True), (9, False)])
async def test_each_repository_says_when_it_is_reminded(house: House, days: int, reminded: bool) -> None:
    await commit(house, f"triage: {{reminder_days: {days}}}\n")
    issue = house.sandbox.actor("rene").open_issue(REPO, "Signal fails")
    await house.works()
    await house.days_pass(8)
    await house.ticks()
    assert len(house.comments(issue)) == 1 + reminded


# what is said about it


async def test_a_bad_file_in_a_pull_request_fails_with_every_problem_at_its_line(house: House) -> None:
    pull = await propose(house, BAD)
    (check,) = checks(house, pull.head_sha)
    assert (check.conclusion, check.output["title"]) == ("failure", "2 problems")
    summary = check.output["summary"]
    assert all(row in summary for row in ROWS)
    assert "from the default branch only" in summary
    found: list[dict[str, Any]] = check.output["annotations"]
    assert [(one["path"], one["start_line"], one["end_line"], one["start_column"]) for one in found] == [
        (CONFIG_FILE, 3, 3, 9),
        (CONFIG_FILE, 4, 4, 18),
    ]
    assert {one["annotation_level"] for one in found} == {"failure"}
    assert found[1]["message"] == "triage.rounds is '9'; it must be a whole number from 1 to 5"
    assert await rules(house, pull.issue) == ["bad"]


async def test_a_repaired_file_turns_the_check_and_each_head_has_its_own(house: House) -> None:
    pull = await propose(house, BAD)
    first = pull.head_sha
    await commit(house, "triage: {rounds: 3}\n", "config")
    assert (conclusions(house, first), conclusions(house, pull.head_sha)) == (["failure"], ["success"])
    (check,) = checks(house, pull.head_sha)
    assert "`triage.rounds`" in check.output["summary"]
    assert check.output.get("annotations", []) == []
    assert await rules(house, pull.issue) == ["bad", "good"]


async def test_the_same_head_is_not_checked_twice(house: House) -> None:
    pull = await propose(house, BAD)
    house.sandbox.actor("will").edit_issue(pull.issue, title="Another title")
    await house.works()
    assert await rules(house, pull.issue) == ["bad", "bad"]
    assert conclusions(house, pull.head_sha) == ["failure"]


async def test_whoever_does_not_change_the_file_hears_nothing(house: House) -> None:
    await commit(house, BAD)
    pull = await propose(house, BAD, work="done")
    assert await rules(house, pull.issue) == ["unchanged"]
    assert conclusions(house, pull.head_sha) == []


async def test_without_a_file_on_both_sides_nothing_is_said(house: House) -> None:
    await house.sandbox.actor("will").push(REPO, "work", {"work": "done"})
    pull = await house.sandbox.actor("will").open_pull(REPO, "work", "Work")
    await house.works()
    assert await rules(house, pull.issue) == ["unchanged"]
    assert conclusions(house, pull.head_sha) == []


async def test_an_old_branch_is_not_blamed_for_what_changed_since(house: House) -> None:
    """It has the bad file only because it left before that was repaired."""
    await commit(house, BAD)
    await house.sandbox.actor("will").push(REPO, "work", {"work": "done"})
    await commit(house, GOOD)
    pull = await house.sandbox.actor("will").open_pull(REPO, "work", "Work")
    await house.works()
    assert await rules(house, pull.issue) == ["unchanged"]
    assert conclusions(house, pull.head_sha) == []


async def test_a_removed_file_is_a_change_that_says_what_follows(house: House) -> None:
    await commit(house, GOOD)
    pull = await propose(house, None)
    (check,) = checks(house, pull.head_sha)
    assert check.conclusion == "success"
    assert "removed" in check.output["summary"]
    assert "default" in check.output["summary"]


async def test_a_fork_is_answered_like_everybody_and_changes_nothing(house: House) -> None:
    nora = house.sandbox.actor("nora")
    fork = await nora.fork(REPO)
    await nora.push("nora/railway", "config", {CONFIG_FILE: BAD})
    pull = await nora.open_pull(REPO, "config", "From a fork", fork=fork)
    await house.works()
    assert conclusions(house, pull.head_sha) == ["failure"]
    assert await label_of_a_question(house) == {"needs-clarification"}


@dataclass
class Lagging:
    """A fault: a replica that does not know a commit yet answers for its files and for itself."""

    sha: str
    times: int
    struck: int = 0

    async def strike(self, request: web.Request, match: re.Match[str], proceed: Proceed) -> web.StreamResponse:
        if self.sha not in request.rel_url.raw_path_qs or self.struck == self.times:
            return await proceed()
        self.struck += 1
        return refusal(404, f"No commit found for the ref {self.sha}")


@pytest.mark.parametrize("what", ["pull", "push"])
async def test_a_commit_that_github_does_not_know_everywhere_yet_is_waited_for(house: House, what: str) -> None:
    """Else the file would be called removed."""
    await commit(house, GOOD)
    branch = "config" if what == "pull" else "main"
    faults = [Lagging("(none yet)", 1), Lagging("(none yet)", 1)]
    house.sandbox.faults.add(faults[0], method="GET", path=CONTENTS, times=None)
    house.sandbox.faults.add(faults[1], method="GET", path=r".*/git/commits/.*", times=None)
    sha = await house.sandbox.actor("will").push(REPO, branch, {CONFIG_FILE: BAD})
    for fault in faults:
        fault.sha = sha
    if what == "pull":
        await house.sandbox.actor("will").open_pull(REPO, branch, "Change the configuration")
    await house.works()
    assert [fault.struck for fault in faults] == [1, 1]
    assert conclusions(house, sha) == ["failure"]
    assert await house.dead_letters() == []


async def test_foreign_words_in_the_summary_are_plain_text(house: House) -> None:
    pull = await propose(house, '"@acme/team fixes #1 | ![x](https://evil.example) `a`": 1\n')
    (check,) = checks(house, pull.head_sha)
    summary, (annotation,) = check.output["summary"], check.output["annotations"]
    assert "@acme" not in summary
    assert "![" not in summary
    assert "\\](" in summary
    assert summary.splitlines()[2].replace("\\|", "").count("|") == 5, "no column of its own"
    assert "@acme" not in annotation["message"]


async def test_more_problems_than_github_takes_beside_lines_are_all_counted(house: House) -> None:
    pull = await propose(house, "".join(f"key{n}: 1\n" for n in range(120)))
    (check,) = checks(house, pull.head_sha)
    assert check.output["title"] == "120 problems"
    assert len(check.output["annotations"]) == 50
    assert "| 100 | 1 |" in check.output["summary"]
    assert "| 101 | 1 |" not in check.output["summary"]
    assert "And 20 more" in check.output["summary"]


# what reaches the default branch


async def test_a_bad_file_on_the_default_branch_says_what_stays_in_force(house: House) -> None:
    first = await commit(house, GOOD)
    assert conclusions(house, first) == []
    second = await commit(house, BAD)
    (check,) = checks(house, second)
    assert check.conclusion == "failure"
    assert all(row in check.output["summary"] for row in ROWS)
    assert "The last good configuration, adopted 20" in check.output["summary"]
    assert len(check.output["annotations"]) == 2
    third = await commit(house, BAD, work="something else")
    assert conclusions(house, third) == []
    fourth = await commit(house, GOOD)
    (check,) = checks(house, fourth)
    assert check.conclusion == "success"
    assert "good again" in check.output["summary"]
    assert await rules(house) == ["adopted", "bad", "unchanged", "good"]


async def test_a_bad_file_that_is_removed_is_good_again(house: House) -> None:
    await commit(house, BAD)
    sha = await commit(house, None)
    assert conclusions(house, sha) == ["success"]


async def test_other_branches_and_deleted_ones_are_none_of_our_business(house: House) -> None:
    sha = await commit(house, BAD, "work")
    await house.sandbox.actor("will").delete_branch(REPO, "work")
    await house.works()
    assert conclusions(house, sha) == []
    assert await rules(house) == ["nothing to check"] * 2


async def test_a_failing_check_may_use_the_reserve(house: House) -> None:
    await house.restart(INTERLOCK_CEILINGS="checks=0")
    pull = await propose(house, BAD)
    assert conclusions(house, pull.head_sha) == ["failure"]
    await commit(house, GOOD, "config")
    assert conclusions(house, pull.head_sha) == []
