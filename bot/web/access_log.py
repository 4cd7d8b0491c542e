"""One line for each request. No header value but the delivery's GUID, no query, no body: nothing secret is in it.

What went well is logged at DEBUG: a delivery that was stored is in the inbox, for `interlock status` to show.
"""

import logging

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

_LONGEST = 200  # characters of a path or GUID


class AccessLog(AbstractAccessLogger):
    """`POST '/webhook' 202 1.3ms delivery='72d3162e-…'`; ascii() keeps hostile characters on their line."""

    @property
    def enabled(self) -> bool:
        return self.logger.isEnabledFor(logging.INFO)

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        guid = request.headers.get("X-GitHub-Delivery", "")
        self.logger.log(
            logging.INFO if response.status >= 400 else logging.DEBUG,
            "%s %a %d %.1fms delivery=%a",
            request.method,
            request.path[:_LONGEST],
            response.status,
            time * 1000,
            guid[:_LONGEST],
        )
