"""Children end when they should, in a clean environment, and leave nobody behind."""

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from bot import process
from bot.process import NotFound, OutputTooLarge, TimedOut, clean_env, git, git_env, run, running


def forking(noted: Path, *, and_wait: bool) -> list[str]:
    """A child with a grandchild that holds its pipes open and outlives a kill of the child alone."""
    return ["sh", "-c", f'sleep 60 & echo $! > "$1"; echo ready; {"wait" if and_wait else ""}', "sh", str(noted)]


def python(code: str, *args: str) -> list[str]:
    return [sys.executable, "-c", code, *args]


async def is_gone(pid: int) -> bool:
    """True when the process has ended; a zombie whose new parent has not looked yet has ended too."""
    for _ in range(100):
        if state_of(pid) in "ZX":
            return True
        await asyncio.sleep(0.02)
    return False


def state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "X"


async def test_output_input_and_exit_code_come_back_as_they_are() -> None:
    done = await run(
        python(
            "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1]); sys.stderr.write('9'); sys.exit(3)"
        ),
        timeout=20,
        env=clean_env(),
        stdin=b"\x00\xffabc",
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, b"cba\xff\x00", b"9")


async def test_stdin_is_empty_unless_given() -> None:
    assert (await run(["cat"], timeout=20, env=clean_env())).stdout == b""


async def test_a_child_that_does_not_read_its_input_is_no_error() -> None:
    assert (await run(["true"], timeout=20, env=clean_env(), stdin=b"x" * 5_000_000)).returncode == 0


async def test_large_input_and_output_flow_at_the_same_time() -> None:
    data = os.urandom(3_000_000)
    assert (await run(["cat"], timeout=20, env=clean_env(), stdin=data)).stdout == data


async def test_only_path_home_and_lang_are_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_PRIVATE_KEY", "secret")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    done = await run(["env"], timeout=20, env=clean_env(EXTRA="1"))
    names = {line.split("=")[0] for line in done.stdout.decode().splitlines()}
    assert names == {"PATH", "HOME", "LANG", "EXTRA"}


async def test_a_command_line_in_one_string_is_refused() -> None:
    with pytest.raises(TypeError, match="list of words"):
        await run("echo hello", timeout=1, env=clean_env())


async def test_words_are_never_read_by_a_shell() -> None:
    assert (await run(["echo", "$(id); `id` | x"], timeout=20, env=clean_env())).stdout == b"$(id); `id` | x\n"


@pytest.mark.parametrize("argv", [["no-such-program-here"], ["/etc/passwd"]])
async def test_a_program_that_cannot_be_started_is_named(argv: list[str]) -> None:
    with pytest.raises(NotFound, match=argv[0]) as caught:
        await run(argv, timeout=1, env=clean_env())
    assert caught.value.argv == tuple(argv)


async def test_a_missing_working_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        await run(["true"], timeout=1, env=clean_env(), cwd=tmp_path / "nowhere")


async def test_a_timeout_kills_the_whole_group(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    began = time.monotonic()
    with pytest.raises(TimedOut, match=r"did not end within 1.5 s"):
        await run(forking(noted, and_wait=True), timeout=1.5, env=clean_env())
    assert time.monotonic() - began < 10
    assert await is_gone(int(noted.read_text()))


async def test_a_grandchild_that_keeps_the_pipes_cannot_outlive_the_timeout(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    with pytest.raises(TimedOut):
        await run(forking(noted, and_wait=False), timeout=1.5, env=clean_env())
    assert await is_gone(int(noted.read_text()))


async def test_cancellation_kills_the_whole_group(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    task = asyncio.create_task(run(forking(noted, and_wait=True), timeout=60, env=clean_env()))
    await asyncio.sleep(1.5)  # long enough for it to fork; without a note the last line fails
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await is_gone(int(noted.read_text()))


async def test_too_much_output_ends_the_child_at_once() -> None:
    began = time.monotonic()
    with pytest.raises(OutputTooLarge, match="100000 bytes"):
        await run(["yes"], timeout=30, env=clean_env(), max_output=100_000)
    assert time.monotonic() - began < 10


async def test_output_of_exactly_the_limit_is_fine() -> None:
    done = await run(["head", "-c", "1000", "/dev/zero"], timeout=20, env=clean_env(), max_output=1000)
    assert len(done.stdout) == 1000


SERVER = (
    "import os,signal,sys,time\n"
    "signal.signal(signal.SIGTERM, lambda *_: ({on_term}))\n"
    "print('noise', file=sys.stderr, flush=True)\n"
    "print('listening on 1234', flush=True)\n"
    "time.sleep(60)"
)


async def test_a_long_running_child_is_waited_for_and_ended_politely() -> None:
    code = SERVER.format(on_term="os.write(1, b'bye\\n'), os._exit(7)")
    async with running(python(code), env=clean_env(), stop_timeout=10) as server:
        assert await server.line("listening", timeout=20) == "listening on 1234"
        assert await server.line("noise", timeout=20) == "noise"
        assert server.returncode is None
        assert await server.stop(timeout=10) == 7
    assert server.lines[-1] == "bye"


async def test_a_child_that_ignores_sigterm_is_killed_at_the_end_of_the_block() -> None:
    async with running(python(SERVER.format(on_term="None")), env=clean_env(), stop_timeout=0.3) as server:
        await server.line("listening", timeout=20)
    assert server.returncode == -9
    assert await is_gone(server.pid)


async def test_an_error_in_the_block_still_ends_the_child() -> None:
    with pytest.raises(ZeroDivisionError):
        async with running(["sleep", "60"], env=clean_env(), stop_timeout=5) as child:
            raise ZeroDivisionError
    assert await is_gone(child.pid)


async def test_a_kill_takes_the_grandchildren_along(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    argv = forking(noted, and_wait=True)
    async with running(argv, env=clean_env(), stop_timeout=5) as child:
        await child.line("ready", timeout=20)
        assert await child.kill() == -9
    assert await is_gone(int(noted.read_text()))


async def test_waiting_for_a_line_ends_when_the_child_does_and_shows_what_it_said() -> None:
    async with running(python("print('no port free')"), env=clean_env(), stop_timeout=5) as child:
        with pytest.raises(process.Exited, match="no port free"):
            await child.line("listening", timeout=20)


async def test_waiting_for_a_line_has_an_end() -> None:
    async with running(["sleep", "60"], env=clean_env(), stop_timeout=5) as child:
        with pytest.raises(TimedOut, match="listening"):
            await child.line("listening", timeout=0.1)


async def test_git_runs_no_hook_and_reads_no_foreign_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Foreign\n")
    monkeypatch.setenv("HOME", str(home))
    repo = tmp_path / "repo"
    repo.mkdir()
    await git("init", "-q", cwd=repo, timeout=20)
    canary = tmp_path / "canary"
    for name in ("pre-commit", "post-commit", "reference-transaction"):
        hook = repo / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {canary}\n")
        hook.chmod(0o755)
    (repo / ".git" / "config").write_text(
        (repo / ".git" / "config").read_text() + f"[core]\n\tfsmonitor = touch {canary}\n"
    )
    (repo / "f").write_text("x")
    who = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@x", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@x"}
    await git("add", "f", cwd=repo, timeout=20)
    await git("status", cwd=repo, timeout=20)
    await git("commit", "-q", "-m", "one", cwd=repo, timeout=20, env=git_env(**who))
    assert not canary.exists()
    assert (await git("config", "user.name", cwd=repo, timeout=20, allowed=(1,))).stdout == b""


async def test_git_speaks_only_the_allowed_transports(tmp_path: Path) -> None:
    await git("init", "-q", "--bare", cwd=tmp_path, timeout=20)
    with pytest.raises(process.GitFailed, match="transport 'file' not allowed"):
        await git("ls-remote", f"file://{tmp_path}", cwd=tmp_path, timeout=20)
    await git("ls-remote", f"file://{tmp_path}", cwd=tmp_path, timeout=20, env=git_env(protocols=["file"]))
