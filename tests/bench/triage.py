"""How long triage takes on a description of the longest length, ordinary and hostile, and how it grows.

    python tests/bench/triage.py [--rounds 3]

Aims: ordinary text of 65,536 characters under 200 ms, no worst case above 1.5 s, at most 2.5 times for twice the text.
"""

import argparse
import time
from collections.abc import Callable

from bot.policy.triage import judge

LONGEST = 65_536
_REPORT = "When I click save on 2.3.1 the editor shows `KeyError: 'id'` instead of saving, see #12 in bot/web/app.py.\n"
TEXTS = {
    "ordinary prose": _REPORT,
    "paragraphs": _REPORT * 4 + "\n",
    "sections": f"## Steps\n\n1. open\n2. {_REPORT}\n### Expected\n\nIt saves.\n\n",
    "log": "```\n2026-03-09T10:11:12 ERROR worker failed: KeyError: 'id'\n  File \"a.py\", line 3, in x\n```\n",
    "list": "- a\n",
    "tasks": "- [ ] a task of its own\n",
    "one long word": "a",
    "dotted word": "a.",
    "path": "a/",
    "blanks": " a  ",
    "brackets": "[",
    "images": "![",
    "open tags": "<img ",
    "comments": "<!--",
    "inline comments": "a <!-- b\n",
    "quotes": '"',
    "back quotes": "`a",
    "bold": "**a",
    "labels": "Version: \n",
    "headings": "# a\n",
    "which or": "which ",
    "should or": "should a or b ",
    "not": "does not ",
    "when": "when ",
    "blocked by": "blocked by ",
    "same as": "same as #",
    "version": "version ",
    "numbers": "1.",
    "dates": "2026-03-09 ",
    "block quotes": "> a\n",
    "fences": "```\n",
    "i have": "- [ ] i have ",
    "at": "at a",
}


def seconds(text: str, rounds: int) -> float:
    """Processor time, the best of `rounds` runs: another program on the machine does not count."""
    return min(_once(lambda: judge("It fails", text)) for _ in range(rounds))


def _once(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    print(f"{'':16} {'ms':>8} {'growth':>7}")
    for name, piece in TEXTS.items():
        text = (piece * (LONGEST // len(piece) + 1))[:LONGEST]
        half, whole = seconds(text[: LONGEST // 2], given.rounds), seconds(text, given.rounds)
        print(f"{name:16} {whole * 1000:8.0f} {whole / half:7.2f}")


if __name__ == "__main__":
    main()
