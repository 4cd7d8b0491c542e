"""What git says about a worktree: the evidence that is sworn for a plan."""

from pathlib import Path

from bot.model.events import Evidence
from bot.model.ids import Sha
from bot.model.plan import Plan
from bot.process import git

#: Reading is quick; a worktree on a hung file system must not hang the runner. Seconds.
TIMEOUT = 30.0


class NoEvidence(Exception):
    """The worktree cannot be attested as it is; the message says why and what would be right."""


async def current_branch(worktree: Path) -> str:
    """The branch that is checked out. Raises NoEvidence for a detached HEAD, GitFailed outside a worktree."""
    done = await git("symbolic-ref", "--quiet", "--short", "HEAD", cwd=worktree, timeout=TIMEOUT, allowed=(0, 1))
    if done.returncode:
        raise NoEvidence("HEAD is detached; check out the planned branch, or name the plan with --plan")
    return done.stdout.decode().strip()


async def read_evidence(worktree: Path, plan: Plan) -> Evidence:
    """HEAD, its tree, the patch since the plan's base, and whether anything is uncommitted.

    Raises NoEvidence if the planned base is not in the history of HEAD, or HEAD moved while it was being read.
    """
    head = await _sha(worktree, "HEAD^{commit}")
    known = await git("cat-file", "-e", f"{plan.base}^{{commit}}", cwd=worktree, timeout=TIMEOUT, allowed=(0, 1, 128))
    if known.returncode:
        raise NoEvidence(f"the planned base {plan.base} is not in this repository; run: git fetch origin")
    ancestor = await git("merge-base", "--is-ancestor", plan.base, head, cwd=worktree, timeout=TIMEOUT, allowed=(0, 1))
    if ancestor.returncode:
        raise NoEvidence(f"HEAD {head} does not contain the planned base {plan.base}; rebase the work onto it")
    evidence = Evidence(
        plan=plan.id,
        head=head,
        tree=await _sha(worktree, f"{head}^{{tree}}"),
        base=plan.base,
        patch_id=await _patch_id(worktree, plan.base, head),
        dirty=await _is_dirty(worktree),
    )
    if await _sha(worktree, "HEAD^{commit}") != head:
        raise NoEvidence("HEAD moved while it was being read; attest again when the work is committed")
    return evidence


async def _sha(worktree: Path, revision: str) -> Sha:
    done = await git("rev-parse", "--verify", "--end-of-options", revision, cwd=worktree, timeout=TIMEOUT)
    return Sha(done.stdout.decode().strip())


async def _patch_id(worktree: Path, base: Sha, head: Sha) -> str:
    """`git patch-id --stable` of the whole diff; empty for an empty diff."""
    diff = await git(
        "diff", "--no-ext-diff", "--no-textconv", "--full-index", "--binary", base, head, cwd=worktree, timeout=TIMEOUT
    )
    done = await git("patch-id", "--stable", cwd=worktree, stdin=diff.stdout, timeout=TIMEOUT)
    return done.stdout.decode().partition(" ")[0].strip()


async def _is_dirty(worktree: Path) -> bool:
    """Changed or untracked files, or files that git was told to overlook (faults 1.4: assume-unchanged hides dirt)."""
    status = await git("status", "--porcelain", "--untracked-files=all", cwd=worktree, timeout=TIMEOUT)
    if status.stdout.strip():
        return True
    flags = await git("ls-files", "-v", cwd=worktree, timeout=TIMEOUT)
    return any(line[:1].islower() or line[:1] == b"S" for line in flags.stdout.splitlines())
