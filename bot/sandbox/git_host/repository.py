"""One bare repository, read and written by git plumbing. Callers that write hold the host's lock for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from bot.process import Completed, GitFailed, git, git_env
from bot.sandbox.git_host.diffs import parse_changes
from bot.sandbox.git_host.values import Commit, FileChange, Person, RefMoved, Signature, TreeEntry, UnknownRevision

TIMEOUT = 30.0  # seconds for one git command; the repositories of a sandbox are small
_FORMAT = "%H%n%T%n%P%n%an%n%ae%n%ad%n%cn%n%ce%n%cd%n%B"
_SHA = re.compile(r"[0-9a-f]{40}")
_ABBREVIATED = re.compile(r"[0-9a-f]{7,39}")


class BareRepository:
    """Errors of git that no method names come through as `bot.process.GitFailed`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def git(
        self,
        *args: str,
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
        allowed: Sequence[int] = (0,),
    ) -> Completed:
        whole = git_env(protocols=["file"], GIT_DIR=str(self.path), **(env or {}))
        return await git(*args, cwd=self.path, timeout=TIMEOUT, stdin=stdin, env=whole, allowed=allowed)

    async def text(self, *args: str) -> str:
        return (await self.git(*args)).stdout.decode(errors="surrogateescape").strip()

    async def init(self, default_branch: str) -> None:
        """An empty repository that behaves like GitHub's: any commit can be fetched, refs/pull is read-only."""
        self.path.mkdir(parents=True)
        await self.git("init", "--quiet", "--bare", f"--initial-branch={default_branch}", "--template=", ".")
        for key, value in (
            ("uploadpack.allowAnySHA1InWant", "true"),
            ("uploadpack.allowFilter", "true"),
            ("receive.hideRefs", "refs/pull"),  # "deny updating a hidden ref", as on GitHub
            ("receive.autogc", "false"),
        ):
            await self.git("config", key, value)

    async def default_branch(self) -> str:
        return (await self.text("symbolic-ref", "HEAD")).removeprefix("refs/heads/")

    async def refs(self) -> dict[str, str]:
        """Full name -> SHA, tags as they are stored (not peeled)."""
        lines = (await self.text("for-each-ref", "--format=%(objectname) %(refname)")).splitlines()
        return {ref: sha for sha, _, ref in (line.partition(" ") for line in lines)}

    async def resolve(self, revision: str) -> str | None:
        """The commit behind a SHA (also abbreviated to seven digits or more), branch, tag or ref.

        Nothing else of git's revision language is understood: a revision here may come out of a URL.
        """
        if _SHA.fullmatch(revision):
            return await self._commit_sha(revision)
        refs = await self.refs()
        if revision == "HEAD":
            revision = await self.default_branch()
        for ref in (f"refs/heads/{revision}", f"refs/tags/{revision}", f"refs/{revision}", revision):
            if ref in refs:
                return await self._commit_sha(refs[ref])
        return await self._commit_sha(revision) if _ABBREVIATED.fullmatch(revision) else None

    async def need(self, revision: str) -> str:
        """Like `resolve`, but raises UnknownRevision."""
        found = await self.resolve(revision)
        if found is None:
            raise UnknownRevision(f"no commit {revision!r}")
        return found

    async def _commit_sha(self, sha: str) -> str | None:
        done = await self.git("rev-parse", "--verify", "--quiet", f"{sha}^{{commit}}", allowed=(0, 1, 128))
        return done.stdout.decode().strip() or None

    async def log(self, *revisions: str, limit: int | None = None) -> list[Commit]:
        """Commits of a range, newest first."""
        args = ["log", "-z", f"--format={_FORMAT}", "--date=raw", "--topo-order", *([f"-n{limit}"] if limit else [])]
        done = await self.git(*args, *revisions, "--")
        records = done.stdout.decode(errors="surrogateescape").split("\0")
        return [_parse_commit(record) for record in records if record]

    async def info(self, sha: str) -> Commit:
        (found,) = await self.log(sha, limit=1)
        return found

    async def count(self, revisions: str) -> int:
        return int(await self.text("rev-list", "--count", revisions, "--"))

    async def merge_base(self, one: str, other: str) -> str:
        done = await self.git("merge-base", one, other, allowed=(0, 1))
        if done.returncode:
            raise UnknownRevision(f"{one} and {other} have no common ancestor")
        return done.stdout.decode().strip()

    async def changes(self, before: str, after: str) -> list[FileChange]:
        """Files that differ between two commits or trees, renames detected, with patches."""
        common = ("diff-tree", "-r", "-M", "--no-ext-diff", "--no-textconv", "--full-index", "--no-color")
        lists = await self.git(*common, "--raw", "--numstat", "-z", before, after, "--")
        patch = await self.git(*common, "-p", before, after, "--")
        return parse_changes(lists.stdout, patch.stdout)

    async def read_file(self, revision: str, path: str) -> bytes | None:
        """The bytes of a file at a commit; None when there is no such file (or it is a directory)."""
        found = [entry for entry in await self.list_tree(revision, path) if entry.path == path]
        if not found or found[0].type != "blob":
            return None
        return (await self.git("cat-file", "blob", found[0].sha)).stdout

    async def list_tree(self, revision: str, path: str = "") -> list[TreeEntry]:
        """With a trailing slash (or "") the entries of a directory, otherwise the one entry of that name."""
        env = {"GIT_LITERAL_PATHSPECS": "1"}
        wanted = (path,) if path else ()
        done = await self.git("ls-tree", "-z", "--long", "--full-tree", revision, "--", *wanted, env=env)
        return [_parse_entry(line) for line in done.stdout.decode(errors="surrogateescape").split("\0") if line]

    async def update_ref(self, ref: str, new: str | None, *, old: str | None) -> None:
        """Move, create (`old` None) or delete (`new` None) a ref. Raises RefMoved when it is not at `old`."""
        word = "delete" if new is None else "create" if old is None else "update"
        values = " ".join(value for value in (new, old) if value is not None)
        try:
            await self.git("update-ref", "--stdin", stdin=f"{word} {ref} {values}\n".encode())
        except GitFailed as error:
            refs = await self.refs()
            if refs.get(ref) != old:
                raise RefMoved(f"{ref} is at {refs.get(ref)}, not at {old}") from error
            raise

    async def commit_files(
        self,
        ref: str,
        parent: str | None,
        files: Mapping[str, str | None],
        *,
        message: str,
        author: Person,
        now: datetime,
    ) -> str:
        """A commit on `parent` that writes (text) or removes (None) files, and `ref` moved to it, whatever it was."""
        who = f"{_one_line(author.name)} <{_one_line(author.email)}> {int(now.timestamp())} +0000"
        stream = [f"commit {ref}\nmark :1\nauthor {who}\ncommitter {who}\n".encode(), _data(message)]
        if parent is not None:
            stream.append(f"from {parent}\n".encode())
        for path, content in files.items():
            if content is None:
                stream.append(f"D {_quoted(path)}\n".encode())
            else:
                stream += [f"M 100644 inline {_quoted(path)}\n".encode(), _data(content)]
        stream.append(b"\nget-mark :1\ndone\n")
        done = await self.git("fast-import", "--quiet", "--force", "--done", stdin=b"".join(stream))
        return done.stdout.decode().strip()

    async def commit_tree(
        self, tree: str, parents: Sequence[str], message: str, *, author: Signature, committer: Signature
    ) -> str:
        """A commit object; no ref moves."""
        env = {
            f"GIT_{role}_{part}": value
            for role, who in (("AUTHOR", author), ("COMMITTER", committer))
            for part, value in (("NAME", who.name), ("EMAIL", who.email), ("DATE", _raw_date(who.date)))
        }
        flags = [word for parent in parents for word in ("-p", parent)]
        done = await self.git("commit-tree", tree, *flags, stdin=message.encode(errors="surrogateescape"), env=env)
        return done.stdout.decode().strip()

    async def fetch(self, source: BareRepository, *refspecs: str) -> None:
        await self.git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(source.path), *refspecs)


def _parse_commit(record: str) -> Commit:
    sha, tree, parents, an, ae, ad, cn, ce, cd, message = record.split("\n", 9)
    author, committer = Signature(an, ae, _date(ad)), Signature(cn, ce, _date(cd))
    return Commit(sha, tree, tuple(parents.split()), author, committer, message.rstrip("\n"))


def _parse_entry(line: str) -> TreeEntry:
    facts, _, path = line.partition("\t")
    mode, kind, sha, size = facts.split()
    return TreeEntry(path, mode, kind, sha, None if size == "-" else int(size))  # type: ignore[arg-type]


def _date(raw: str) -> datetime:
    seconds, _, zone = raw.partition(" ")
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5])) * (-1 if zone[0] == "-" else 1)
    return datetime.fromtimestamp(int(seconds), timezone(offset) if offset else UTC)


def _raw_date(moment: datetime) -> str:
    return f"{int(moment.timestamp())} {moment.strftime('%z') or '+0000'}"


def _data(text: str) -> bytes:
    raw = text.encode(errors="surrogateescape")
    return b"data %d\n%s\n" % (len(raw), raw)


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _one_line(text: str) -> str:
    return re.sub(r"[<>\n\0]", "", text)
