"""Real git behind the sandbox: commits, comparisons, merges by plumbing; clone and push over smart HTTP."""

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.process import GitFailed, git, git_env
from bot.sandbox.git_host import GitHost, MergeConflict, MergeMethod, Person, RefMoved, RefUpdate, UnknownRevision
from bot.sandbox.git_host.values import NO_COMMIT
from bot.sandbox.state import User

ADA = Person("Ada", "ada@example.com")
BOB = Person("Bob", "bob@example.com")
FILES = {"README.md": "one\ntwo\nthree\n", "src/a.py": "a = 1\n", "src/b.py": "b = 1\n"}


@pytest.fixture
async def host(tmp_path: Path) -> GitHost:
    host = GitHost(tmp_path / "repositories")
    await host.create(1, default_branch="main", files=FILES, author=ADA, message="First\n\nBody.")
    return host


async def head(host: GitHost, branch: str = "main", repository_id: int = 1) -> str:
    sha = await host.branch(repository_id, branch)
    assert sha is not None
    return sha


async def test_a_new_repository_has_one_commit_with_its_files(host: GitHost) -> None:
    first = await host.info(1, "HEAD")
    assert (first.message, first.parents, first.author.name, first.author.email) == (
        "First\n\nBody.",
        (),
        "Ada",
        "ada@example.com",
    )
    assert await host.refs(1) == {"refs/heads/main": first.sha}
    assert [(e.path, e.type, e.size) for e in await host.tree(1, "main")] == [
        ("README.md", "blob", 14),
        ("src", "tree", None),
    ]
    assert [e.path for e in await host.tree(1, "main", "src")] == ["src/a.py", "src/b.py"]
    assert await host.read_file(1, "main", "src/a.py") == b"a = 1\n"


@pytest.mark.parametrize("path", ["src", "nothing", "src/*.py", ":(glob)**", "-x"])
async def test_what_is_no_file_reads_as_none(host: GitHost, path: str) -> None:
    assert await host.read_file(1, "main", path) is None


async def test_a_commit_moves_only_its_branch(host: GitHost) -> None:
    first = await head(host)
    one = await host.commit(1, "topic", {"new.txt": "x", "src/b.py": None}, message="One", author=BOB)
    two = await host.commit(1, "topic", {"new.txt": "y"}, message="Two", author=BOB)
    assert (await head(host), await head(host, "topic")) == (first, two)
    assert (await host.info(1, two)).parents == (one,)
    assert await host.read_file(1, "topic", "src/b.py") is None
    assert await host.read_file(1, one, "new.txt") == b"x"


async def test_a_commit_on_a_base_replaces_the_branch(host: GitHost) -> None:
    first = await head(host)
    await host.commit(1, "topic", {"n": "1"}, message="One", author=BOB)
    again = await host.commit(1, "topic", {"n": "2"}, message="Again", author=BOB, base="main")
    assert (await host.info(1, "topic")).sha == again
    assert (await host.info(1, again)).parents == (first,)


async def test_awkward_paths_names_and_texts_survive(host: GitHost) -> None:
    files = {'a "quoted" \\ name.txt': "ä\n\x00data 5\n", "dir with\nnewline/ü": ""}
    sha = await host.commit(
        1, "main", files, message="Subject\n\n# not a comment\nfrom x\n", author=Person("<A>\n", "e")
    )
    for path, text in files.items():
        assert await host.read_file(1, sha, path) == text.encode()
    commit = await host.info(1, sha)
    assert (commit.message, commit.author.name) == ("Subject\n\n# not a comment\nfrom x", "A")


async def test_revisions_are_names_and_shas_and_nothing_else(host: GitHost) -> None:
    sha = await head(host)
    await host.update_ref(1, "refs/tags/v1", sha, old=None)
    for revision in ("main", "heads/main", "refs/heads/main", "v1", "tags/v1", "HEAD", sha, sha[:7]):
        assert await host.resolve(1, revision) == sha, revision
    for revision in (
        "nope",
        sha[:6],
        f"{sha}^{{tree}}",
        "main~0",
        "main@{0}",
        ":/First",
        "--all",
        "^main",
        "",
        "0" * 40,
    ):
        assert await host.resolve(1, revision) is None, revision


async def test_a_branch_named_like_a_short_sha_wins_over_the_sha(host: GitHost) -> None:
    first = await head(host)
    other = await host.commit(1, first[:8], {"x": "x"}, message="X", author=ADA)
    assert await host.resolve(1, first[:8]) == other


async def test_a_ref_moves_only_from_where_it_was_believed_to_be(host: GitHost) -> None:
    first = await head(host)
    second = await host.commit(1, "topic", {"n": "1"}, message="n", author=ADA)
    with pytest.raises(RefMoved, match=f"is at {first}, not at {second}"):
        await host.update_ref(1, "refs/heads/main", second, old=second)
    with pytest.raises(RefMoved):
        await host.update_ref(1, "refs/heads/main", second, old=None)
    with pytest.raises(RefMoved):
        await host.update_ref(1, "refs/heads/main", None, old=second)
    assert await head(host) == first
    await host.update_ref(1, "refs/heads/main", second, old=first)
    await host.update_ref(1, "refs/heads/topic", None, old=second)
    assert await host.refs(1) == {"refs/heads/main": second}


async def test_a_broken_sha_is_an_error_of_git_not_a_moved_ref(host: GitHost) -> None:
    with pytest.raises(GitFailed):
        await host.update_ref(1, "refs/heads/new", "1" * 40, old=None)


async def test_a_comparison_counts_from_the_merge_base(host: GitHost) -> None:
    fork_point = await head(host)
    long = "".join(f"line {n}\n" for n in range(20))
    await host.commit(1, "topic", {"src/long.py": long, "README.md": "one\n2\nthree\n"}, message="T1", author=BOB)
    await host.commit(1, "topic", {"src/b.py": None, "bin": "\x00"}, message="T2", author=BOB)
    await host.commit(1, "main", {"other": "x"}, message="M1", author=ADA)
    found = await host.compare(1, "main", "topic")
    assert (found.status, found.ahead_by, found.behind_by) == ("diverged", 2, 1)
    assert found.merge_base.sha == fork_point
    assert [c.message for c in found.commits] == ["T1", "T2"]
    files = {f.path: f for f in found.files}
    assert {p: (f.status, f.additions, f.deletions) for p, f in files.items()} == {
        "README.md": ("modified", 1, 1),
        "bin": ("added", 0, 0),
        "src/b.py": ("removed", 0, 1),
        "src/long.py": ("added", 20, 0),
    }
    assert files["README.md"].patch == "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three"
    assert files["bin"].patch is None
    blob = (await host.tree(1, "topic", "README.md"))[0].sha
    assert files["README.md"].sha == blob
    assert files["src/b.py"].sha == (await host.tree(1, "main", "src/b.py"))[0].sha


@pytest.mark.parametrize(
    ("base", "head_", "status"),
    [("main", "main", "identical"), ("main", "topic", "ahead"), ("topic", "main", "behind")],
)
async def test_the_status_of_a_comparison(host: GitHost, base: str, head_: str, status: str) -> None:
    await host.commit(1, "topic", {"n": "1"}, message="n", author=ADA)
    assert (await host.compare(1, base, head_)).status == status


async def test_a_rename_is_seen_as_one(host: GitHost) -> None:
    text = "".join(f"line {n}\n" for n in range(30))
    await host.commit(1, "main", {"old.txt": text, "zz": "same\n"}, message="m", author=ADA)
    sha = await host.commit(
        1, "main", {"old.txt": None, "new.txt": text + "end\n", "zz": "z\n"}, message="r", author=ADA
    )
    renamed, changed = await host.changes(1, sha)
    assert (renamed.path, renamed.previous_path, renamed.status, renamed.additions) == (
        "new.txt",
        "old.txt",
        "renamed",
        1,
    )
    assert (changed.path, changed.previous_path, changed.patch) == ("zz", None, "@@ -1 +1 @@\n-same\n+z")


async def test_a_root_commit_is_compared_with_nothing(host: GitHost) -> None:
    assert [f.status for f in await host.changes(1, "main")] == ["added"] * 3


async def test_unrelated_and_unknown_revisions_are_named(host: GitHost) -> None:
    with pytest.raises(UnknownRevision, match="nowhere"):
        await host.compare(1, "main", "nowhere")


@dataclass
class Sides:
    base: str
    head: str


@pytest.fixture
async def sides(host: GitHost) -> Sides:
    await host.commit(1, "topic", {"src/a.py": "a = 2\n"}, message="T1", author=BOB)
    topic = await host.commit(1, "topic", {"src/c.py": "c\n"}, message="T2\n\nWhy.", author=BOB)
    base = await host.commit(1, "main", {"src/b.py": "b = 2\n"}, message="M1", author=ADA)
    return Sides(base, topic)


async def merged(host: GitHost, sides: Sides, method: MergeMethod) -> str:
    return await host.merge(
        1, base_branch="main", head=sides.head, method=method, message="Merged", author=ADA, expected_base=sides.base
    )


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
async def test_every_method_brings_the_same_tree(host: GitHost, sides: Sides, method: MergeMethod) -> None:
    new = await merged(host, sides, method)
    assert await head(host) == new
    for path, text in {"src/a.py": b"a = 2\n", "src/b.py": b"b = 2\n", "src/c.py": b"c\n"}.items():
        assert await host.read_file(1, "main", path) == text
    assert await head(host, "topic") == sides.head


async def test_a_merge_commit_has_both_parents(host: GitHost, sides: Sides) -> None:
    commit = await host.info(1, await merged(host, sides, "merge"))
    assert commit.parents == (sides.base, sides.head)
    assert (commit.message, commit.author.name, commit.committer.email) == ("Merged", "Ada", "noreply@github.com")


async def test_a_squash_is_one_commit_on_the_base(host: GitHost, sides: Sides) -> None:
    commit = await host.info(1, await merged(host, sides, "squash"))
    assert (commit.parents, commit.message) == ((sides.base,), "Merged")


async def test_a_rebase_replays_each_commit_with_its_author(host: GitHost, sides: Sides) -> None:
    await merged(host, sides, "rebase")
    two, one, base = await host.log(1, "main", limit=3)
    assert (base.sha, one.parents, two.parents) == (sides.base, (sides.base,), (one.sha,))
    assert [(c.message, c.author.name, c.committer.name) for c in (one, two)] == [
        ("T1", "Bob", "GitHub"),
        ("T2\n\nWhy.", "Bob", "GitHub"),
    ]
    assert [f.path for f in await host.changes(1, one.sha)] == ["src/a.py"]


async def test_a_rebase_replays_commits_that_change_the_same_line_one_after_the_other(host: GitHost) -> None:
    for n in (2, 3):
        topic = await host.commit(1, "topic", {"src/a.py": f"a = {n}\n"}, message=f"T{n}", author=BOB)
    base = await host.commit(1, "main", {"src/b.py": "b = 2\n"}, message="M1", author=ADA)
    await merged(host, Sides(base, topic), "rebase")
    assert [c.message for c in await host.log(1, "main", limit=3)] == ["T3", "T2", "M1"]
    assert await host.read_file(1, "main", "src/a.py") == b"a = 3\n"


async def test_a_rebase_writes_new_commits_even_where_a_fast_forward_would_do(host: GitHost) -> None:
    base = await head(host)
    topic = await host.commit(1, "topic", {"n": "1"}, message="n", author=BOB)
    assert await merged(host, Sides(base, topic), "rebase") != topic


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
async def test_a_conflict_changes_nothing(host: GitHost, sides: Sides, method: MergeMethod) -> None:
    base = await host.commit(1, "main", {"src/a.py": "a = 3\n"}, message="M2", author=ADA)
    with pytest.raises(MergeConflict, match=r"src/a\.py"):
        await merged(host, Sides(base, sides.head), method)
    assert await head(host) == base


async def test_a_merge_is_tried_beforehand(host: GitHost, sides: Sides) -> None:
    tried = await host.test_merge(1, 5, sides.base, sides.head)
    assert tried is not None
    assert (await host.refs(1))["refs/pull/5/merge"] == tried
    assert (await host.info(1, tried)).parents == (sides.base, sides.head)
    assert await host.test_merge(1, 5, sides.base, sides.head) == tried
    assert await head(host) == sides.base
    conflicting = await host.commit(1, "main", {"src/a.py": "a = 3\n"}, message="M2", author=ADA)
    for _ in range(2):
        assert await host.test_merge(1, 5, conflicting, sides.head) is None
        assert "refs/pull/5/merge" not in await host.refs(1)


async def test_ancestors_are_told_from_strangers(host: GitHost, sides: Sides) -> None:
    new = await merged(host, sides, "merge")
    assert await host.is_ancestor(1, sides.head, new)
    assert await host.is_ancestor(1, new, new)
    assert not await host.is_ancestor(1, new, sides.head)


async def test_a_commit_of_a_fork_can_be_known_without_a_ref(host: GitHost) -> None:
    await host.fork(1, 2)
    new = await host.commit(2, "topic", {"n": "1"}, message="n", author=BOB)
    before = await host.refs(1)
    await host.bring(1, 2, new)
    assert await host.resolve(1, new) == new
    assert await host.refs(1) == before


async def test_a_merge_onto_a_moved_base_is_refused(host: GitHost, sides: Sides) -> None:
    moved = await host.commit(1, "main", {"n": "1"}, message="n", author=ADA)
    with pytest.raises(RefMoved):
        await merged(host, sides, "merge")
    assert await head(host) == moved


async def test_a_fork_has_the_branches_and_lives_by_itself(host: GitHost) -> None:
    await host.track_pull(1, 7, 1, await head(host))
    await host.fork(1, 2)
    assert await host.refs(2) == {"refs/heads/main": await head(host)}
    new = await host.commit(2, "topic", {"n": "1"}, message="n", author=BOB)
    assert await host.resolve(1, new) is None
    await host.track_pull(1, 8, 2, new)
    assert (await host.refs(1))["refs/pull/8/head"] == new
    assert await host.read_file(1, "refs/pull/8/head", "n") == b"1"
    forced = await host.commit(2, "topic", {"n": "2"}, message="n", author=BOB, base="main")
    await host.track_pull(1, 8, 2, forced)
    assert (await host.refs(1))["refs/pull/8/head"] == forced


# Over HTTP, with the real client

WRITING, READING = "secret", "read"  # passwords
WRITER, READER = User(1, "ada", "User", "U_1"), User(2, "rita", "User", "U_2")


@dataclass
class Served:
    url: str
    host: GitHost
    pushes: list[tuple[int, str, list[RefUpdate]]] = field(default_factory=list)

    def remote(self, password: str = WRITING) -> str:
        return self.url.replace("http://", f"http://ada:{password}@") + "acme/railway.git"


@asynccontextmanager
async def serve(host: GitHost, **options: Any) -> AsyncIterator[Served]:
    async def authorize(
        owner: str, name: str, user: str | None, password: str | None, service: str
    ) -> tuple[int, User] | None:
        if (owner, name) != ("acme", "railway") or password not in (WRITING, READING):
            return None
        if service == "git-receive-pack" and password == READING:
            raise web.HTTPForbidden(text="read only")
        return 1, WRITER if password == WRITING else READER

    async def on_push(repository_id: int, actor: User, updates: list[RefUpdate]) -> None:
        known.pushes.append((repository_id, actor.login, updates))

    app = web.Application()
    app.add_routes(host.routes(authorize, on_push))
    server = TestServer(app, host="127.0.0.1")
    await server.start_server(**options)
    try:
        known = Served(str(server.make_url("/")), host)
        yield known
    finally:
        await server.close()


@pytest.fixture
async def served(host: GitHost) -> AsyncIterator[Served]:
    async with serve(host) as known:
        yield known


async def client(*args: str, cwd: Path) -> str:
    who = {f"GIT_{r}_{p}": v for r in ("AUTHOR", "COMMITTER") for p, v in (("NAME", "Ada"), ("EMAIL", "ada@x"))}
    done = await git(*args, cwd=cwd, timeout=30, env=git_env(protocols=["http"], **who))
    return done.stdout.decode().strip()


async def clone(served: Served, into: Path, name: str = "clone") -> Path:
    await client("clone", "--quiet", served.remote(), name, cwd=into)
    return into / name


async def commit(work: Path, text: str) -> str:
    (work / "file.txt").write_text(text)
    await client("add", "file.txt", cwd=work)
    await client("commit", "--quiet", "-m", text, cwd=work)
    return await client("rev-parse", "HEAD", cwd=work)


async def test_a_clone_and_a_push_by_the_real_client(served: Served, tmp_path: Path) -> None:
    before = await head(served.host)
    work = await clone(served, tmp_path)
    assert (work / "README.md").read_text() == FILES["README.md"]
    sha = await commit(work, "pushed")
    await client("push", "--quiet", "origin", "HEAD:main", "HEAD:refs/heads/topic", cwd=work)
    assert await served.host.read_file(1, "main", "file.txt") == b"pushed"
    assert served.pushes == [
        (
            1,
            "ada",
            [RefUpdate("refs/heads/main", before, sha), RefUpdate("refs/heads/topic", NO_COMMIT, sha)],
        )
    ]
    await client("push", "--quiet", "origin", ":topic", cwd=work)
    assert served.pushes[1][2] == [RefUpdate("refs/heads/topic", sha, NO_COMMIT)]


async def test_a_push_that_would_lose_commits_is_rejected_and_told_to_nobody(served: Served, tmp_path: Path) -> None:
    work = await clone(served, tmp_path)
    await commit(work, "mine")
    theirs = await served.host.commit(1, "main", {"x": "theirs"}, message="theirs", author=BOB)
    with pytest.raises(GitFailed, match="rejected"):
        await client("push", "origin", "HEAD:main", cwd=work)
    assert await head(served.host) == theirs
    assert served.pushes == []
    await client("push", "--quiet", "--force", "origin", "HEAD:main", cwd=work)
    assert served.pushes[0][2][0].before == theirs


async def test_pull_request_refs_are_fetched_but_never_pushed(served: Served, tmp_path: Path) -> None:
    await served.host.track_pull(1, 5, 1, await head(served.host))
    work = await clone(served, tmp_path)
    await client("fetch", "--quiet", "origin", "refs/pull/5/head", cwd=work)
    await commit(work, "sneaky")
    with pytest.raises(GitFailed, match="hidden ref"):
        await client("push", "origin", "HEAD:refs/pull/5/head", cwd=work)
    assert served.pushes == []


async def test_any_commit_can_be_fetched_by_its_sha(served: Served, tmp_path: Path) -> None:
    lost = await served.host.commit(1, "topic", {"n": "1"}, message="n", author=ADA)
    await served.host.update_ref(1, "refs/heads/topic", None, old=lost)
    work = await clone(served, tmp_path)
    await client("fetch", "--quiet", "origin", lost, cwd=work)
    assert await client("rev-parse", "FETCH_HEAD", cwd=work) == lost


async def test_a_large_push_arrives_whole(served: Served, tmp_path: Path) -> None:
    work = await clone(served, tmp_path)
    lines = "".join(f"{n * 2654435761 % 2**32:x}\n" for n in range(400_000))  # > 1 MiB also when compressed
    await commit(work, lines[:10])
    (work / "file.txt").write_text(lines)
    await client("commit", "--quiet", "-a", "-m", "large", cwd=work)
    await client("push", "--quiet", "origin", "HEAD:main", cwd=work)
    assert await served.host.read_file(1, "main", "file.txt") == lines.encode()


async def test_a_wrong_password_and_a_read_only_one_push_nothing(served: Served, tmp_path: Path) -> None:
    work = await clone(served, tmp_path)
    await commit(work, "mine")
    for password, words in (("wrong", "not found"), ("read", "403")):
        with pytest.raises(GitFailed, match=words):
            await client("push", served.remote(password), "HEAD:main", cwd=work)
    assert served.pushes == []


async def test_without_credentials_the_client_is_asked_for_them(served: Served) -> None:
    async with aiohttp.ClientSession() as session:
        url = served.url + "acme/railway.git/info/refs"
        async with session.get(url, params={"service": "git-upload-pack"}) as answer:
            assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="GitHub"')
        async with session.get(url) as answer:
            assert answer.status == 403  # the dumb protocol


@pytest.mark.parametrize("auto_decompress", [True, False])
async def test_a_gzipped_request_is_understood(host: GitHost, auto_decompress: bool) -> None:
    """git packs large negotiations; a server that unpacks them itself leaves the header behind."""
    headers = {
        "Authorization": aiohttp.encode_basic_auth("ada", WRITING),
        "Content-Type": "application/x-git-upload-pack-request",
        "Content-Encoding": "gzip",
        "Git-Protocol": "version=2",
    }
    body = gzip.compress(b"0014command=ls-refs\n0000")
    async with serve(host, auto_decompress=auto_decompress) as served, aiohttp.ClientSession() as session:
        url = served.url + "acme/railway.git/git-upload-pack"
        async with session.post(url, data=body, headers=headers) as answer:
            assert answer.status == 200
            assert (await head(host)).encode() in await answer.read()
