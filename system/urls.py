"""Routes of the app, relative to /api/.

system/health, system/health/history, system/logs/recent, system/errors,
system/alerts, system/alerts/<id>/acknowledge
"""

from common.api import ApiRouter
from system.views import SystemViewSet

router = ApiRouter()
router.register("system", SystemViewSet, basename="system")

urlpatterns = router.urls
