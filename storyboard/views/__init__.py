"""Views of /api/storyboard."""

from storyboard.views.exports import ExportViewSet
from storyboard.views.pictures import ThumbnailViewSet
from storyboard.views.projects import ProjectListViewSet, ProjectViewSet, VideoViewSet
from storyboard.views.revisions import RevisionViewSet
from storyboard.views.scenes import SceneViewSet

__all__ = [
    "ExportViewSet",
    "ProjectListViewSet",
    "ProjectViewSet",
    "RevisionViewSet",
    "SceneViewSet",
    "ThumbnailViewSet",
    "VideoViewSet",
]
