"""Routes of the app, relative to /api/."""

from common.api import ApiRouter
from training import views

# training/status, history, start, stop, schedule
# training/sessions, training/sessions/<id>, training/sessions/<id>/log
# logs/training
router = ApiRouter()
router.register("training/sessions", views.SessionViewSet, basename="training-session")
router.register("training", views.TrainingViewSet, basename="training")
router.register("logs/training", views.TrainingLogViewSet, basename="training-log")

urlpatterns = router.urls
