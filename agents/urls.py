"""Routes of the app, relative to /api/.

agents/status, agents/health, agents/<agent_id>, agents/<agent_id>/metrics
"""

from agents.views import AgentViewSet
from common.api import ApiRouter

router = ApiRouter()
router.register("agents", AgentViewSet, basename="agents")
urlpatterns = router.urls
