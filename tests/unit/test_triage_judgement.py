"""Triage asks for exactly what is missing: each piece of evidence silences its own question, and no other."""

import msgspec
import pytest

from bot.policy.triage import DEFAULT, TriageRules, judge
from bot.policy.triage.reading import LONGEST_BODY

#: A complete report, piece by piece; without one of them that piece, and nothing else, is asked for.
PIECES = {
    "steps": "1. Open the invoice\n2. Choose tax 19\n\n",
    "actual": "### Actual behavior\n\nTotal 12.00 for two lines of 6.00\n\n",
    "expected": "### Expected behavior\n\nTotal 14.28\n\n",
    "version": "### Version\n\n3.2.1\n",
}
TEMPLATE = (
    "### What happened?\n\n{actual}\n\n### How can we reproduce it?\n\n{steps}\n\n"
    "### What did you expect?\n\n{expected}\n\n### App version\n\n{version}\n"
)
FILLED = {
    "actual": "The total is 12.00 for two lines of 6.00.",
    "steps": "Take two lines of 6.00 and a rate of 19.",
    "expected": "A total of 14.28.",
    "version": "3.2.1",
}
EMPTY_ANSWERS = ["_No response_", "N/A", "n/a.", "-", "<!-- please fill in -->", "...", "TBD", "", "[e.g. 1.2.3]"]


def missing(title: str, body: str, labels: tuple[str, ...] = (), rules: TriageRules = DEFAULT) -> list[str]:
    return [one.name for one in judge(title, body, labels, rules).missing]


def test_a_complete_report_is_ready() -> None:
    assert judge("Invoice total", "".join(PIECES.values()), ["bug"]).outcome == "ready"


@pytest.mark.parametrize("left_out", PIECES)
def test_the_piece_that_is_left_out_is_asked_for_and_no_other(left_out: str) -> None:
    body = "".join(text for name, text in PIECES.items() if name != left_out)
    assert missing("Invoice total", body, ("bug",)) == [left_out]


@pytest.mark.parametrize("nothing", EMPTY_ANSWERS)
@pytest.mark.parametrize("empty", FILLED)
def test_a_field_of_a_form_without_an_answer_is_asked_for(empty: str, nothing: str) -> None:
    assert missing("Invoice total", TEMPLATE.format(**{**FILLED, empty: nothing}), ("bug",)) == [empty]


def test_a_filled_form_is_ready() -> None:
    assert judge("Invoice total", TEMPLATE.format(**FILLED), ["bug"]).outcome == "ready"


@pytest.mark.parametrize("nothing", EMPTY_ANSWERS)
def test_a_form_with_nothing_in_it_is_never_ready(nothing: str) -> None:
    body = TEMPLATE.format(**dict.fromkeys(FILLED, nothing))
    assert missing("[Bug]: ", body)[0] == "description"


@pytest.mark.parametrize(
    "version",
    [
        "I run 3.2.1 here.",
        "v3 of the app.",
        "It is commit 8f3a2b1c.",
        "This is on main.",
        "Version: 12",
        "Python 3.11, Debian.",
        "We see it in production.",
        "app@2.0",
        "Release 24.04.",
        "The latest release.",
        "`/usr/lib/python3.11/site-packages`",
        "(1.4)",
        "macOS 14",
        "Image: `app:1.2`",
        "Since 2.4 only.",
    ],
)
def test_a_version_counts_wherever_it_stands(version: str) -> None:
    assert missing("Wrong total", "When I open an invoice it shows 12.00 instead of 14.28.", ("bug",)) == ["version"]
    assert missing("Wrong total", f"When I open an invoice it shows 12.00 instead of 14.28. {version}", ("bug",)) == []


@pytest.mark.parametrize(
    "number", ["It takes 2.5 s.", "That is 0.5 % off.", "We have 3 servers.", "It was 12.00 EUR.", "I saw it 4 times."]
)
def test_a_number_is_no_version(number: str) -> None:
    body = f"When I open an invoice it shows 12.00 instead of 14.28. {number}"
    assert missing("Wrong total", body, ("bug",)) == ["version"]


@pytest.mark.parametrize(
    "steps",
    [
        "When I open an invoice.",
        "Always.",
        "Every time.",
        "After opening an invoice.",
        "Run `invoice show 7`.",
        "On startup.",
        "Opening any invoice shows it.",
        "Any invoice created after noon has it.",
        "```\n$ invoice show 7\n```",
        "```python\nInvoice(7).total()\n```",
        "Seen in bot/invoice.py.",
        "Open an invoice, choose tax.",
        "By choosing tax twice.",
        "If the tax is zero.",
        "https://x.test/repro",
        "GET /invoices/7",
    ],
)
def test_steps_count_however_they_are_told(steps: str) -> None:
    body = "Version 3.2.1. The sum shows 12.00; it should be 14.28.\n\n"
    assert missing("Wrong total", body, ("bug",)) == ["steps"]
    assert missing("Wrong total", body + steps, ("bug",)) == []


@pytest.mark.parametrize(
    "expected",
    [
        "It should be 14.28.",
        "I expected 14.28.",
        "14.28 would be correct.",
        "instead of 14.28",
        "Worked in 3.1.",
        "According to the docs it is 14.28.",
        "Wanted: 14.28",
        "It was 14.28 before.",
        "Supposed to be 14.28.",
    ],
)
def test_an_expectation_counts_however_it_is_told(expected: str) -> None:
    body = "Version 3.2.1. When I open an invoice the sum shows 12.00. "
    assert missing("Total of an invoice", body, ("bug",)) == ["expected"]
    assert missing("Total of an invoice", body + expected, ("bug",)) == []


@pytest.mark.parametrize(
    "failure", ["it crashes", "I get a `KeyError`", "it answers 500", "it hangs", "the process exits with code 3"]
)
def test_nobody_is_asked_whether_a_crash_was_expected(failure: str) -> None:
    assert missing("Invoice", f"Version 3.2.1. When I open an invoice {failure}.", ("bug",)) == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "it does not work",
        "It doesn't work.",
        "broken",
        "see title",
        "Please help!!",
        "It just fails, please fix asap",
        "crashes",
        "😡",
        "> somebody else wrote this",
        "<!-- nothing -->",
        "not working at all, any ideas?",
        "Same as title.",
    ],
)
@pytest.mark.parametrize("title", ["Bug", "Login", "Login is broken", "[Bug]: login", "Help", "Add a login"])
def test_a_complaint_without_content_is_never_ready(title: str, body: str) -> None:
    assert missing(title, body)[:1] == ["description"]


@pytest.mark.parametrize(
    ("title", "labels"),
    [
        ("Add retries", ()),
        ("Retries", ("enhancement",)),
        ("docs: retries", ()),
        ("Retries", ("question",)),
        ("chore: retries", ()),
    ],
)
def test_what_is_no_report_needs_only_a_description(title: str, labels: tuple[str, ...]) -> None:
    assert missing(title, "When a delivery fails with an error, wait and send it again.", labels) == []
    assert missing(title, "", labels) == ["description"]


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("bug", "bug"),
        ("type: bug", "bug"),
        ("kind/bug", "bug"),
        (":bug: Bug", "bug"),
        ("C-enhancement", "feature"),
        ("type/docs", "docs"),
        ("Feature Request", "feature"),
        ("help wanted", "task"),
    ],
)
def test_a_label_says_what_kind_it_is_however_a_team_writes_it(label: str, kind: str) -> None:
    assert judge("Invoices", "About totals and taxes.", [label]).understood[0].words == kind


def test_it_names_what_it_understood_in_the_words_of_the_issue() -> None:
    judgement = judge("Invoices", f"In 3.2.1 the sum shows 12.00 instead of 14.28. {'More of it. ' * 20}", ["bug"])
    assert [found.name for found in judgement.understood] == ["kind", "actual", "expected", "version"]
    assert "3.2.1" in judgement.understood[-1].words
    assert all(0 < len(found.words) <= 80 for found in judgement.understood)


def test_a_text_in_another_language_is_not_searched_for_english_words() -> None:
    body = "Wenn ich eine Rechnung öffne, erscheint die falsche Summe auf der letzten Seite der Anzeige."
    assert missing("Falsche Summe", body, ("bug",)) == []
    assert missing("Falsche Summe", "", ("bug",))[0] == "description"


def test_confirmations_are_neither_tasks_nor_content() -> None:
    confirmations = "".join(f"- [ ] I have searched the existing issues {n}\n" for n in range(9))
    assert missing("Dashboard", confirmations) == ["description"]


def test_the_rules_of_a_repository_change_what_is_asked() -> None:
    body = "When I open an invoice it shows 12.00 instead of 14.28."
    assert missing("Wrong total", body, ("bug",), msgspec.structs.replace(DEFAULT, bug_needs=("description",))) == []
    tasks = "- [ ] parse\n- [ ] store\n"
    assert judge("Import", tasks).outcome == "ready"
    assert judge("Import", tasks, rules=TriageRules(many_tasks=2)).outcome == "epic"
    prompts = TriageRules(prompts=("Say it here",))
    assert judge("Import", "Say it here.").outcome == "ready"
    assert judge("Import", "Say it here.", rules=prompts).outcome == "needs-clarification"
    steps = TriageRules(sections={**DEFAULT.sections, "steps": ("wie man hinkommt",)})
    german = "## Wie man hinkommt\n\nzwei Posten\n\nVersion 3.2.1. The sum shows 12.00; it should be 14.28."
    assert missing("Wrong total", german, ("bug",), steps) == []
    assert missing("Wrong total", german, ("bug",)) == ["steps"]


def test_the_end_of_a_long_log_does_not_hide_what_stands_after_it() -> None:
    log = "INFO ordinary line of a log\n" * (LONGEST_BODY // 40)
    body = f"It shows 12.00 instead of 14.28.\n\n```\n{log}```\n\nVersion 3.2.1, when I open an invoice.\n"
    assert missing("Wrong total", body, ("bug",)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Not a duplicate of #12.",
        "Unlike #12 it happens in the list.",
        "See #12.",
        "`duplicate of #12`\n\n    duplicate of #12",
        "> Duplicate of #12\n\nI do not think so.",
        "Use the same icons as in #12.",
        "Same bug as #12, but not the same cause: different page.",
    ],
)
def test_a_mention_is_no_duplicate(text: str) -> None:
    assert judge("Add a list", f"One line for each invoice.\n\n{text}").outcome == "ready"


@pytest.mark.parametrize(
    "text",
    [
        "This blocks #12.",
        "No longer blocked by #12.",
        "Not blocked by #12.",
        "#12 depends on this.",
        "Depends on #12, which is merged.",
        "Blocked by: none",
        "### Blocked by\n\n_No response_",
        "### Depends on\n\n- [x] #12",
        "> blocked by #12\n\nnot any more",
    ],
)
def test_what_waits_for_nothing_is_not_blocked(text: str) -> None:
    assert judge("Add a list", f"One line for each invoice.\n\n{text}").outcome == "ready"


def test_it_names_the_issue_it_repeats_or_waits_for() -> None:
    assert judge("List", "Duplicate of acme/app#12").refers_to == "acme/app#12"
    assert (
        judge("List", "Blocked by https://github.com/acme/app/pull/9").refers_to == "https://github.com/acme/app/pull/9"
    )


@pytest.mark.parametrize(
    "given", ["Decided: archive.", "I'd archive them.", "Let's archive.", "→ archive", "We will archive."]
)
def test_a_choice_that_somebody_made_is_not_asked_again(given: str) -> None:
    question = "Should we delete or archive old rows?"
    assert missing("Add retention", f"Rows older than 90 days. {question}") == [f"answer: {question}"]
    assert missing("Add retention", f"Rows older than 90 days. {question} {given}") == []


@pytest.mark.parametrize(
    ("boxes", "asked"),
    [
        ("- [ ] SQLite\n- [ ] PostgreSQL", True),
        ("- [ ] SQLite\n- [x] PostgreSQL", False),
        ("PostgreSQL", False),
        ("_No response_", True),
        ("- [ ] SQLite\n- [ ] PostgreSQL\n\n### More\n\nWe have only SQLite.", False),
        ("_No response_\n\n### More\n\nWe have only SQLite.", False),
    ],
)
def test_a_choice_of_a_form_is_asked_unless_it_is_answered_anywhere(boxes: str, asked: bool) -> None:
    body = f"### What\n\nOne line for each invoice.\n\n### Which database do you use?\n\n{boxes}\n"
    assert missing("Add a list", body) == (["answer: Which database do you use?"] if asked else [])


@pytest.mark.parametrize(
    "name", ["Anything else?", "Are you willing to submit a pull request?", "Additional context", "Logs"]
)
def test_an_optional_field_is_not_asked_for(name: str) -> None:
    assert missing("Add a list", f"### What\n\nOne line for each invoice.\n\n### {name}\n\n_No response_\n") == []


@pytest.mark.parametrize("section", ["Acceptance criteria", "Definition of done", "Checklist", "Before submitting"])
def test_criteria_are_no_tasks(section: str) -> None:
    boxes = "- [ ] a button\n- [ ] a file name\n- [ ] a heading\n- [ ] a footer\n- [ ] a page number\n"
    assert judge("Add a list", f"One line for each invoice.\n\n## {section}\n\n{boxes}").outcome == "ready"
    assert judge("Add a list", f"One line for each invoice.\n\n## Tasks\n\n{boxes}").outcome == "epic"


def test_done_tasks_and_the_tests_of_every_task_do_not_make_an_epic() -> None:
    boxes = "- [ ] parse\n- [ ] store\n- [ ] tests\n- [ ] update docs\n- [x] design\n- [x] name\n"
    assert judge("Import", boxes).outcome == "ready"


def test_an_epic_without_a_word_is_asked_about() -> None:
    assert judge("Accounts", "", ["epic"]).outcome == "needs-clarification"
    assert judge("Accounts", "All of it.", ["Epic"]).outcome == "epic"
