"""One line for each request. No header value but the delivery's GUID, no query, no body: nothing secret is in it."""

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

_LONGEST = 200  # characters of a path or GUID


class AccessLog(AbstractAccessLogger):
    """`POST '/webhook' 202 1.3ms delivery='72d3162e-…'`; repr() keeps hostile characters on their line."""

    @property
    def enabled(self) -> bool:
        return self.logger.isEnabledFor(20)

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        guid = request.headers.get("X-GitHub-Delivery", "")
        self.logger.info(
            "%s %r %d %.1fms delivery=%r",
            request.method,
            request.path[:_LONGEST],
            response.status,
            time * 1000,
            guid[:_LONGEST],
        )
