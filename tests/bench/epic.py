"""How long reading an epic takes: `python tests/bench/epic.py [--rounds 9]`.

Prints the milliseconds (median and best) for an epic of 65,536 characters with 1,000 boxes, its halves and quarters,
and for texts that are hard on parsers, at 16,384 and 65,536 characters. Aim: the epic below 150 ms, growth linear.
"""

import argparse
import statistics
import time

from bot.policy.epic import read_epic

LONGEST = 65_536  # GitHub's limit for the body of an issue, in characters
HARD = (
    "![[",
    "(a) ",
    "3 tasks (",
    "split into ",
    "#1 ",
    "| a |\n|---|\n",
    "<details>\n\n",
    "**",
    "- [ ] `",
    "> - ",
    "/x ",
)


def epic() -> str:
    """1,000 boxes in 65,536 characters."""
    lines = [f"- [ ] Task {number} says in a few words what is to be done ".ljust(64, "x") for number in range(1000)]
    return "\n".join(lines).ljust(LONGEST, "y")


def milliseconds(text: str, rounds: int) -> tuple[float, float]:
    """Median and best."""
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        read_epic(text, repo="acme/app")
        took.append((time.perf_counter() - start) * 1000)
    return statistics.median(took), min(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    whole = epic()
    print(f"{'text':>12} {'characters':>10} {'children':>8} {'median ms':>10} {'best ms':>8}")
    texts = [("epic", whole[: LONGEST // part]) for part in (4, 2, 1)]
    texts += [(repr(piece)[1:-1][:12], (piece * LONGEST)[:size]) for piece in HARD for size in (LONGEST // 4, LONGEST)]
    for name, text in texts:
        children = len(read_epic(text, repo="acme/app").children)
        median, best = milliseconds(text, rounds)
        print(f"{name:>12} {len(text):>10} {children:>8} {median:>10.1f} {best:>8.1f}")


if __name__ == "__main__":
    main()
