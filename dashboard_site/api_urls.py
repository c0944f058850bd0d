"""Every route below /api/, app by app; included under /api/ and under /api/v1/."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from common.api import ApiRouter
from dashboard_site import schema_views, views

# dashboard/overview, dashboard/quick-stats
router = ApiRouter()
router.register("dashboard", views.DashboardViewSet, basename="dashboard")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("logs_app.urls")),
    path("", include("system.urls")),
    path("", include("agents.urls")),
    path("", include("metrics.urls")),
    path("", include("training.urls")),
    path("", include("storyboard.urls")),
    path("", include(router.urls)),
    re_path(r"^status/?$", views.StatusView.as_view(), name="status"),
    re_path(r"^schema/?$", schema_views.SchemaView.as_view(), name="schema"),
    re_path(r"^docs/?$", schema_views.DocsView.as_view(), name="docs"),
    re_path(r"^redoc/?$", schema_views.RedocView.as_view(), name="redoc"),
    re_path(r"^endpoints/?$", views.EndpointsView.as_view(), name="endpoints"),
    path("", views.EndpointsView.as_view(), name="root"),
]
