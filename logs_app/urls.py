"""Routes of the app, relative to /api/.

logs/events, logs/events/<id>, logs/signatures, logs/export
"""

from common.api import ApiRouter
from logs_app.views import EventViewSet, LogViewSet

router = ApiRouter()
router.register("logs/events", EventViewSet, basename="events")
router.register("logs", LogViewSet, basename="logs")

urlpatterns = router.urls
