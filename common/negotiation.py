"""Which form an answer takes: JSON, or the browsable API for a browser."""

from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request


class LenientNegotiation(DefaultContentNegotiation):
    """JSON for an Accept header that names nothing we have, instead of 406.

    Downloads are asked for with `Accept: text/csv` or `text/plain`, and errors are JSON.
    """

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            return renderers[0], renderers[0].media_type
