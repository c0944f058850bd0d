"""Projects: /api/storyboard/projects and /api/storyboard/project."""

from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import ViewSet

from common.schema import IF_MATCH, documented
from storyboard import selectors, services
from storyboard.filters import ProjectListParams, VideoListParams
from storyboard.preconditions import expected_versions
from storyboard.serializers import (
    BoardSerializer,
    CopyInput,
    ProjectCreatedSerializer,
    ProjectDocument,
    ProjectInput,
    ProjectListSerializer,
    ProjectReplacement,
    VideoListSerializer,
    VideoSerializer,
)
from storyboard.views.common import ID, board_response, caller, checked


class ProjectListViewSet(ViewSet):
    """The projects that are there."""

    @documented(ProjectListSerializer(many=True), params=ProjectListParams)
    def list(self, request: Request) -> Response:
        """GET /api/storyboard/projects: newest first; a plain list of at most `limit` projects."""
        params = ProjectListParams.parse(request)
        offset, limit = params.pop("offset"), params.pop("limit")
        rows = selectors.projects(**params)[offset : offset + limit]
        return Response(ProjectListSerializer(rows, many=True).data)

    @action(detail=False, methods=["post"], url_path="import")
    @documented(
        BoardSerializer,
        status=201,
        body=ProjectDocument,
        example={"name": "Night run", "scenes": []},
    )
    def import_document(self, request: Request) -> Response:
        """POST /api/storyboard/projects/import: a `json` export becomes a new, equal project.

        201 with the project. Ids and times of the export are not taken over; another
        `format` than that of the export is refused.
        """
        fields, scenes = checked(ProjectDocument, request).parts()
        project = services.create_project(
            fields=fields, scenes=scenes or [], by=caller(request), action="imported"
        )
        return board_response(project.pk, status_code=status.HTTP_201_CREATED)


class VideoViewSet(ViewSet):
    """The videos of all projects."""

    @documented(VideoListSerializer, params=VideoListParams)
    def list(self, request: Request) -> Response:
        """GET /api/storyboard/videos: scenes with a video, by project and place.

        `count` is the number of all of them, also where `limit` leaves some out.
        """
        params = VideoListParams.parse(request)
        rows = selectors.videos()
        page = rows[params["offset"] : params["offset"] + params["limit"]]
        return Response({"videos": VideoSerializer(page, many=True).data, "count": rows.count()})


class ProjectViewSet(ViewSet):
    """One project. Changes take If-Match with the ETag of the project as read: else 412."""

    lookup_value_regex = ID

    @action(detail=False, methods=["post"], url_path="create")
    @documented(
        ProjectCreatedSerializer,
        status=201,
        body=ProjectInput,
        example={
            "name": "Night run",
            "music": "Night Drive",
            "scenes": [{"title": "City", "description": "Neon, rain", "duration": 4.5}],
        },
    )
    def create_project(self, request: Request) -> Response:
        """POST /api/storyboard/project/create: 201 with the id; unknown keys are ignored."""
        fields, scenes = checked(ProjectInput, request).parts()
        project = services.create_project(fields=fields, scenes=scenes or [], by=caller(request))
        location = reverse("storyboard-project-detail", args=[project.pk], request=request)
        return Response(
            {"status": "created", "project_id": project.pk, "name": project.name},
            status=status.HTTP_201_CREATED,
            headers={"Location": location},
        )

    @documented(BoardSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """GET /api/storyboard/project/<id>: with its scenes in order, and `warnings`."""
        return board_response(int(pk))

    @documented(
        BoardSerializer,
        body=ProjectReplacement,
        example={"name": "Night run", "status": "generated"},
        headers=(IF_MATCH,),
        errors=(409,),
    )
    def update(self, request: Request, pk: str) -> Response:
        """PUT /api/storyboard/project/<id>: keys left out take their default.

        `scenes`, where given, are all the scenes: those with an `id` stay the same
        scene (one that the project does not know: 400), others are new, those not
        named are deleted. Without the key they stay as they are.
        """
        return self._edit(request, pk, checked(ProjectReplacement, request))

    @documented(
        BoardSerializer,
        body=ProjectInput(partial=True),
        example={"status": "archived"},
        headers=(IF_MATCH,),
        errors=(409,),
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """PATCH /api/storyboard/project/<id>: changes the keys given; `scenes` as for PUT."""
        return self._edit(request, pk, checked(ProjectInput, request, partial=True))

    def _edit(self, request: Request, pk: str, body: ProjectInput) -> Response:
        changes, scenes = body.parts()
        services.edit_project(
            project_id=int(pk),
            changes=changes,
            scenes=scenes,
            by=caller(request),
            if_match=expected_versions(request),
        )
        return board_response(int(pk))

    @documented(status=204, headers=(IF_MATCH,))
    def destroy(self, request: Request, pk: str) -> Response:
        """DELETE /api/storyboard/project/<id>: 204, then 404; `restore` undoes it for 30 days."""
        services.delete_project(
            project_id=int(pk), by=caller(request), if_match=expected_versions(request)
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

    @action(detail=True, methods=["post"])
    @documented(BoardSerializer, headers=(IF_MATCH,), errors=(409,))
    def restore(self, request: Request, pk: str) -> Response:
        """POST /api/storyboard/project/<id>/restore: brings a deleted project back."""
        services.restore_project(
            project_id=int(pk), by=caller(request), if_match=expected_versions(request)
        )
        return board_response(int(pk))

    @action(detail=True, methods=["post"])
    @documented(BoardSerializer, status=201, body=CopyInput, example={"name": "Second try"})
    def duplicate(self, request: Request, pk: str) -> Response:
        """POST /api/storyboard/project/<id>/duplicate: 201 with the copy; `name` is optional."""
        name = checked(CopyInput, request).validated_data["name"]
        copy = services.duplicate_project(project_id=int(pk), name=name, by=caller(request))
        return board_response(copy.pk, status_code=status.HTTP_201_CREATED)
