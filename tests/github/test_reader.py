"""Every fact the reader tells, against the sandbox over real HTTP."""

from datetime import timedelta

import pytest

from bot.github.app_auth import PERMISSIONS, Purpose
from bot.github.errors import Answered, NoAnswer
from bot.github.reader import Reader
from bot.model.commands import Permission
from bot.model.facts import File, Repository
from bot.model.ids import AppIdentity, IssueRef, Repo, Sha
from bot.sandbox import checks, installations, repositories
from bot.sandbox.fault_kinds import HideCreated, Redirect, Status
from bot.sandbox.state import InstallationToken, PullRequest
from tests.github.conftest import NAME, GitHub
from tests.sandbox.client import receiving

NOWHERE = Sha("0123456789" * 4)


async def pull(github: GitHub, branch: str = "fix") -> PullRequest:
    ada = github.actor("ada")
    await ada.push(NAME, branch, {"fix.txt": branch})
    return await ada.open_pull(NAME, branch, "Fix")


async def test_identity_is_asked_once(github: GitHub, reader: Reader) -> None:
    app = github.sandbox.world.app
    assert await reader.identity() == await reader.identity() == AppIdentity(app.id, "interlock")
    assert github.asked("/app") == 1


async def test_a_repository_by_id(github: GitHub, reader: Reader) -> None:
    assert await reader.repository(github.repo) == Repository(full_name=NAME, default_branch="main")


async def test_what_the_installation_does_not_have_is_none(github: GitHub, reader: Reader) -> None:
    for elsewhere in (Repo(github.installation, 999_999), Repo(999_999, github.repo.id)):
        assert await reader.repository(elsewhere) is None
        assert await reader.issue(IssueRef(elsewhere, 1)) is None
        assert await reader.comments(IssueRef(elsewhere, 1)) == ()
        assert await reader.open_pulls_of_branch(elsewhere, "main") == ()
        assert await reader.check_runs(elsewhere, NOWHERE, "x") == ()


async def test_a_name_that_was_taken_over_leads_to_the_right_repository(github: GitHub, reader: Reader) -> None:
    """The old name answers, but for another repository: only the id tells."""
    world, owner = github.sandbox.world, github.repository.owner
    repo = github.repo
    await reader.repository(repo)
    repositories.rename_repository(world, github.repository, owner, "tramway")
    await repositories.create_repository(world, owner, "railway", private=False, default_branch="trunk", files={})
    assert await reader.repository(repo) == Repository(full_name="acme/tramway", default_branch="main")


async def test_a_stale_name_from_elsewhere_is_corrected_by_the_token(github: GitHub, reader: Reader) -> None:
    """A delivery that came late brought the old name; by then another repository had it."""
    world, owner, repo = github.sandbox.world, github.repository.owner, github.repo
    issue = github.actor("ada").open_issue(NAME, "Ours")
    repositories.rename_repository(world, github.repository, owner, "tramway")
    await repositories.create_repository(world, owner, "railway", private=False, default_branch="main", files={})
    github.actor("ada").open_issue("acme/railway", "Theirs")
    await github.names.remember(repo, "acme/railway")
    found = await reader.issue(IssueRef(repo, issue.number))
    assert found is not None
    assert found.title == "Ours"


async def test_a_name_that_somebody_typed_is_found(github: GitHub, reader: Reader) -> None:
    assert await reader.find_repository(NAME) == github.repo


@pytest.mark.parametrize("name", ["acme/other", "acme", "acme/railway/..", "../railway", "", "a b/c", "nobody/x"])
async def test_a_name_that_is_none_is_not_found(github: GitHub, reader: Reader, name: str) -> None:
    assert await reader.find_repository(name) is None


async def test_a_former_name_is_not_found(github: GitHub, reader: Reader) -> None:
    repositories.rename_repository(github.sandbox.world, github.repository, github.repository.owner, "tramway")
    assert await reader.find_repository(NAME) is None


@pytest.mark.parametrize(
    ("login", "role"),
    [
        ("ada", Permission.ADMIN),
        ("mia", Permission.MAINTAIN),
        ("will", Permission.WRITE),
        ("tria", Permission.TRIAGE),
        ("rene", Permission.READ),
        ("nora", Permission.READ),
        ("robo[bot]", Permission.WRITE),
        ("nobody-at-all", Permission.NONE),
        ("", Permission.NONE),
        ("..", Permission.NONE),
    ],
)
async def test_the_role_of_a_person(github: GitHub, reader: Reader, login: str, role: Permission) -> None:
    assert await reader.permission(github.repo, login) is role


async def test_a_stranger_has_no_role_in_a_private_repository(github: GitHub, reader: Reader) -> None:
    github.repository.private = True
    assert await reader.permission(github.repo, "nora") is Permission.NONE


async def test_a_role_that_cannot_be_read_is_an_error_and_no_permission(github: GitHub, reader: Reader) -> None:
    github.faults.add(Status(503), path=".*/permission", times=None)
    with pytest.raises(NoAnswer):
        await reader.permission(github.repo, "ada")


async def test_an_issue(github: GitHub, reader: Reader) -> None:
    ada = github.actor("ada")
    made = ada.open_issue(NAME, "Signals fail", "At **night**.", ["bug", "night"])
    ada.assign(made, "will", "mia")
    found = await reader.issue(github.ref(made))
    assert found is not None
    assert (found.ref, found.id, found.title, found.body) == (
        github.ref(made),
        made.id,
        "Signals fail",
        "At **night**.",
    )
    assert (found.author.id, found.author.login, found.author.is_human) == (ada.user.id, "ada", True)
    assert found.labels == {"bug", "night"}
    assert found.assignees == {github.actor(login).user.id for login in ("will", "mia")}
    assert (found.is_open, found.is_pull) == (True, False)


async def test_an_issue_without_a_body_has_an_empty_one(github: GitHub, reader: Reader) -> None:
    found = await reader.issue(github.ref(github.actor("nora").open_issue(NAME, "?")))
    assert found is not None
    assert found.body == ""


async def test_a_closed_and_a_deleted_issue(github: GitHub, reader: Reader) -> None:
    ada = github.actor("ada")
    made = ada.open_issue(NAME, "Old")
    ada.close(made)
    found = await reader.issue(github.ref(made))
    assert found is not None
    assert (found.is_open, found.reason) == (False, "completed")
    ada.reopen(made)
    found = await reader.issue(github.ref(made))
    assert found is not None
    assert (found.is_open, found.reason) == (True, "")
    ada.close(made, "not_planned")
    found = await reader.issue(github.ref(made))
    assert found is not None
    assert (found.is_open, found.reason) == (False, "not_planned")
    ada.delete_issue(made)
    assert await reader.issue(github.ref(made)) is None


async def test_an_issue_that_moved_to_another_repository_is_gone(github: GitHub, reader: Reader) -> None:
    """GitHub redirects to where it is now, for ever: that is another repository, and not ours to follow."""
    made = github.actor("ada").open_issue(NAME, "Moving")
    github.faults.add(Redirect(301, "/repositories/77/issues/1"), path=".*/issues/1", times=None)
    assert await reader.issue(github.ref(made)) is None


async def test_the_issue_of_a_pull_request_says_so(github: GitHub, reader: Reader) -> None:
    made = await pull(github)
    found = await reader.issue(github.ref(made.issue))
    assert found is not None
    assert (found.is_pull, found.is_merged) == (True, False)
    await github.actor("ada").merge_pull(made)
    found = await reader.issue(github.ref(made.issue))
    assert found is not None
    assert (found.is_open, found.is_merged) == (False, True)


async def test_how_many_issues_block_it_is_told_with_it(github: GitHub, reader: Reader) -> None:
    ada = github.actor("ada")
    made, done, still = (ada.open_issue(NAME, title) for title in ("Waits", "Done", "Open"))
    for one in (done, still):
        ada.block(made, one)
    ada.close(done)
    found, other = await reader.issue(github.ref(made)), await reader.issue(github.ref(still))
    assert found is not None
    assert other is not None
    assert (found.links, other.links) == (2, 0)


async def test_all_comments_on_all_pages_in_order(github: GitHub, reader: Reader) -> None:
    ada = github.actor("ada")
    issue = ada.open_issue(NAME, "Talk")
    made = [ada.comment(issue, f"{n}") for n in range(201)]
    found = await reader.comments(github.ref(issue))
    assert [one.id for one in found] == [one.id for one in made]
    assert github.asked("/comments") == 3
    assert (found[0].author.login, found[0].body, found[0].created_at) == ("ada", "0", made[0].created_at)


async def test_one_comment(github: GitHub, reader: Reader) -> None:
    ada = github.actor("ada")
    made = ada.comment(ada.open_issue(NAME, "Talk"), "Hello")
    found = await reader.comment(github.repo, made.id)
    assert found is not None
    assert (found.id, found.body, found.minimized) == (made.id, "Hello", False)
    ada.delete_comment(made)
    assert await reader.comment(github.repo, made.id) is None


async def test_what_a_replica_does_not_have_yet_is_none(github: GitHub, reader: Reader) -> None:
    """Fault G7: for a while after our own write; the caller waits."""
    github.faults.add(HideCreated(60), method="POST")
    issue = github.actor("ada").open_issue(NAME, "x")
    token = github.actor("ada").token
    async with github.session.post(
        f"{github.sandbox.url}/repos/{NAME}/issues/{issue.number}/comments",
        json={"body": "x"},
        headers={"Authorization": f"Bearer {token}"},
    ) as answer:
        made = (await answer.json())["id"]
    assert await reader.comment(github.repo, made) is None


async def test_children_and_parent(github: GitHub, reader: Reader) -> None:
    ada = github.actor("ada")
    epic, *children = [ada.open_issue(NAME, f"{n}") for n in range(4)]
    for child in children:
        await ada.add_sub_issue(epic, child)
    assert [one.id for one in await reader.sub_issues(github.ref(epic))] == [one.id for one in children]
    parent = await reader.parent(github.ref(children[0]))
    assert parent is not None
    assert parent.ref == github.ref(epic)
    assert await reader.parent(github.ref(epic)) is None
    assert await reader.sub_issues(github.ref(children[0])) == ()


async def test_a_child_in_another_repository_is_not_taken_for_one_of_ours(github: GitHub, reader: Reader) -> None:
    """Its number means another issue here."""
    world, ada = github.sandbox.world, github.actor("ada")
    other = await repositories.create_repository(
        world, github.repository.owner, "other", private=False, default_branch="main", files={}
    )
    repositories.set_role(other, ada.user, "admin")
    epic, child = ada.open_issue(NAME, "Epic"), ada.open_issue("acme/other", "Child")
    await ada.add_sub_issue(epic, child)
    (found,) = await reader.sub_issues(github.ref(epic))
    assert (found.id, found.ref) == (child.id, IssueRef(Repo(github.installation, 0), child.number))


async def test_a_pull_request(github: GitHub, reader: Reader) -> None:
    made = await pull(github)
    found = await reader.pull(github.ref(made.issue))
    assert found is not None
    assert (found.head, found.head_ref, found.head_repo) == (made.head_sha, "fix", github.repo.id)
    assert (found.base_ref, found.is_open, found.merged, found.author.login) == ("main", True, False, "ada")
    await github.actor("ada").merge_pull(made)
    merged = await reader.pull(github.ref(made.issue))
    assert merged is not None
    assert (merged.is_open, merged.merged) == (False, True)


async def test_an_issue_is_no_pull_request(github: GitHub, reader: Reader) -> None:
    assert await reader.pull(github.ref(github.actor("ada").open_issue(NAME, "x"))) is None


async def test_open_pulls_of_a_branch_are_of_our_own_branch(github: GitHub, reader: Reader) -> None:
    """A fork of the same owner may have a branch of the same name, and a closed one does not count."""
    ours, closed = await pull(github, "fix"), await pull(github, "old")
    github.actor("ada").close(closed.issue)
    assert [one.ref for one in await reader.open_pulls_of_branch(github.repo, "fix")] == [github.ref(ours.issue)]
    assert await reader.open_pulls_of_branch(github.repo, "old") == ()
    assert await reader.open_pulls_of_branch(github.repo, "none") == ()


async def test_open_pulls_with_a_head_end_with_it(github: GitHub, reader: Reader) -> None:
    """GitHub also lists those that merely contain the commit."""
    ada, first = github.actor("ada"), await pull(github)
    head = first.head_sha
    assert [one.ref for one in await reader.open_pulls_with_head(github.repo, Sha(head))] == [github.ref(first.issue)]
    await ada.push(NAME, "fix", {"fix.txt": "more"})
    assert await reader.open_pulls_with_head(github.repo, Sha(head)) == ()


async def test_a_commit_nobody_knows(github: GitHub, reader: Reader) -> None:
    assert await reader.open_pulls_with_head(github.repo, NOWHERE) == ()
    assert await reader.tree(github.repo, NOWHERE) is None
    assert await reader.check_runs(github.repo, NOWHERE, "interlock/provenance") == ()


async def test_branch_heads_and_trees(github: GitHub, reader: Reader) -> None:
    sha = await github.actor("ada").push(NAME, "interlock/5-fix/it", {"a.txt": "a"})
    assert await reader.branch_head(github.repo, "interlock/5-fix/it") == sha
    assert await reader.tree(github.repo, Sha(sha)) == (await github.sandbox.world.git.info(github.repo.id, sha)).tree
    for unknown in ("interlock/5-fix", "interlock", "nothing", "..", "a//b", ""):
        assert await reader.branch_head(github.repo, unknown) is None


async def test_check_runs_of_one_name_with_those_that_were_replaced(github: GitHub, reader: Reader) -> None:
    world, head = github.sandbox.world, (await pull(github)).head_sha
    for conclusion, name in (("success", "ours"), ("failure", "ours"), ("success", "other")):
        body = {"name": name, "head_sha": head, "conclusion": conclusion, "external_id": "key"}
        await checks.create(world, github.repository, world.app, body)
    found = await reader.check_runs(github.repo, Sha(head), "ours")
    assert sorted(one.conclusion for one in found) == ["failure", "success"]
    assert {(one.name, one.head, one.app_id, one.external_id) for one in found} == {("ours", head, world.app.id, "key")}


async def test_failed_deliveries_since_a_time(github: GitHub, reader: Reader) -> None:
    world, ada = github.sandbox.world, github.actor("ada")
    async with receiving() as receiver:
        world.webhooks.url = receiver.url
        receiver.status = 503
        for n in range(101):
            ada.open_issue(NAME, f"{n}")
        await github.sandbox.settle()
        receiver.status = 202
        ada.open_issue(NAME, "heard")
        await github.sandbox.settle()
    refused = [one for one in world.webhooks.log if not one.is_success]
    half = len(refused) // 2
    for one in refused[:half]:
        assert one.delivered_at is not None
        one.delivered_at -= timedelta(hours=2)
    found = await reader.failed_deliveries(world.now() - timedelta(hours=1))
    assert [one.guid for one in found] == [one.guid for one in reversed(refused[half:])]
    assert {(one.ok, one.event) for one in found} == {(False, "issues")}
    everything = await reader.failed_deliveries(world.now() - timedelta(days=3))
    assert len(everything) == 101


async def test_reads_use_one_token_that_can_only_read(github: GitHub, reader: Reader) -> None:
    issue = github.ref(github.actor("ada").open_issue(NAME, "x"))
    await reader.issue(issue)
    await reader.comments(issue)
    await reader.permission(github.repo, "ada")
    await reader.open_pulls_of_branch(github.repo, "main")
    await reader.check_runs(github.repo, NOWHERE, "x")
    assert github.asked("/access_tokens", "POST") == 1
    assert "write" not in PERMISSIONS[Purpose.READ].values()


async def test_a_missing_permission_is_named(github: GitHub, reader: Reader) -> None:
    issue = github.ref(github.actor("ada").open_issue(NAME, "x"))
    await reader.repository(github.repo)
    (token,) = [one for one in github.sandbox.world.tokens.values() if isinstance(one, InstallationToken)]
    full, token.permissions = token.permissions, {"metadata": "read"}
    with pytest.raises(Answered, match="issues=read; pull_requests=read"):
        await reader.comments(issue)
    token.permissions = full
    assert not github.limits.closed, "a missing permission is no limit"


async def test_a_permission_that_was_never_granted_is_an_error(github: GitHub, reader: Reader) -> None:
    (installation,) = github.sandbox.world.installations.values()
    del installation.permissions["checks"]
    with pytest.raises(Answered, match="permissions requested are not granted") as refused:
        await reader.repository(github.repo)
    assert refused.value.retry_after


async def test_a_suspended_installation_is_an_error(github: GitHub, reader: Reader) -> None:
    (installation,) = github.sandbox.world.installations.values()
    installations.suspend(github.sandbox.world, installation, github.actor("ada").user)
    with pytest.raises(Answered, match="suspended"):
        await reader.repository(github.repo)


async def test_a_file_is_read_as_bytes_where_it_stands(github: GitHub, reader: Reader) -> None:
    ada = github.actor("ada")
    sha = Sha(await ada.push(NAME, "feature/a", {"a folder/grün.txt": "grün\n"}))
    file = File(content="grün\n".encode(), size=6)
    for ref in (sha, "feature/a", "refs/heads/feature/a"):
        assert await reader.file(github.repo, "a folder/grün.txt", ref) == file
    assert await reader.file(github.repo, "a folder/grün.txt") is None, "not on the default branch"
    assert await reader.file(github.repo, "a folder/grün.txt", NOWHERE) is None
    assert await reader.file(github.repo, "a folder", sha) is None, "a directory is no file"
    assert await reader.file(Repo(github.installation, 999_999), "README.md") is None


async def test_a_file_without_content_tells_its_size(github: GitHub, reader: Reader) -> None:
    await github.actor("ada").push(NAME, "main", {"large": "x" * 1_100_000, "empty": ""})
    assert await reader.file(github.repo, "large") == File(content=b"", size=1_100_000)
    assert await reader.file(github.repo, "empty") == File(content=b"", size=0)


async def test_a_file_that_cannot_be_read_is_not_called_missing(github: GitHub, reader: Reader) -> None:
    github.faults.add(Status(500), path=".*/contents/.*", times=None)
    with pytest.raises(NoAnswer):
        await reader.file(github.repo, "README.md")


async def test_the_merge_base_is_where_a_branch_was_left(github: GitHub, reader: Reader) -> None:
    ada = github.actor("ada")
    base = await reader.branch_head(github.repo, "main")
    head = Sha(await ada.push(NAME, "fix/it", {"a": "1"}))
    assert base
    await ada.push(NAME, "main", {"b": "1"})
    assert await reader.merge_base(github.repo, "main", head) == base
    assert await reader.merge_base(github.repo, "fix/it", base) == base
    assert await reader.merge_base(github.repo, "nowhere", head) is None


async def test_what_was_seen_open_is_not_asked_again_at_once_and_what_was_closed_is(
    github: GitHub, reader: Reader
) -> None:
    issue = github.actor("ada").open_issue(NAME, "A new line", "Soon.")
    ref, path = github.ref(issue), f"/repos/{NAME}/issues/{issue.number}"
    assert [await reader.is_open(ref) for _ in range(2)] == [True, True]
    assert github.asked(path) == 1
    github.actor("ada").close(issue)
    assert await reader.is_open(ref) is True, "seen a moment ago"
    assert (await reader.issue(ref)) is not None
    assert await reader.is_open(ref) is False
    github.actor("ada").reopen(issue)
    assert await reader.is_open(ref) is True
    reader.saw(ref, is_open=False)
    github.actor("ada").delete_issue(issue)
    assert await reader.is_open(ref) is None
