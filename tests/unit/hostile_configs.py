"""Configuration files of the greatest length that might make a parser take long."""

from bot.policy.repository_config import LONGEST

HOSTILE: dict[str, str] = {
    "keys": "a:\n" * 21845,
    "near misses": "".join(f"decompsed_lab{n % 10}el: 1\n" for n in range(2700)),
    "items": "triage: {ask: [" + "stepss," * 9000 + "]}",
    "brackets": "[" * LONGEST,
    "brackets and commas": "[a," * (LONGEST // 3),
    "braces": "{a: " * (LONGEST // 4),
    "question marks": "? " * (LONGEST // 2),
    "dashes": "- " * (LONGEST // 2),
    "one word": "x" * LONGEST,
    "one number": "1_" * (LONGEST // 2),
    "times": "1:1" * (LONGEST // 3),
    "blanks in quotes": "'" + " \n" * (LONGEST // 2 - 1) + "'",
    "aliases": "triage: {ask: [" + "*a, " * (LONGEST // 4 - 10) + "]}",
    "a block": "labels:\n  epic: >\n" + "    x\n\n" * (LONGEST // 8),
    "a long key": "? " + "lable" * (LONGEST // 6) + "\n: 1",
}
