"""What the bot says about commands it does not carry out."""

from bot.messages.neutral import mention
from bot.model.commands import Command, Permission

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
