"""Every route below /api/, app by app; included under /api/ and under /api/v1/."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("logs_app.urls")),
    path("", include("system.urls")),
    path("", include("agents.urls")),
    path("", include("metrics.urls")),
    path("", include("training.urls")),
    path("", include("storyboard.urls")),
]
