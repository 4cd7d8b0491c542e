"""How long our parsers take for the worst texts we know: growth for doubled input, and time for GitHub's longest body.

    python -m tests.bench.parsing [--rounds 3]

Figures to keep (fault S10): at most 2.5 times for doubled input; 65,536 characters of ordinary text under 200 ms, no
worst case above 1.5 s; a configuration file under 500 ms. Exit code 1 if one is missed. Processor time is measured,
and the best of the rounds counts: other work on the machine only ever adds to it.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from time import process_time

from bot.policy.command_parsing import commands_in, look_alikes
from bot.policy.dependencies import dependencies_in
from bot.policy.repository_config import read_config
from bot.policy.substance import adds_something
from tests.unit.hostile_configs import HOSTILE

LONGEST = 65_536  # characters of a GitHub body
ORDINARY_MS, WORST_MS, CONFIG_MS, GROWTH = 200.0, 1500.0, 500.0, 2.5
PROSE = "The *train* waits at `signal 4`, because https://example.org/track is **occupied**.\n/why not now\n\n"
UNITS = {
    "ordinary": PROSE,
    "commands": "/plan a\n",
    "commands apart": "/plan a\n\n",
    "brackets": "[",
    "links": "[a](",
    "images": "![[",
    "backticks": "`a``",
    "stars": "*a _b ",
    "quotes": "> ",
    "quotes deep": ">" * 30 + "a\n",
    "lists": "- a\n/plan\n",
    "lists deep": "  - a\n",
    "fences": "```\n/plan\n",
    "comments": "<!-- ",
    "tags": "<a <b ",
    "details": "<details>\n\n/plan\n\n",
    "details inline": "a <details>\n/plan\n",
    "html block": "<div><!--\n",
    "one element": "<pre ",
    "entities": "&amp;&#1",
    "escapes": "\\\\\n",
    "mail": "On Monday, Ann wrote:\n> a\n\n",
    "mail unquoted": "On Monday,\nAnn ",
    "from": "From: a\nb\n",
    "tables": "|a|b\n|-|-\n",
    "references": "[a]: /b 'c'\n",
    "setext": "/plan\n===\n",
    "invisible": "/\u200bplan \u202e\n",
    "slashes": "/" * 3,
    "votes": "+1 ",
    "blanks": " \n",
    "tabs": "\t/",
    "long line": "/plan" + "x" * 100,
    "spaces": " ",
    "blank lines": "\n\u00a0",
    "many verbs": " is blocks",
    "doubts": " may after",
    "many musts": " and #1 must",
    "times": " after #1 is",
    "numbers": ", #1",
    "denials": " not a a a a",
}
PARSERS: dict[str, Callable[[str], object]] = {
    "commands_in": commands_in,
    "look_alikes": look_alikes,
    "adds_something": adds_something,
    "dependencies_in": partial(dependencies_in, repo="o/r"),
}


def text_of(unit: str, length: int) -> str:
    """`unit` over and over, with a command and a dependency in front so that no parser has an easy way out."""
    return ("/plan\nblocked by #1" + unit * (length // len(unit) + 1))[:length]


def milliseconds(parser: Callable[[str], object], text: str, rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        began = process_time()
        parser(text)
        best = min(best, process_time() - began)
    return best * 1000


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=3)
    rounds = arguments.parse_args().rounds
    missed = 0
    print(f"{'parser':16}{'text':18}{'32 k ms':>10}{'64 k ms':>10}{'growth':>8}")
    for name, parser in PARSERS.items():
        for kind, unit in UNITS.items():
            half, whole = (milliseconds(parser, text_of(unit, length), rounds) for length in (LONGEST // 2, LONGEST))
            growth = whole / half
            is_slow = whole > (ORDINARY_MS if kind == "ordinary" else WORST_MS)
            is_steep = growth > GROWTH and whole > 5  # below that it is the clock that is measured
            missed += is_slow or is_steep
            mark = "  <- too slow" if is_slow else "  <- too steep" if is_steep else ""
            print(f"{name:16}{kind:18}{half:10.1f}{whole:10.1f}{growth:8.2f}{mark}")
    for kind, text in HOSTILE.items():
        took = milliseconds(read_config, text, rounds)
        missed += took > CONFIG_MS
        print(f"{'read_config':16}{kind:28}{took:10.1f}{'  <- too slow' if took > CONFIG_MS else ''}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
