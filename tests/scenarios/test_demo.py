"""The demo a newcomer sees first: it ends as told, and says so when it does not."""

import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bot.cli._story import Story, Told
from bot.process import clean_env, run


async def test_the_whole_story_ends_as_told(tmp_path: Path) -> None:
    done = await run([sys.executable, "-m", "bot", "demo"], timeout=120, env=clean_env(COLUMNS="200"), cwd=tmp_path)
    shown = done.stdout.decode()
    assert done.returncode == 0, shown + done.stderr.decode()
    assert shown.count("✓") == 16
    assert "By mistake P5's commit is pushed to P6's branch" in shown
    assert "review_gate: wrong_plan" in shown
    assert "review_gate: match" in shown
    assert done.stderr == b""


async def test_a_bot_that_writes_nothing_does_not_pass_for_one_that_works(tmp_path: Path) -> None:
    console = Console(file=io.StringIO())
    async with Story.begin(tmp_path, console, patience=1, INTERLOCK_DRY_RUN="1") as story:
        with pytest.raises(Told, match="needs-clarification"):
            await story.clarification()
