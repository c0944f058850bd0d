"""Revisions of a project: /api/storyboard/project/<id>/revisions."""

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from common.schema import IF_MATCH, documented
from storyboard import selectors, services
from storyboard.filters import RevisionListParams
from storyboard.preconditions import expected_versions
from storyboard.serializers import (
    BoardSerializer,
    RevisionDocumentSerializer,
    RevisionListSerializer,
    RevisionSerializer,
)
from storyboard.views.common import board_response, caller


class RevisionViewSet(ViewSet):
    """What a project was after each change."""

    lookup_value_regex = "[0-9]{1,9}"

    @documented(RevisionListSerializer, params=RevisionListParams)
    def list(self, request: Request, project_id: str) -> Response:
        """GET …/revisions: newest first; `before` a number for the next page."""
        params = RevisionListParams.parse(request)
        rows = selectors.revisions(project_id=int(project_id), **params)
        return Response({"revisions": RevisionSerializer(rows, many=True).data})

    @documented(RevisionDocumentSerializer)
    def retrieve(self, request: Request, project_id: str, pk: str) -> Response:
        """GET …/revisions/<number>: with the project as it was, in `document`."""
        revision = selectors.revision(project_id=int(project_id), number=int(pk))
        return Response(RevisionDocumentSerializer(revision).data)

    @action(detail=True, methods=["post"])
    @documented(BoardSerializer, headers=(IF_MATCH,), errors=(409,))
    def restore(self, request: Request, project_id: str, pk: str) -> Response:
        """POST …/revisions/<number>/restore: what it was, as a new revision."""
        services.restore_revision(
            project_id=int(project_id),
            number=int(pk),
            by=caller(request),
            if_match=expected_versions(request),
        )
        return board_response(int(project_id))
