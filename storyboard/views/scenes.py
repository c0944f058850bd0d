"""Scenes of a project: /api/storyboard/project/<id>/scenes."""

from collections.abc import Sequence
from typing import Any

from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from common.schema import BINARY, IF_MATCH, documented
from storyboard import selectors, services
from storyboard.parsers import PictureParser
from storyboard.preconditions import etag, expected_versions
from storyboard.serializers import (
    ReorderInput,
    SceneInput,
    SceneListSerializer,
    SceneSerializer,
    ScenesInput,
)
from storyboard.views.common import ID, caller, checked

#: What people send; the content decides, whatever the header says.
_PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")


class SceneViewSet(ViewSet):
    """The scenes of one project. If-Match takes the ETag of the project: else 412."""

    lookup_value_regex = ID

    @documented(SceneListSerializer)
    def list(self, request: Request, project_id: str) -> Response:
        """GET …/scenes: all of them, in order."""
        return _scenes_response(int(project_id))

    @documented(
        SceneListSerializer,
        status=201,
        body=ScenesInput,
        example={"scenes": [{"title": "City", "description": "Neon, rain", "duration": 4.5}]},
        headers=(IF_MATCH,),
        errors=(409,),
    )
    def create(self, request: Request, project_id: str) -> Response:
        """POST …/scenes: 201 with the new scenes; `position` (from 1), else at the end."""
        body = checked(ScenesInput, request).validated_data
        new = services.add_scenes(
            project_id=int(project_id),
            scenes=body["scenes"],
            position=body["position"],
            by=caller(request),
            if_match=expected_versions(request),
        )
        return _scenes_response(
            int(project_id), only=[scene.pk for scene in new], status_code=status.HTTP_201_CREATED
        )

    @action(detail=False, methods=["post"])
    @documented(
        SceneListSerializer, body=ReorderInput, example={"order": [3, 1, 2]}, headers=(IF_MATCH,)
    )
    def reorder(self, request: Request, project_id: str) -> Response:
        """POST …/scenes/reorder: `order` names every scene once, else 400; answers them all."""
        services.reorder_scenes(
            project_id=int(project_id),
            order=checked(ReorderInput, request).validated_data["order"],
            by=caller(request),
            if_match=expected_versions(request),
        )
        return _scenes_response(int(project_id))

    @documented(SceneSerializer)
    def retrieve(self, request: Request, project_id: str, pk: str) -> Response:
        """GET …/scenes/<scene_id>: one scene with its place in time."""
        return _scene_response(int(project_id), int(pk))

    @documented(
        SceneSerializer,
        body=SceneInput(partial=True),
        example={"prompt": "a wet street, neon"},
        headers=(IF_MATCH,),
    )
    def partial_update(self, request: Request, project_id: str, pk: str) -> Response:
        """PATCH …/scenes/<scene_id>: changes the keys that are given.

        Without `status`, a new prompt or video moves the status forward.
        """
        services.edit_scene(
            project_id=int(project_id),
            scene_id=int(pk),
            changes=checked(SceneInput, request).validated_data,
            by=caller(request),
            if_match=expected_versions(request),
        )
        return _scene_response(int(project_id), int(pk))

    @documented(status=204, headers=(IF_MATCH,))
    def destroy(self, request: Request, project_id: str, pk: str) -> Response:
        """DELETE …/scenes/<scene_id>: 204; the gap closes; `restore` undoes it for 30 days."""
        services.delete_scene(
            project_id=int(project_id),
            scene_id=int(pk),
            by=caller(request),
            if_match=expected_versions(request),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

    @action(detail=True, methods=["post"])
    @documented(SceneSerializer, headers=(IF_MATCH,), errors=(409,))
    def restore(self, request: Request, project_id: str, pk: str) -> Response:
        """POST …/scenes/<scene_id>/restore: brings a deleted scene back to its place."""
        services.restore_scene(
            project_id=int(project_id),
            scene_id=int(pk),
            by=caller(request),
            if_match=expected_versions(request),
        )
        return _scene_response(int(project_id), int(pk))

    @action(detail=True, methods=["post"])
    @documented(SceneSerializer, status=201, headers=(IF_MATCH,), errors=(409,))
    def duplicate(self, request: Request, project_id: str, pk: str) -> Response:
        """POST …/scenes/<scene_id>/duplicate: 201 with the copy, right behind the scene."""
        copy = services.duplicate_scene(
            project_id=int(project_id),
            scene_id=int(pk),
            by=caller(request),
            if_match=expected_versions(request),
        )
        return _scene_response(int(project_id), copy.pk, status_code=status.HTTP_201_CREATED)

    @action(detail=True, methods=["put"], parser_classes=[PictureParser])
    @documented(
        SceneSerializer,
        body=dict.fromkeys(_PICTURE_TYPES, BINARY),
        headers=(IF_MATCH,),
    )
    def thumbnail(self, request: Request, project_id: str, pk: str) -> Response:
        """PUT …/scenes/<scene_id>/thumbnail: the body is the picture itself.

        JPEG, PNG, WebP or GIF up to 10 MB and 40 megapixels, else 400 or 413. It is
        stored as a JPEG of at most 1280 pixels a side.
        """
        services.set_thumbnail(
            project_id=int(project_id),
            scene_id=int(pk),
            content=_picture(request),
            by=caller(request),
            if_match=expected_versions(request),
        )
        return _scene_response(int(project_id), int(pk))

    @thumbnail.mapping.delete
    @documented(SceneSerializer, headers=(IF_MATCH,))
    def remove_thumbnail(self, request: Request, project_id: str, pk: str) -> Response:
        """DELETE …/scenes/<scene_id>/thumbnail: the page draws a plain card again."""
        services.edit_scene(
            project_id=int(project_id),
            scene_id=int(pk),
            changes={"thumbnail": ""},
            by=caller(request),
            if_match=expected_versions(request),
        )
        return _scene_response(int(project_id), int(pk))


def _picture(request: Request) -> bytes:
    content: Any = request.data
    # An empty body is not parsed, and then is an empty mapping.
    return content if isinstance(content, bytes) else b""


def _scenes_response(
    project_id: int, *, only: Sequence[int] | None = None, status_code: int = status.HTTP_200_OK
) -> Response:
    board = selectors.board(project_id=project_id)
    shown = [scene for scene in board.scenes if only is None or scene.pk in only]
    return Response(
        {"scenes": SceneSerializer(shown, many=True).data, "count": len(shown)},
        status=status_code,
        headers={"ETag": etag(board.project)},
    )


def _scene_response(
    project_id: int, scene_id: int, *, status_code: int = status.HTTP_200_OK
) -> Response:
    project, scene = selectors.scene(project_id=project_id, scene_id=scene_id)
    return Response(
        SceneSerializer(scene).data, status=status_code, headers={"ETag": etag(project)}
    )
