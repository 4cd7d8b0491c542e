"""Pull requests on real git: opening, following branches, merging; every answer and event under the oracle's eyes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.process import GitFailed, git, git_env
from bot.sandbox import pulls
from bot.sandbox.git_host import MergeMethod
from bot.sandbox.git_host.values import NO_COMMIT
from bot.sandbox.rest.errors import ApiError
from bot.sandbox.server import Sandbox
from bot.sandbox.state import PullRequest
from tests.sandbox.client import Api
from tests.sandbox.oracle import Json, Oracle

R = "/repos/acme/railway"
RAILWAY = "acme/railway"


@pytest.fixture
def will(sandbox: Sandbox, anonymous: Api) -> Api:
    """A person who may push and merge; the App's permissions are read-only for contents."""
    return anonymous.using(sandbox.actor("will").token)


async def offered(sandbox: Sandbox, branch: str = "topic", body: str | None = None) -> PullRequest:
    will = sandbox.actor("will")
    await will.push(RAILWAY, branch, {"signals/main.txt": "green\n", f"{branch}.txt": "new\n"}, f"Work on {branch}")
    return await will.open_pull(RAILWAY, branch, f"The {branch}", body)


async def tip(sandbox: Sandbox, branch: str = "main") -> str:
    sha = await sandbox.git.branch(sandbox.world.repository(RAILWAY).id, branch)
    assert sha is not None
    return sha


def payload(oracle: Oracle, kind: str) -> Json:
    """The payload of the last event of a kind."""
    return [body for name, body in oracle.webhooks if name == kind][-1]


# Opening and reading


async def test_opening_shows_the_branches_and_the_size(sandbox: Sandbox, bot: Api, oracle: Oracle) -> None:
    base = await tip(sandbox)
    head = await sandbox.actor("will").push(RAILWAY, "topic", {"signals/main.txt": "green\n", "new.txt": "a\nb\n"})
    body = {"title": "Green", "body": "Why.", "head": "topic", "base": "main"}
    made = await bot.post(f"{R}/pulls", body)
    assert made.status == 201
    found = (await bot.get(f"{R}/pulls/{made.body['number']}")).body
    assert (found["head"]["sha"], found["head"]["ref"], found["head"]["label"]) == (head, "topic", "acme:topic")
    assert (found["base"]["sha"], found["base"]["ref"]) == (base, "main")
    assert (found["mergeable"], found["mergeable_state"], found["merged"]) == (True, "clean", False)
    assert (found["commits"], found["additions"], found["deletions"], found["changed_files"]) == (1, 3, 1, 2)
    assert found["user"]["login"] == "interlock[bot]"
    assert oracle.kinds()[-1] == "pull-request-opened"
    refs = await sandbox.git.refs(sandbox.world.repository(RAILWAY).id)
    assert refs[f"refs/pull/{found['number']}/head"] == head
    assert refs[f"refs/pull/{found['number']}/merge"] == found["merge_commit_sha"]


async def test_a_pull_request_is_an_issue_too(sandbox: Sandbox, bot: Api) -> None:
    pull = await offered(sandbox)
    issue = (await bot.get(f"{R}/issues/{pull.issue.number}")).body
    assert issue["pull_request"]["url"].endswith(f"/pulls/{pull.issue.number}")
    assert [one["number"] for one in (await bot.get(f"{R}/issues")).body] == [pull.issue.number]
    assert (await bot.get(f"{R}/pulls/{pull.issue.number + 1}")).status == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"head": "nowhere"}, "'field': 'head'"),
        ({"base": "nowhere"}, "'field': 'base'"),
        ({"head": "nobody:topic"}, "'field': 'head'"),
        ({"head": "main"}, "No commits between main and main"),
        ({"head": "old"}, "No commits between main and old"),
        ({}, "A pull request already exists for acme:topic."),
        ({"title": " "}, "'field': 'title'"),
        ({"title": None}, "'missing_field'"),
    ],
)
async def test_what_cannot_be_opened_is_refused_with_a_reason(
    sandbox: Sandbox, bot: Api, change: Json, words: str
) -> None:
    will = sandbox.actor("will")
    await will.push(RAILWAY, "old", {"x": "x"}, base="main")
    await will.push(RAILWAY, "main", {"y": "y"}, base="old")
    await offered(sandbox)
    refused = await bot.post(f"{R}/pulls", {"title": "T", "head": "topic", "base": "main"} | change)
    assert refused.status == 422
    assert words in str(refused.body)
    assert len(sandbox.world.repository(RAILWAY).pulls) == 1


async def test_lists_are_filtered_by_state_head_and_base(sandbox: Sandbox, bot: Api) -> None:
    one, two = await offered(sandbox, "one"), await offered(sandbox, "two")
    sandbox.actor("will").close(one.issue)

    async def listed(query: str) -> list[int]:
        return [each["number"] for each in (await bot.get(f"{R}/pulls?{query}")).body]

    first, second = one.issue.number, two.issue.number
    assert await listed("") == [second]
    assert await listed("state=closed") == [first]
    assert await listed("state=all") == [second, first]
    assert await listed("state=all&direction=asc") == [first, second]
    assert await listed("state=all&head=acme:one") == [first]
    assert await listed("state=all&head=ada:one") == []
    assert await listed("state=all&head=one") == [second, first], "a head without an owner filters nothing"
    assert await listed("state=all&base=other") == []
    assert await listed("state=all&per_page=1&page=2") == [first]
    assert (await bot.get(f"{R}/pulls?state=merged")).status == 422


async def test_files_and_commits_of_a_pull_request(sandbox: Sandbox, bot: Api) -> None:
    pull = await offered(sandbox)
    await sandbox.actor("ada").push(RAILWAY, "main", {"elsewhere": "x\n"})
    head = await sandbox.actor("will").push(RAILWAY, "topic", {"README.md": None}, "Second")
    files = (await bot.get(f"{R}/pulls/{pull.issue.number}/files")).body
    assert [(f["filename"], f["status"], f["changes"]) for f in files] == [
        ("README.md", "removed", 3),
        ("signals/main.txt", "modified", 2),
        ("topic.txt", "added", 1),
    ]
    assert files[1]["patch"] == "@@ -1 +1 @@\n-red\n+green"
    commits = (await bot.get(f"{R}/pulls/{pull.issue.number}/commits")).body
    assert [c["commit"]["message"] for c in commits] == ["Work on topic", "Second"]
    assert (commits[1]["sha"], commits[1]["author"]["login"]) == (head, "will")


async def test_what_is_done_to_an_issue_is_told_of_a_pull_request_as_its_own_event(
    sandbox: Sandbox, bot: Api, oracle: Oracle
) -> None:
    pull = await offered(sandbox)
    before, ada, issue = len(oracle.webhooks), sandbox.actor("ada"), pull.issue
    ada.label(issue, "ready")
    ada.unlabel(issue, "ready")
    ada.assign(issue, "will")
    ada.edit_issue(issue, title="Greener")
    ada.comment(issue, "Nice.")
    await bot.post(f"{R}/milestones", {"title": "One"})
    await bot.patch(f"{R}/issues/{issue.number}", {"milestone": 1})
    kinds = [kind for kind, _ in oracle.webhooks[before:]]
    assert [kind for kind in kinds if kind.startswith(("pull-request", "issue"))] == [
        "pull-request-labeled",
        "pull-request-unlabeled",
        "pull-request-assigned",
        "pull-request-edited",
        "issue-comment-created",
        "pull-request-milestoned",
    ]
    found = (await bot.get(f"{R}/pulls/{issue.number}")).body
    assert (found["title"], found["comments"], found["milestone"]["number"]) == ("Greener", 1, 1)
    assert found["assignees"][0]["login"] == "will"


async def test_a_draft_becomes_ready_and_a_draft_again(sandbox: Sandbox, bot: Api, oracle: Oracle) -> None:
    await sandbox.actor("will").push(RAILWAY, "topic", {"x": "x"})
    pull = await sandbox.actor("will").open_pull(RAILWAY, "topic", "Later", draft=True)
    assert (await bot.get(f"{R}/pulls/{pull.issue.number}")).body["mergeable_state"] == "draft"
    pulls.mark_ready(sandbox.world, pull, sandbox.world.user("will"))
    pulls.mark_ready(sandbox.world, pull, sandbox.world.user("will"))
    pulls.mark_ready(sandbox.world, pull, sandbox.world.user("will"), draft=True)
    assert oracle.kinds()[-2:] == ["pull-request-ready-for-review", "pull-request-converted-to-draft"]
    assert oracle.kinds().count("pull-request-ready-for-review") == 1


# Following the branches


async def test_a_push_to_the_head_is_told_as_push_and_synchronize(sandbox: Sandbox, bot: Api, oracle: Oracle) -> None:
    pull = await offered(sandbox)
    before = pull.head_sha
    after = await sandbox.actor("ada").push(RAILWAY, "topic", {"more": "x"}, "More")
    assert oracle.kinds()[-2:] == ["push", "pull-request-synchronize"]
    told = payload(oracle, "pull-request-synchronize")
    assert (told["before"], told["after"], told["pull_request"]["head"]["sha"]) == (before, after, after)
    assert told["sender"]["login"] == "ada"
    assert (await bot.get(f"{R}/pulls/{pull.issue.number}")).body["head"]["sha"] == after
    refs = await sandbox.git.refs(sandbox.world.repository(RAILWAY).id)
    assert refs[f"refs/pull/{pull.issue.number}/head"] == after


async def test_the_base_sha_is_that_of_the_opening_until_the_next_push_to_the_head(sandbox: Sandbox, bot: Api) -> None:
    pull = await offered(sandbox)
    opened_on = pull.base_sha
    new = await sandbox.actor("ada").push(RAILWAY, "main", {"elsewhere": "x"})
    path = f"{R}/pulls/{pull.issue.number}"
    assert (await bot.get(path)).body["base"]["sha"] == opened_on != new
    await sandbox.actor("will").push(RAILWAY, "topic", {"more": "x"})
    assert (await bot.get(path)).body["base"]["sha"] == new


async def test_a_closed_pull_request_follows_nothing(sandbox: Sandbox, oracle: Oracle) -> None:
    pull = await offered(sandbox)
    before = pull.head_sha
    sandbox.actor("will").close(pull.issue)
    await sandbox.actor("will").push(RAILWAY, "topic", {"more": "x"})
    assert pull.head_sha == before
    assert oracle.kinds()[-2:] == ["pull-request-closed", "push"]


async def test_the_push_event_says_what_moved(sandbox: Sandbox, oracle: Oracle) -> None:
    will, main = sandbox.actor("will"), await tip(sandbox)
    one = await will.push(RAILWAY, "topic", {"a": "1", "signals/main.txt": "x"}, "One")
    assert oracle.kinds()[-2:] == ["create", "push"]
    push = payload(oracle, "push")
    assert (push["ref"], push["before"], push["after"]) == ("refs/heads/topic", NO_COMMIT, one)
    assert (push["created"], push["deleted"], push["forced"]) == (True, False, False)
    assert [(c["id"], c["added"], c["modified"], c["removed"]) for c in push["commits"]] == [
        (one, ["a"], ["signals/main.txt"], [])
    ]
    two = await will.push(RAILWAY, "topic", {"a": None}, "Two")
    push = payload(oracle, "push")
    assert (push["before"], push["after"], push["forced"], push["created"]) == (one, two, False, False)
    assert [c["removed"] for c in push["commits"]] == [["a"]]
    assert push["head_commit"]["message"] == "Two"
    other = await will.push(RAILWAY, "topic", {"b": "1"}, "Other", base="main")
    push = payload(oracle, "push")
    assert (push["before"], push["after"], push["forced"]) == (two, other, True)
    await will.delete_branch(RAILWAY, "topic")
    assert oracle.kinds()[-2:] == ["delete", "push"]
    push = payload(oracle, "push")
    assert (push["after"], push["deleted"], push["head_commit"], push["commits"]) == (NO_COMMIT, True, None, [])
    assert await tip(sandbox) == main


async def test_a_conflict_with_the_base_shows_without_a_push_to_the_head(sandbox: Sandbox, bot: Api) -> None:
    pull = await offered(sandbox)
    path = f"{R}/pulls/{pull.issue.number}"
    await sandbox.actor("ada").push(RAILWAY, "main", {"signals/main.txt": "yellow\n"})
    found = (await bot.get(path)).body
    assert (found["mergeable"], found["mergeable_state"], found["merge_commit_sha"]) == (False, "dirty", None)
    await sandbox.actor("ada").push(RAILWAY, "main", {"signals/main.txt": "red\n"})
    assert (await bot.get(path)).body["mergeable"] is True


async def test_a_fork_is_offered_and_followed(sandbox: Sandbox, anonymous: Api, bot: Api, oracle: Oracle) -> None:
    nora = sandbox.actor("nora")
    fork = await nora.fork(RAILWAY)
    head = await nora.push("nora/railway", "main", {"idea.txt": "x"}, "Idea")
    body = {"title": "Idea", "head": "nora:main", "base": "main"}
    made = await anonymous.using(nora.token).post(f"{R}/pulls", body)
    assert made.status == 201
    number = made.body["number"]
    assert (made.body["head"]["repo"]["full_name"], made.body["head"]["repo"]["fork"]) == ("nora/railway", True)
    assert made.body["head"]["label"] == "nora:main"
    assert [f["filename"] for f in (await bot.get(f"{R}/pulls/{number}/files")).body] == ["idea.txt"]
    refs = await sandbox.git.refs(sandbox.world.repository(RAILWAY).id)
    assert refs[f"refs/pull/{number}/head"] == head
    assert "refs/heads/idea" not in refs
    more = await nora.push("nora/railway", "main", {"idea.txt": "y"}, "More")
    assert oracle.kinds()[-1] == "pull-request-synchronize", "the fork's own push is not ours to hear"
    assert payload(oracle, "pull-request-synchronize")["after"] == more
    await sandbox.actor("will").merge_pull(sandbox.world.repository(RAILWAY).pulls[number])
    assert await sandbox.git.read_file(sandbox.world.repository(RAILWAY).id, "main", "idea.txt") == b"y"
    assert sandbox.world.repository("nora/railway") is fork


async def test_retargeting_is_an_edit_that_names_the_old_base(sandbox: Sandbox, bot: Api, oracle: Oracle) -> None:
    pull = await offered(sandbox)
    before = pull.base_sha
    release = await sandbox.actor("will").push(RAILWAY, "release", {"r": "1"})
    await sandbox.actor("will").retarget_pull(pull, "release")
    told = payload(oracle, "pull-request-edited")
    assert told["changes"] == {"base": {"ref": {"from": "main"}, "sha": {"from": before}}}
    found = (await bot.get(f"{R}/pulls/{pull.issue.number}")).body
    assert (found["base"]["ref"], found["base"]["sha"]) == ("release", release)
    with pytest.raises(ApiError, match="Validation Failed"):
        await sandbox.actor("will").retarget_pull(pull, "nowhere")


# Merging


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
async def test_a_merge_lands_and_is_told(
    sandbox: Sandbox, will: Api, bot: Api, oracle: Oracle, method: MergeMethod
) -> None:
    pull = await offered(sandbox)
    path, before = f"{R}/pulls/{pull.issue.number}", await tip(sandbox)
    assert (await bot.get(f"{path}/merge")).status == 404
    done = await will.put(f"{path}/merge", {"sha": pull.head_sha, "merge_method": method})
    assert (done.status, done.body["merged"]) == (200, True)
    assert await tip(sandbox) == done.body["sha"]
    assert await sandbox.git.read_file(sandbox.world.repository(RAILWAY).id, "main", "topic.txt") == b"new\n"
    assert (await bot.get(f"{path}/merge")).status == 204
    found = (await bot.get(path)).body
    assert (found["merged"], found["state"], found["merged_by"]["login"]) == (True, "closed", "will")
    assert (found["merge_commit_sha"], found["head"]["sha"]) == (done.body["sha"], pull.head_sha)
    assert oracle.kinds()[-2:] == ["pull-request-closed", "push"]
    assert payload(oracle, "pull-request-closed")["pull_request"]["merged"] is True
    push = payload(oracle, "push")
    assert (push["ref"], push["before"], push["after"]) == ("refs/heads/main", before, done.body["sha"])
    parents = (await sandbox.git.info(sandbox.world.repository(RAILWAY).id, "main")).parents
    assert parents == ((before, pull.head_sha) if method == "merge" else (before,))


async def test_a_merge_of_another_head_than_the_one_seen_is_refused(sandbox: Sandbox, will: Api) -> None:
    pull = await offered(sandbox)
    seen, before = pull.head_sha, await tip(sandbox)
    await sandbox.actor("will").push(RAILWAY, "topic", {"late": "x"})
    refused = await will.put(f"{R}/pulls/{pull.issue.number}/merge", {"sha": seen})
    assert (refused.status, refused.body["message"][:25]) == (409, "Head branch was modified.")
    assert (await tip(sandbox), pull.issue.state) == (before, "open")


async def test_what_cannot_be_merged_is_refused_and_stays_as_it_is(sandbox: Sandbox, will: Api, bot: Api) -> None:
    pull = await offered(sandbox)
    path = f"{R}/pulls/{pull.issue.number}/merge"
    before = await tip(sandbox)
    assert (await bot.put(path)).status == 403, "the App may not write contents"
    assert (await will.put(path, {"merge_method": "octopus"})).status == 422
    pull.draft = True
    assert (await will.put(path)).status == 405
    pull.draft = False
    assert await tip(sandbox) == before
    conflicting = await sandbox.actor("ada").push(RAILWAY, "main", {"signals/main.txt": "yellow\n"})
    assert (await will.put(path)).status == 405
    assert (await tip(sandbox), pull.issue.state, pull.is_merging) == (conflicting, "open", False)
    sandbox.actor("will").close(pull.issue)
    assert (await will.put(path)).status == 405
    assert (await will.put(f"{R}/pulls/99/merge")).status == 404


async def test_of_two_merges_at_once_one_happens(sandbox: Sandbox, will: Api, oracle: Oracle) -> None:
    pull = await offered(sandbox)
    path, before = f"{R}/pulls/{pull.issue.number}/merge", await tip(sandbox)
    answers = await asyncio.gather(*(will.put(path, {"sha": pull.head_sha}) for _ in range(4)))
    assert sorted(one.status for one in answers) == [200, 405, 405, 405]
    assert oracle.kinds().count("pull-request-closed") == 1
    assert (await sandbox.git.info(sandbox.world.repository(RAILWAY).id, "main")).parents[0] == before


async def test_a_merge_that_is_under_way_is_not_begun_again(sandbox: Sandbox, will: Api) -> None:
    pull = await offered(sandbox)
    pull.is_merging = True
    refused = await will.put(f"{R}/pulls/{pull.issue.number}/merge")
    assert (refused.status, refused.body["message"]) == (405, "Merge already in progress")


async def test_announced_issues_are_closed_by_a_merge_into_the_default_branch_only(sandbox: Sandbox) -> None:
    ada, will = sandbox.actor("ada"), sandbox.actor("will")
    first, second, third = (ada.open_issue(RAILWAY, title) for title in ("a", "b", "c"))
    await will.push(RAILWAY, "release", {"r": "1"})
    await will.push(RAILWAY, "one", {"one": "1"})
    body = f"Fixes #{first.number}, resolves: #{second.number} and mentions #{third.number}"
    elsewhere = await will.open_pull(RAILWAY, "one", "Elsewhere", body, base="release")
    await will.merge_pull(elsewhere)
    assert [one.state for one in (first, second, third)] == ["open"] * 3
    await will.merge_pull(await will.open_pull(RAILWAY, "one", "Here", body))
    assert [one.state for one in (first, second, third)] == ["closed", "closed", "open"]
    assert (first.state_reason, first.closed_by) == ("completed", will.user)


async def test_a_push_that_brings_the_head_into_the_base_is_a_merge_by_hand(sandbox: Sandbox, oracle: Oracle) -> None:
    pull, other = await offered(sandbox), await offered(sandbox, "other")
    ada, repo = sandbox.actor("ada"), sandbox.world.repository(RAILWAY)
    new = await ada.push(RAILWAY, "main", {"extra": "x"}, "By hand", base=pull.head_sha)
    assert (pull.merged_at is not None, pull.merged_by, pull.merge_commit_sha) == (True, ada.user, new)
    assert (pull.issue.state, other.issue.state) == ("closed", "open")
    assert oracle.kinds()[-2:] == ["push", "pull-request-closed"]
    assert repo.pulls[other.issue.number].merged_at is None


async def test_closing_and_reopening(sandbox: Sandbox, bot: Api, oracle: Oracle) -> None:
    pull = await offered(sandbox)
    path = f"{R}/issues/{pull.issue.number}"
    for state, kind in (("closed", "pull-request-closed"), ("open", "pull-request-reopened")):
        assert (await bot.patch(path, {"state": state})).status == 200
        assert oracle.kinds()[-1] == kind
        found = (await bot.get(f"{R}/pulls/{pull.issue.number}")).body
        assert (found["state"], found["merged"]) == (state, False)


async def test_update_branch_merges_the_base_into_the_head(sandbox: Sandbox, will: Api, bot: Api) -> None:
    pull = await offered(sandbox)
    path, seen = f"{R}/pulls/{pull.issue.number}/update-branch", pull.head_sha
    assert (await will.put(path)).status == 422, "nothing new on the base"
    base = await sandbox.actor("ada").push(RAILWAY, "main", {"base.txt": "x"})
    assert (await bot.put(path)).status == 403
    assert (await will.put(path, {"expected_head_sha": base})).status == 422
    assert pull.head_sha == seen
    assert (await will.put(path, {"expected_head_sha": seen})).status == 202
    repo = sandbox.world.repository(RAILWAY)
    assert (await sandbox.git.info(repo.id, pull.head_sha)).parents == (seen, base)
    await sandbox.actor("ada").push(RAILWAY, "main", {"signals/main.txt": "yellow\n"})
    assert (await will.put(path)).status == 422, "a conflict"


async def test_update_branch_of_a_fork_needs_a_right_there(sandbox: Sandbox, will: Api, anonymous: Api) -> None:
    nora = sandbox.actor("nora")
    fork = await nora.fork(RAILWAY)
    await nora.push("nora/railway", "idea", {"idea.txt": "x"})
    pull = await nora.open_pull(RAILWAY, "idea", "Idea", fork=fork)
    seen, base = pull.head_sha, await sandbox.actor("ada").push(RAILWAY, "main", {"base.txt": "x"})
    path = f"{R}/pulls/{pull.issue.number}/update-branch"
    assert (await will.put(path)).status == 403
    sandbox.world.repository("nora/railway").collaborators["will"] = "write"
    assert (await will.put(path)).status == 202
    assert (await sandbox.git.info(fork.id, "idea")).parents == (seen, base)
    assert pull.head_sha == await sandbox.git.branch(fork.id, "idea")


async def test_reviews_are_told_and_nobody_approves_what_is_their_own(
    sandbox: Sandbox, will: Api, bot: Api, oracle: Oracle
) -> None:
    pull = await offered(sandbox)
    path = f"{R}/pulls/{pull.issue.number}/reviews"
    done = await bot.post(path, {"event": "APPROVE"})
    assert (done.status, done.body["state"], done.body["commit_id"]) == (200, "APPROVED", pull.head_sha)
    assert payload(oracle, "pull-request-review-submitted")["review"]["state"] == "approved"
    assert (await bot.post(path, {"event": "REQUEST_CHANGES"})).status == 422
    assert (await bot.post(path, {"event": "REQUEST_CHANGES", "body": "No."})).body["state"] == "CHANGES_REQUESTED"
    assert (await will.post(path, {"event": "APPROVE"})).status == 422
    assert (await will.post(path, {"event": "COMMENT", "body": "Mine."})).status == 200
    assert [review.state for review in pull.reviews] == ["APPROVED", "CHANGES_REQUESTED", "COMMENTED"]


# Commits, refs, comparisons, contents


async def test_a_commit_is_found_by_sha_branch_and_tag(sandbox: Sandbox, bot: Api) -> None:
    sha = await sandbox.actor("will").push(RAILWAY, "feature/a", {"x": "1\n2\n"}, "Feature")
    repo = sandbox.world.repository(RAILWAY)
    await sandbox.git.update_ref(repo.id, "refs/tags/v1", sha, old=None)
    for ref in (sha, sha[:9], "feature/a", "heads/feature/a", "v1"):
        found = await bot.get(f"{R}/commits/{ref}")
        assert (found.status, found.body["sha"]) == (200, sha), ref
    assert found.body["stats"] == {"total": 2, "additions": 2, "deletions": 0}
    assert [f["filename"] for f in found.body["files"]] == ["x"]
    bare = (await bot.get(f"{R}/git/commits/{sha}")).body
    assert bare["tree"]["sha"] == found.body["commit"]["tree"]["sha"] == (await sandbox.git.info(repo.id, sha)).tree
    assert (await bot.get(f"{R}/git/ref/heads/feature/a")).body["object"]["sha"] == sha
    assert (await bot.get(f"{R}/git/ref/heads/feature")).status == 404
    assert (await bot.get(f"{R}/git/commits/{sha[:9]}")).status == 404
    assert (await bot.get(f"{R}/commits/nowhere")).status == 422


async def test_a_comparison_over_rest(sandbox: Sandbox, bot: Api) -> None:
    pull = await offered(sandbox)
    await sandbox.actor("will").push(RAILWAY, "topic", {"more": "x"}, "Second")
    base = await sandbox.actor("ada").push(RAILWAY, "main", {"elsewhere": "x"})
    found = (await bot.get(f"{R}/compare/main...topic")).body
    assert (found["status"], found["ahead_by"], found["behind_by"]) == ("diverged", 2, 1)
    assert (found["merge_base_commit"]["sha"], found["base_commit"]["sha"]) == (pull.base_sha, base)
    assert [f["filename"] for f in found["files"]] == ["more", "signals/main.txt", "topic.txt"]
    second = await bot.get(f"{R}/compare/main...topic?per_page=1&page=2")
    assert [c["commit"]["message"] for c in second.body["commits"]] == ["Second"]
    assert "files" not in second.body
    assert set(second.links()) == {"prev", "first"}
    assert (await bot.get(f"{R}/compare/main...main")).body["status"] == "identical"
    for nothing in ("main...nowhere", "main", "nobody:main...topic"):
        assert (await bot.get(f"{R}/compare/{nothing}")).status == 404
    nora = sandbox.actor("nora")
    await nora.fork(RAILWAY)
    await nora.push("nora/railway", "idea", {"idea": "x"})
    assert (await bot.get(f"{R}/compare/main...nora:idea")).body["ahead_by"] == 1


async def test_contents_of_files_and_directories(sandbox: Sandbox, bot: Api) -> None:
    sha = await sandbox.actor("will").push(RAILWAY, "topic", {"signals/a b.txt": "grün\n"})
    found = (await bot.get(f"{R}/contents/signals/a%20b.txt?ref=topic")).body
    assert (found["type"], found["encoding"], found["content"]) == ("file", "base64", "Z3LDvG4K\n")
    assert (await bot.get(f"{R}/contents/signals/a%20b.txt")).status == 404, "not on the default branch"
    listed = (await bot.get(f"{R}/contents/signals?ref={sha}")).body
    assert [(one["name"], one["type"]) for one in listed] == [("a b.txt", "file"), ("main.txt", "file")]
    top = (await bot.get(f"{R}/contents/")).body
    assert [(one["path"], one["type"]) for one in top] == [("README.md", "file"), ("signals", "dir")]
    assert (await bot.get(f"{R}/contents/README.md?ref=nowhere")).status == 404


async def test_a_file_of_more_than_a_megabyte_has_no_content(sandbox: Sandbox, bot: Api) -> None:
    for size, given in ((1024 * 1024, "base64"), (1024 * 1024 + 1, "none")):
        await sandbox.actor("will").push(RAILWAY, "topic", {"large": "x" * size})
        found = (await bot.get(f"{R}/contents/large?ref=topic")).body
        assert (found["encoding"], found["size"], bool(found["content"])) == (given, size, given == "base64")


async def test_the_pull_requests_of_a_commit(sandbox: Sandbox, will: Api, bot: Api) -> None:
    pull = await offered(sandbox)
    old = pull.head_sha
    await sandbox.actor("will").push(RAILWAY, "topic", {"more": "x"})

    async def numbers(sha: str) -> list[int]:
        return [one["number"] for one in (await bot.get(f"{R}/commits/{sha}/pulls")).body]

    assert await numbers(old) == await numbers(pull.head_sha) == [pull.issue.number]
    assert await numbers(await tip(sandbox)) == []
    squashed = await sandbox.actor("will").merge_pull(pull, "squash")
    assert await numbers(squashed) == [pull.issue.number]


# The same through the real git client


async def client(*args: str, cwd: Path) -> str:
    who = {f"GIT_{r}_{p}": v for r in ("AUTHOR", "COMMITTER") for p, v in (("NAME", "Will"), ("EMAIL", "w@x"))}
    done = await git(*args, cwd=cwd, timeout=30, env=git_env(protocols=["http"], **who))
    return done.stdout.decode().strip()


def remote(sandbox: Sandbox, token: str) -> str:
    return sandbox.url.replace("://", f"://x-access-token:{token}@") + "/acme/railway.git"


async def test_a_push_by_the_git_client_moves_the_pull_request(
    sandbox: Sandbox, oracle: Oracle, tmp_path: Path
) -> None:
    pull = await offered(sandbox)
    before = pull.head_sha
    await client("clone", "-q", remote(sandbox, sandbox.actor("will").token), "work", cwd=tmp_path)
    work = tmp_path / "work"
    await client("checkout", "-q", "topic", cwd=work)
    await client("commit", "-q", "--allow-empty", "-m", "From the client", cwd=work)
    head = await client("rev-parse", "HEAD", cwd=work)
    await client("push", "-q", "origin", "topic", cwd=work)
    assert pull.head_sha == head
    assert oracle.kinds()[-2:] == ["push", "pull-request-synchronize"]
    told = payload(oracle, "pull-request-synchronize")
    assert (told["before"], told["after"], told["sender"]["login"]) == (before, head, "will")


async def test_a_branch_without_a_common_ancestor_is_pushed_but_not_offered(
    sandbox: Sandbox, bot: Api, oracle: Oracle, tmp_path: Path
) -> None:
    pull = await offered(sandbox)
    await client("clone", "-q", remote(sandbox, sandbox.actor("will").token), "work", cwd=tmp_path)
    work = tmp_path / "work"
    await client("checkout", "-q", "--orphan", "pages", cwd=work)
    await client("commit", "-q", "-m", "Pages", cwd=work)
    await client("push", "-q", "origin", "HEAD:pages", cwd=work)
    assert [c["message"] for c in payload(oracle, "push")["commits"]] == ["Pages"]
    refused = await bot.post(f"{R}/pulls", {"title": "P", "head": "pages", "base": "main"})
    assert (refused.status, "no history in common" in str(refused.body)) == (422, True)
    assert (await bot.get(f"{R}/compare/main...pages")).status == 404
    await client("push", "-q", "--force", "origin", "HEAD:topic", cwd=work)
    found = (await bot.get(f"{R}/pulls/{pull.issue.number}")).body
    assert (found["mergeable"], found["head"]["sha"]) == (False, await tip(sandbox, "pages"))
    assert (await bot.get(f"{R}/pulls/{pull.issue.number}/files")).status == 422
    with pytest.raises(ApiError, match="405"):
        await sandbox.actor("will").merge_pull(pull)


async def test_who_may_not_write_contents_may_not_push(sandbox: Sandbox, bot: Api, tmp_path: Path) -> None:
    before = await tip(sandbox)
    (installation_token,) = [token for token in sandbox.world.tokens if token.startswith("ghs_")]
    tokens = [sandbox.actor("rene").token, sandbox.actor("nora").token, installation_token]
    await client("clone", "-q", f"{sandbox.url}/acme/railway.git", "work", cwd=tmp_path)
    work = tmp_path / "work"
    await client("commit", "-q", "--allow-empty", "-m", "Sneaky", cwd=work)
    for token in tokens:
        with pytest.raises(GitFailed):
            await client("push", "-q", remote(sandbox, token), "HEAD:main", cwd=work)
    assert await tip(sandbox) == before


async def test_more_than_three_tags_at_once_are_told_to_nobody(
    sandbox: Sandbox, oracle: Oracle, tmp_path: Path
) -> None:
    await client("clone", "-q", remote(sandbox, sandbox.actor("will").token), "work", cwd=tmp_path)
    work = tmp_path / "work"
    for names in (["a1", "a2", "a3"], ["b1", "b2", "b3", "b4"]):
        for name in names:
            await client("tag", name, cwd=work)
        await client("push", "-q", "origin", *names, cwd=work)
    assert oracle.kinds()[-6:] == ["create", "push"] * 3
    assert oracle.kinds().count("push") == 3
    assert payload(oracle, "create")["ref_type"] == "tag"
