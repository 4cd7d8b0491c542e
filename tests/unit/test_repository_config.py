"""`.github/interlock.yml`: every key it has, and everything that can be wrong with it, at its line and column."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.model.config import Config, RepositoryConfig
from bot.model.ids import AppIdentity
from bot.policy.repository_config import LONGEST, applied, documented, read_config, said
from bot.policy.triage import DEFAULT, judge
from tests.unit.hostile_configs import HOSTILE

US = AppIdentity(1, "interlock")
WHOLE = """\
labels: {clarification: ask, human: person, epic: saga, decompose: split-me,
         decomposed: split, blocked: waits, ready: "go"}
triage:
  enabled: false
  rounds: 3
  reminder_days: 0
  many_tasks: 5
  few_words: 0
  ask: [version, steps]
  questions: {version: "Which release?"}
  prompts: ["**Say** it `here`"]
  kinds: {bug: ["Kind: Mal-heur"], task: [job]}
  sections: {steps: ["Wie's geht"]}
decompose:
  most_children: 100
  child_labels: [part, "part of an epic"]
safety:
  decisions_per_hour: 1000
"""


def good(text: str | bytes) -> RepositoryConfig:
    config, problems = read_config(text)
    assert problems == ()
    assert config is not None
    return config


def problems_of(text: str | bytes) -> list[tuple[int, int, str]]:
    config, problems = read_config(text)
    assert config is None
    assert list(problems) == sorted(problems)
    return [(one.line, one.column, str(one)) for one in problems]


def test_every_key_is_followed() -> None:
    config = good(WHOLE)
    rules = config.rules
    assert config == RepositoryConfig(
        clarification_label="ask",
        human_label="person",
        epic_label="saga",
        decompose_label="split-me",
        decomposed_label="split",
        blocked_label="waits",
        ready_label="go",
        triage=False,
        rounds=3,
        reminder_days=0,
        rules=rules,
        most_children=100,
        child_labels=("part", "part of an epic"),
        decisions_per_hour=1000,
    )
    assert (rules.many_tasks, rules.few_words, rules.bug_needs) == (5, 0, ("version", "steps"))
    assert rules.questions == {**DEFAULT.questions, "version": "Which release?"}
    assert rules.prompts == ("Say it here",)
    assert rules.labels["bug"] == (*DEFAULT.labels["bug"], "mal heur")
    assert rules.labels["task"] == ("job",)
    assert rules.labels["docs"] == DEFAULT.labels["docs"]
    assert rules.sections == {**DEFAULT.sections, "steps": (*DEFAULT.sections["steps"], "wie's geht")}
    assert (rules.epic_labels, rules.blocked_labels) == (("saga", "split-me"), ("waits", "on hold"))
    assert rules.duplicate_labels == DEFAULT.duplicate_labels
    assert said(config) == tuple(f"{one.section}.{one.key}" for one in documented()), "the test sets every key there is"


def test_triage_follows_it() -> None:
    rules = good(WHOLE.replace("[version, steps]", "[steps]")).rules
    report = "It crashes with `Error 7` in the second dialog since Monday.\n\n## "
    assert [one.name for one in judge("Crash", report + "Sonst\n\nNichts", ["mal-heur"], rules).missing] == ["steps"]
    assert judge("Crash", report + "Wie's geht?\n\n1. Open it", ["MAL_HEUR"], rules).outcome == "ready"
    assert judge("Words", "Some words about it.", ["saga"], rules).outcome == "epic"
    assert judge("Words", "Some words about it.", ["epic"], rules).outcome == "ready", "the label has another name"
    assert judge("Words", "Some words about it.", ["Waits"], rules).outcome == "blocked"
    assert judge("Words", "Say it here", [], rules).outcome == "needs-clarification"


def test_headings_in_every_script_are_told_apart() -> None:
    rules = good("triage: {sections: {steps: [手順], expected: [Erwünscht]}, ask: [steps]}").rules
    assert judge("It crashes", "It shows Error 7.\n\n## 手順\n\n開く", ["bug"], rules).outcome == "ready"
    assert judge("It crashes", "It shows Error 7.\n\n## 環境\n\n開く", ["bug"], rules).outcome == "needs-clarification"


@pytest.mark.parametrize(
    "text",
    ["", "\n# nothing\n", "---\n", "{}", "labels:\n", "triage: {}\nsafety: ~\n", "\ufeff{}", "---\n{}\n...\n", b""],
)
def test_what_says_nothing_is_all_defaults(text: str | bytes) -> None:
    config = good(text)
    assert config == RepositoryConfig()
    assert said(config) == ()


def test_defaults_written_out_are_no_change() -> None:
    text = ""
    for section in dict.fromkeys(one.section for one in documented()):
        text += f"{section}:\n"
        for one in documented():
            if one.section == section and not one.adds:
                text += f"  {one.key}: {one.default}\n"
    assert text.count("\n") > 15
    assert good(text) == RepositoryConfig()


def test_it_is_laid_over_what_the_bot_knows_of_itself() -> None:
    config = applied(Config(us=US, check_name="ours", rounds=5), good("labels: {epic: saga}"))
    assert (config.us, config.check_name, config.epic_label, config.rounds) == (US, "ours", "saga", 2)


QUOTES = "if the text is meant, put quotes around it"
LABEL = "it must be the name of a label of 1 to 50 characters, without a comma"
ROOT = "labels, triage, decompose, safety"
ALIKE = "each needs a name of its own, whatever the case of the letters"
BEHIND = "(nothing behind this was read)"
MEANING = "the bot gives that label a meaning; choose another"
PROGRAM = (
    "is not for a repository to say; a program is configured by the operator, in the environment of the server "
    "(INTERLOCK_TRIAGE_COMMAND, INTERLOCK_DECOMPOSE_COMMAND): whoever can push here would run programs there; "
    "delete this key"
)
WRONG: list[tuple[str | bytes, list[tuple[int, int, str]]]] = [
    # keys
    ("lables: {}", [(1, 1, "unknown key 'lables'; did you mean labels?")]),
    ("Labels: {}", [(1, 1, "unknown key 'Labels'; did you mean labels?")]),
    ("triage:\n  reminder-days: 3", [(2, 3, "unknown key 'reminder-days' in triage; did you mean reminder_days?")]),
    ("\nrounds: 3", [(2, 1, "unknown key 'rounds'; it belongs below triage")]),
    ("labels:\n  child_labels: []", [(2, 3, "unknown key 'child_labels' in labels; it belongs below decompose")]),
    ("round: 3", [(1, 1, "unknown key 'round'; did you mean rounds, below triage?")]),
    ("zebra: 1", [(1, 1, f"unknown key 'zebra'; known are {ROOT}")]),
    ("triage: {kinds: {bugs: []}}", [(1, 18, "unknown key 'bugs' in triage.kinds; did you mean bug?")]),
    ("1: 2", [(1, 1, f"unknown key '1'; known are {ROOT}")]),
    ("[a]: 2", [(1, 1, f"a key that is a list or a mapping; a key is one of {ROOT}")]),
    ("{a: 1}: 2", [(1, 1, f"a key that is a list or a mapping; a key is one of {ROOT}")]),
    ("<<: {labels: {}}", [(1, 1, f"unknown key '<<'; known are {ROOT}")]),
    ("labels: {}\nsafety: {}\nlabels: {}", [(3, 1, "'labels' stands there already, in line 1; delete one of them")]),
    (
        "triage:\n  rounds: 1\n  ask: []\n  rounds: 2",
        [(4, 3, "'rounds' stands there already, in line 2; delete one of them")],
    ),
    ("triage_command: /bin/x", [(1, 1, f"'triage_command' {PROGRAM}")]),
    ("triage:\n  command: [a, b]", [(2, 3, f"'command' {PROGRAM}")]),
    ("decompose: {Decompose-Command: x}", [(1, 13, f"'Decompose-Command' {PROGRAM}")]),
    ("INTERLOCK_TRIAGE_COMMAND: x", [(1, 1, f"'INTERLOCK_TRIAGE_COMMAND' {PROGRAM}")]),
    ("a:\n - b:\n    program: x", [(1, 1, f"unknown key 'a'; known are {ROOT}"), (3, 5, f"'program' {PROGRAM}")]),
    ("labels:\n  epic: {command: x}", [(2, 9, f"labels.epic is a mapping; {LABEL}"), (2, 10, f"'command' {PROGRAM}")]),
    # the shape of the whole
    ("- a", [(1, 1, f"the file is a list; it must be a mapping (key: value) with some of {ROOT}")]),
    ("words", [(1, 1, f"the file is 'words'; it must be a mapping (key: value) with some of {ROOT}")]),
    (
        "safety: 3",
        [(1, 9, "safety is '3'; it must be a mapping (key: value) with some of decisions_per_hour")],
    ),
    ("--- {}\n--- {}", [(2, 1, "a second document; one file holds one configuration; delete one of them")]),
    ("%YAML 1.1\n--- {}", [(1, 1, "a directive (a line that begins with %); delete it; none is needed")]),
    # numbers
    ("triage: {rounds: 0}", [(1, 18, "triage.rounds is '0'; it must be a whole number from 1 to 5")]),
    ("triage: {rounds: 6}", [(1, 18, "triage.rounds is '6'; it must be a whole number from 1 to 5")]),
    ("triage: {rounds: -1}", [(1, 18, "triage.rounds is '-1'; it must be a whole number from 1 to 5")]),
    ("triage: {rounds: 2.0}", [(1, 18, "triage.rounds is '2.0'; it must be a whole number from 1 to 5")]),
    ("triage: {rounds: 0x2}", [(1, 18, "triage.rounds is '0x2'; it must be a whole number from 1 to 5")]),
    ("triage: {rounds: 02}", [(1, 18, "triage.rounds is '02'; it must be a whole number from 1 to 5")]),
    ("triage: {rounds: true}", [(1, 18, "triage.rounds is 'true'; it must be a whole number from 1 to 5")]),
    ("triage: {rounds: }", [(1, 17, "triage.rounds is empty; it must be a whole number from 1 to 5")]),
    ("triage: {rounds: [2]}", [(1, 18, "triage.rounds is a list; it must be a whole number from 1 to 5")]),
    (
        "triage: {rounds: '2'}",
        [(1, 18, "triage.rounds is '2'; it must be a whole number from 1 to 5, without quotes")],
    ),
    (
        "triage: {reminder_days: 366}",
        [(1, 25, "triage.reminder_days is '366'; it must be a whole number from 1 to 365, or 0 for never")],
    ),
    (
        "decompose: {most_children: 101}",
        [(1, 28, "decompose.most_children is '101'; it must be a whole number from 1 to 100")],
    ),
    (
        "decompose: {most_children: 0}",
        [(1, 28, "decompose.most_children is '0'; it must be a whole number from 1 to 100")],
    ),
    (
        "safety: {decisions_per_hour: 2}",
        [(1, 30, "safety.decisions_per_hour is '2'; it must be a whole number from 3 to 1000")],
    ),
    (
        "safety: {decisions_per_hour: 1001}",
        [(1, 30, "safety.decisions_per_hour is '1001'; it must be a whole number from 3 to 1000")],
    ),
    ("triage: {many_tasks: 1}", [(1, 22, "triage.many_tasks is '1'; it must be a whole number from 2 to 100")]),
    ("triage: {few_words: 101}", [(1, 21, "triage.few_words is '101'; it must be a whole number from 0 to 100")]),
    # true and false
    ("triage: {enabled: ture}", [(1, 19, "triage.enabled is 'ture'; it must be true or false; did you mean true?")]),
    ("triage: {enabled: 1}", [(1, 19, "triage.enabled is '1'; it must be true or false")]),
    # labels
    ("labels: {epic: ''}", [(1, 16, f"labels.epic is empty; {LABEL}")]),
    ("labels: {epic: }", [(1, 15, f"labels.epic is empty; {LABEL}")]),
    ("labels: {epic: 'a,b'}", [(1, 16, f"labels.epic is 'a,b'; {LABEL}")]),
    (
        f"labels: {{epic: {'e' * 51}}}",
        [(1, 16, f"labels.epic is '{'e' * 51}' (51 characters); {LABEL}")],
    ),
    (
        'labels: {epic: "a\\nb"}',
        [(1, 16, "labels.epic is 'a\N{REPLACEMENT CHARACTER}b'; it must be on one line, without invisible characters")],
    ),
    ("labels: {epic: ' a'}", [(1, 16, "labels.epic is ' a'; it must not begin or end with a blank")]),
    (
        "labels: {epic: no}",
        [(1, 16, f"labels.epic is 'no'; {LABEL}; {QUOTES}: \"no\"")],
    ),
    ("labels: {epic: [a]}", [(1, 16, f"labels.epic is a list; {LABEL}")]),
    ("labels: {human: EPIC}", [(1, 17, f"labels.human is 'EPIC', as labels.epic is by default; {ALIKE}")]),
    (
        "labels:\n  ready: Same\n  human: same",
        [(2, 10, f"labels.ready is 'Same', as labels.human is; {ALIKE}")],
    ),
    # lists
    ("triage: {ask: version}", [(1, 15, "triage.ask is 'version'; it must be a list, such as [version]")]),
    (
        "triage: {ask: [step]}",
        [
            (
                1,
                16,
                "an item of triage.ask is 'step'; it must be one of description, steps, actual, expected, version; "
                "did you mean steps?",
            )
        ],
    ),
    (
        "triage:\n  ask:\n  - steps\n  - steps",
        [(4, 5, "'steps' is in triage.ask already, in line 3; delete one of them")],
    ),
    (
        f"decompose: {{child_labels: [{', '.join(f'l{n}' for n in range(21))}]}}",
        [(1, 27, "decompose.child_labels is a list of 21; it must have at most 20 items")],
    ),
    (
        "decompose: {child_labels: [ok, Blocked]}",
        [(1, 32, f"decompose.child_labels has 'Blocked', which is labels.blocked; {MEANING}")],
    ),
    (
        "labels: {epic: saga}\ndecompose: {child_labels: [epic, saga]}",
        [(2, 34, f"decompose.child_labels has 'saga', which is labels.epic; {MEANING}")],
    ),
    (
        "decompose: {child_labels: [1]}",
        [(1, 28, f"an item of decompose.child_labels is '1'; {LABEL}; {QUOTES}: \"1\"")],
    ),
    # tables
    (
        "triage: {kinds: [bug]}",
        [
            (
                1,
                17,
                "triage.kinds is a list; it must be a mapping (key: value) with some of "
                "bug, feature, question, docs, chore, task",
            )
        ],
    ),
    (
        "triage: {questions: {steps: ''}}",
        [(1, 29, "triage.questions.steps is empty; it must be a text of 1 to 500 characters")],
    ),
    (
        "triage:\n  kinds:\n    bug: [a b]\n    docs: ['A_B']",
        [(4, 12, "'A_B' in triage.kinds.docs stands in triage.kinds.bug, too; one name cannot mean both; "
          "delete one of them")],
    ),
    (
        "triage: {sections: {steps: ['!!']}}",
        [(1, 29, "'!!' in triage.sections.steps has neither letters nor digits; names are compared by these; "
          "write one that has some")],
    ),
    # what YAML would hide
    ("labels: &l {}\ntriage: *l", [
        (1, 9, "an anchor, '&l'; write the value itself wherever it is needed"),
        (2, 9, "an alias, '*l'; write the value itself wherever it is needed"),
    ]),
    ("triage: {ask: [*x]}", [(1, 16, "an alias, '*x'; write the value itself wherever it is needed")]),
    (
        "labels: {epic: !!str 5}",
        [(1, 16, "a tag, '!!str'; delete it; every value is plain text, a number, true or false")],
    ),
    (
        "!!python/object/apply:os.system [x]",
        [(1, 1, "a tag, '!!python/object/apply:os.system'; delete it; every value is plain text, a number, true or "
          "false"),
         (1, 1, f"the file is a list; it must be a mapping (key: value) with some of {ROOT}")],
    ),
    # no YAML
    ("labels:\n\tepic: x", [(2, 1, f"not YAML: a tab; indent with blanks; YAML takes no tabs there {BEHIND}")]),
    (
        "labels:\n  \tepic: x: y",
        [(2, 3, f"not YAML: a tab; indent with blanks; YAML takes no tabs there {BEHIND}")],
    ),
    (
        "labels: {}\ntriage: {ask: [steps\nsafety: {}\n",
        [(2, 15, f"not YAML: a bracket that is not closed, or a comma that lacks; close the list or mapping {BEHIND}")],
    ),
    ("labels:\n  epic: 'x\n", [(2, 9, f"not YAML: a quote that is never closed; close it {BEHIND}")]),
    (
        "labels:\n  epic: a: b",
        [
            (
                2,
                10,
                "not YAML: a colon where none can be; check the indentation; a text with \": \" in it needs quotes "
                f"{BEHIND}",
            )
        ],
    ),
    (
        "labels:\n  epic: x\n human: y",
        [
            (
                3,
                2,
                "not YAML: something that fits neither its line nor the block it stands in; check the indentation, "
                f"and put quotes around the whole of a text {BEHIND}",
            )
        ],
    ),
    (
        "labels:\n  epic: @x",
        [(2, 9, f"not YAML: a character that YAML keeps for itself; put quotes around the text {BEHIND}")],
    ),
    (
        "labels: {}\nsafety\n",
        [(2, 1, f"not YAML: a line without a colon; every setting is written as key: value {BEHIND}")],
    ),
    (
        'labels: {epic: "\\d"}',
        [(1, 18, "not YAML: an escape that YAML does not know; use single quotes, or write two backslashes for one "
          f"{BEHIND}")],
    ),
    ('labels: {epic: "\\U99999999"}', [(1, 19, "a number that is too large; write the character itself")]),
    ("a\x07b", [(1, 2, "a character that no text has (a control character); delete it")]),
    (b"labels: {}\n# \xc3\xa9 \xe9\n", [(2, 5, "not UTF-8; save the file as UTF-8")]),
    ("labels: {}\n# \ud800", [(2, 3, "not UTF-8; save the file as UTF-8")]),
    ("#" * (LONGEST + 1), [(1, 1, "the file has 65,537 bytes; it may have 65,536")]),
    ("[" * 17, [
        (1, 1, f"the file is a list; it must be a mapping (key: value) with some of {ROOT}"),
        (1, 17, "more than 16 levels, one inside the other; no setting needs more than four"),
    ]),
    # all at once
    (
        "labels: {epic: 1, ready: 2}\ntriage:\n  rounds: 9\n  enabled: ture\nsafty: {}",
        [
            (1, 16, f"labels.epic is '1'; {LABEL}; {QUOTES}: \"1\""),
            (1, 26, f"labels.ready is '2'; {LABEL}, or \"\" for none; {QUOTES}: \"2\""),
            (3, 11, "triage.rounds is '9'; it must be a whole number from 1 to 5"),
            (4, 12, "triage.enabled is 'ture'; it must be true or false; did you mean true?"),
            (5, 1, "unknown key 'safty'; did you mean safety?"),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrong"), WRONG, ids=[repr(case[0])[:40] for case in WRONG])
def test_every_problem_is_told_at_its_place(text: str | bytes, wrong: list[tuple[int, int, str]]) -> None:
    assert problems_of(text) == wrong


def test_what_is_too_much_is_cut_off_with_a_word() -> None:
    told = problems_of("- a\n" * 2001)
    assert told[-1] == (2000, 3, "more than 2000 values; leave out what is not needed; what follows was not read")
    assert len(good(f"triage: {{prompts: [{', '.join(f'p{n}' for n in range(100))}]}}").rules.prompts) == 100


def test_lines_are_those_that_github_counts() -> None:
    """YAML takes NEL, LS and PS for ends of lines, editors and GitHub do not."""
    assert problems_of("# \u2028 \x85\r\nzebra: 1")[0][:2] == (2, 1)


_YAML = (
    "labels|triage|ask|kinds|rounds: 2|:|: | |\n|\n  |\t|[|]|{|}|,|'|\"|\\|\\x|#|- |? |>|!|!!str |&a |*a|%YAML|---|..."
    "|@|é|\u2028|\x85|\ufeff|\r|<<|\x07|🐛|\ud800|1|yes|~|command"
)
_WORDS = st.sampled_from([*_YAML.split("|"), "|"])


@settings(max_examples=1500, deadline=None)
@given(st.one_of(st.lists(_WORDS, max_size=40).map("".join), st.text(), st.binary()))
@example("%YAML " + "9" * 5000)
@example('"\\UFFFFFFFF"')
def test_nothing_makes_it_raise_and_every_place_is_in_the_text(given_: str | bytes) -> None:
    config, problems = read_config(given_)
    assert (config is None) == bool(problems)
    text = given_ if isinstance(given_, str) else given_.decode(errors="replace")
    lines = text.split("\n")
    for one in problems:
        assert 1 <= one.line <= len(lines)
        assert 1 <= one.column <= len(lines[one.line - 1]) + 1
        assert str(one).encode(), "what is said can be sent"


@pytest.mark.parametrize("what", HOSTILE)
def test_a_file_made_to_take_long_is_refused(what: str) -> None:
    """How long each takes, `tests/bench/parsing.py` measures."""
    config, problems = read_config(HOSTILE[what])
    assert config is None
    assert problems
