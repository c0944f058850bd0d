"""Routes of the app, relative to /api/.

metrics, metrics/quality, metrics/history/<metric_name>, metrics/comparison, metrics/trends
"""

from common.api import ApiRouter
from metrics.views import MetricViewSet

router = ApiRouter()
router.register("metrics", MetricViewSet, basename="metrics")
urlpatterns = router.urls
