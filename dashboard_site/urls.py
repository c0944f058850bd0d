"""All routes: the API (twice: current and versioned), signing in, the admin, the page."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from dashboard_site import views
from dashboard_site.page import page
from dashboard_site.prometheus import PrometheusView
from dashboard_site.readiness import healthz, readyz

admin.site.site_header = admin.site.site_title = settings.SYSTEM_NAME + (
    " (sample data)" if settings.ORCHESTRATOR_IS_SAMPLE else ""
)
admin.site.index_title = "Tables"

urlpatterns = [
    path("", page, name="page"),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", PrometheusView.as_view(), name="prometheus"),
    path("", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include(("dashboard_site.api_urls", "v1"))),
    path("api/", include("dashboard_site.api_urls")),
    path("api", views.EndpointsView.as_view()),
    re_path(r"^api(?:/.*)?$", views.UnknownRouteView.as_view()),
]
