"""Refusals in GitHub's words and statuses. Raise them anywhere; the server turns them into JSON."""

from __future__ import annotations

from bot.sandbox.state import Json

DOCUMENTATION = "https://docs.github.com/rest"


class ApiError(Exception):
    """An answer with status >= 300 that is not what the caller hoped for."""

    def __init__(self, status: int, message: str, *, errors: list[Json] | None = None, **headers: str) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def body(self) -> Json:
        body: Json = {"message": self.message, "documentation_url": DOCUMENTATION}
        if self.status not in (405, 409, 422):  # the schemas of these have none
            body["status"] = str(self.status)
        if self.errors is not None:
            body["errors"] = self.errors
        if "Location" in self.headers:
            body["url"] = self.headers["Location"]
        return body


def not_found() -> ApiError:
    """What is not there and what may not be seen look alike."""
    return ApiError(404, "Not Found")


def bad_credentials() -> ApiError:
    return ApiError(401, "Bad credentials")


def forbidden(message: str = "Resource not accessible by integration") -> ApiError:
    return ApiError(403, message)


def invalid(resource: str, field: str, code: str, message: str = "Validation Failed") -> ApiError:
    """422 with one entry in `errors`; `code` is one of missing, missing_field, invalid, already_exists."""
    return ApiError(422, message, errors=[{"resource": resource, "field": field, "code": code}])


def unprocessable(message: str) -> ApiError:
    """422 that GitHub explains in one sentence, such as the rules of sub-issues."""
    return ApiError(422, message)
