"""Views that need several apps, and the answer for routes that do not exist."""

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView


class UnknownRouteView(APIView):
    """Whatever lies below /api/ and is no route: 404 in the usual envelope."""

    permission_classes = [AllowAny]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(f"There is no route {request.path}. GET /api/endpoints lists them.")
