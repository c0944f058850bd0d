"""Query parameters of the storyboard routes."""

from rest_framework import serializers

from common.params import Choice, QueryParams, WholeNumber
from storyboard.models import Project
from storyboard.selectors import PROJECT_ORDERS


class ProjectListParams(QueryParams):
    """Parameters of the list of projects."""

    status = Choice(Project.Status.values, help_text="state of the work")
    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        default="",
        help_text="name, music, artist",
    )
    ordering = Choice(PROJECT_ORDERS, default="-created", help_text="order of the list")
    limit = WholeNumber(1, 500, default=200, help_text="length of the list")
    offset = WholeNumber(0, 1_000_000, default=0, help_text="projects to leave out")


class VideoListParams(QueryParams):
    """Parameters of the list of videos."""

    limit = WholeNumber(1, 1000, default=500, help_text="length of the list")
    offset = WholeNumber(0, 1_000_000, default=0, help_text="videos to leave out")


class RevisionListParams(QueryParams):
    """Parameters of the list of revisions."""

    limit = WholeNumber(1, 500, default=50, help_text="length of the list")
    before = WholeNumber(
        1, 2**31 - 1, default=None, allow_null=True, help_text="only older than this number"
    )
