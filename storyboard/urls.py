"""Routes of the app, relative to /api/."""

from django.urls import URLPattern, URLResolver

from common.api import ApiRouter
from storyboard import views

router = ApiRouter()
# storyboard/projects, storyboard/projects/import
router.register("storyboard/projects", views.ProjectListViewSet, "storyboard-projects")
# storyboard/videos
router.register("storyboard/videos", views.VideoViewSet, "storyboard-videos")
# storyboard/thumbnails/<name>
router.register("storyboard/thumbnails", views.ThumbnailViewSet, "storyboard-thumbnails")
# storyboard/project/create, storyboard/project/<id> with restore, duplicate
router.register("storyboard/project", views.ProjectViewSet, "storyboard-project")
# storyboard/project/<id>/scenes, …/reorder, …/<scene_id> with restore, duplicate, thumbnail
router.register(
    r"storyboard/project/(?P<project_id>[0-9]{1,18})/scenes",
    views.SceneViewSet,
    "storyboard-scenes",
)
# storyboard/project/<id>/export
router.register(
    r"storyboard/project/(?P<project_id>[0-9]{1,18})/export",
    views.ExportViewSet,
    "storyboard-export",
)
# storyboard/project/<id>/revisions, …/<number>, …/<number>/restore
router.register(
    r"storyboard/project/(?P<project_id>[0-9]{1,18})/revisions",
    views.RevisionViewSet,
    "storyboard-revisions",
)

urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
