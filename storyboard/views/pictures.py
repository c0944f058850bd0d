"""Stored pictures: /api/storyboard/thumbnails."""

from django.http import FileResponse
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from common.conditional import last_modified
from common.schema import BINARY, documented
from storyboard import thumbnails


class ThumbnailViewSet(ViewSet):
    """The pictures of the scenes."""

    lookup_value_regex = r"[0-9a-f]{64}\.jpg"

    @documented(media_types={thumbnails.CONTENT_TYPE: BINARY})
    def retrieve(self, request: Request, pk: str) -> FileResponse:
        """GET /api/storyboard/thumbnails/<name>: always `image/jpeg`, named by its content."""
        response = FileResponse(
            thumbnails.open_stored(pk), content_type=thumbnails.CONTENT_TYPE, filename=pk
        )
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "default-src 'none'"
        response["ETag"] = f'"{pk.partition(".")[0]}"'
        for header, value in last_modified(thumbnails.stored_at(pk)).items():
            response[header] = value
        response["Cache-Control"] = "private, max-age=31536000, immutable"
        return response
