"""What the storyboard views share."""

from typing import Any, TypeVar

from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from storyboard import selectors
from storyboard.preconditions import etag
from storyboard.serializers import BoardSerializer

ID = "[0-9]{1,18}"

Shape = TypeVar("Shape", bound=serializers.Serializer[Any])


def checked(shape: type[Shape], request: Request, *, partial: bool = False) -> Shape:
    """Return the body of a request, checked against a shape."""
    body = shape(data=request.data, partial=partial)
    body.is_valid(raise_exception=True)
    return body


def caller(request: Request) -> str:
    """Return the name of the user; a program on this machine has none."""
    return request.user.get_username()


def board_response(project_id: int, *, status_code: int = status.HTTP_200_OK) -> Response:
    """Answer a project with its scenes, and its tag."""
    board: Any = selectors.board(project_id=project_id)
    tag = etag(board.project, warnings=board.warnings)
    return Response(BoardSerializer(board).data, status=status_code, headers={"ETag": tag})
