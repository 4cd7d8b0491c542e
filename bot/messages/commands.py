"""What the bot says about commands it does not carry out."""

from bot.messages.neutral import mention, neutral
from bot.model.commands import Command, Permission
from bot.model.questions import Hold

_WHO = {
    Permission.NONE: "anyone",
    Permission.READ: "people with read access",
    Permission.TRIAGE: "people with the triage role or more",
    Permission.WRITE: "people with write access",
    Permission.MAINTAIN: "maintainers",
    Permission.ADMIN: "admins",
}


def who_may(command: Command) -> str:
    return _WHO[command.may]


def render_refusal(command: Command, login: str) -> str:
    return (
        f"{mention(login)}, `/{command.name}` can be used by {who_may(command)} of this repository. "
        "Ask one of them to write it here."
    )


def render_problem(login: str, problem: str) -> str:
    """`problem` is a whole sentence that says what is wrong and what would be right."""
    return f"{mention(login)}, {problem}"


def render_help(commands: tuple[Command, ...]) -> str:
    """A table of all commands; each on a line of its own in a comment."""
    rows = ["| command | who may | what it does |", "|---|---|---|"]
    for command in commands:
        line = f"/{command.name} {command.arguments}".strip()
        rows.append(f"| `{line}` | {who_may(command)} | {command.summary} |")
    return "\n".join(rows)


def render_near_miss(word: str, meant: str) -> str:
    return f"There is no `/{word}`; did you mean `/{meant}`? Write `/help` for all commands."


def render_held(login: str, hold: Hold) -> str:
    return (
        f"{mention(login)}, this issue is on hold ({neutral(hold.by)}: {neutral(hold.reason)}), so nothing is started "
        "here. Write `/unhold` first."
    )


def render_hold(reason: str) -> str:
    return (
        f"On hold: {neutral(reason)}\n\nNothing is asked, planned or decomposed here until somebody writes `/unhold`. "
        "Answers are noted, and the checks of pull requests go on."
    )


def render_unheld(*, was_held: bool) -> str:
    if not was_held:
        return "This issue was not on hold."
    return "No longer on hold; triage looks at it again. What was asked for meanwhile has to be asked again."


def render_broken(most: int) -> str:
    return (
        f"I have stopped writing here: {most} decisions within an hour that no human caused look like a loop. "
        "Anything a person does in this issue lets me go on; `/why` shows what was decided."
    )


def render_resumed() -> str:
    return "Interlock writes in this repository again. What was held goes out now, if it is still wanted."
