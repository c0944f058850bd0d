"""Exports of a project: /api/storyboard/project/<id>/export."""

from django.http import HttpResponse
from django.utils.text import slugify
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from common.conditional import last_modified
from common.params import Choice, QueryParams
from common.schema import OBJECT, TEXT, documented
from storyboard import selectors
from storyboard.export import FORMATS
from storyboard.serializers import ExportDocumentSerializer

# The page loads our style sheet and pictures, and runs nothing.
_PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' http: https:"


class ExportParams(QueryParams):
    """Parameters of an export, in the query or in the body."""

    format = Choice(list(FORMATS), default="json", help_text="kind of file")


_FILES = {wanted.content_type.partition(";")[0]: TEXT for wanted in FORMATS.values()} | {
    "application/json": ExportDocumentSerializer,
    "application/vnd.opentimelineio+json": OBJECT,
}


class ExportViewSet(ViewSet):
    """A project as a file; its POST changes nothing."""

    required_scope = "read"

    @documented(params=ExportParams, media_types=_FILES)
    def list(self, request: Request, project_id: str) -> HttpResponse:
        """GET …/export?format=: json (complete), csv, otio, srt, or html, a page to print."""
        return _file(int(project_id), ExportParams.parse(request)["format"])

    @documented(
        body=ExportParams,
        example={"format": "csv"},
        media_types=_FILES,
    )
    def create(self, request: Request, project_id: str) -> HttpResponse:
        """POST …/export: the same with the format in the body, else in the query."""
        if not isinstance(request.data, dict):
            raise serializers.ValidationError("The body must be an object.")
        params = ExportParams(data={**request.query_params.dict(), **request.data})
        params.is_valid(raise_exception=True)
        return _file(int(project_id), params.validated_data["format"])


def _file(project_id: int, name: str) -> HttpResponse:
    board = selectors.board(project_id=project_id)
    wanted = FORMATS[name]
    response = HttpResponse(
        wanted.write(board.project, board.scenes), content_type=wanted.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    for header, value in last_modified(board.project.updated_at).items():
        response[header] = value
    if wanted.is_page:
        response["Content-Security-Policy"] = _PAGE_POLICY
    else:
        stem = slugify(board.project.name)[:60] or "storyboard"
        file_name = f"{stem}-{project_id}.{wanted.ending}"
        response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response
