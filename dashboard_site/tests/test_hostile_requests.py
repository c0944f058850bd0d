"""What other websites, rebound names and forged headers try is refused."""

from io import BytesIO

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import caches
from django.test import Client
from rest_framework.test import APIClient

from accounts.tests.factories import make_token, make_user
from dashboard_site.live.consumer import may_listen
from metrics.models import Metric
from training.models import TrainingSession

pytestmark = pytest.mark.django_db

START = "/api/training/start"
OWN = "http://127.0.0.1:5000"
ELSEWHERE = "https://evil.example"
LOCAL = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:5000"}


def post(path: str = START, body: object = None, **environ: str) -> int:
    client = APIClient(enforce_csrf_checks=True, **{**LOCAL, **environ})
    return client.post(path, body or {}, format="json").status_code


class TestOtherWebsites:
    @pytest.mark.parametrize(
        "sent",
        [
            {"HTTP_ORIGIN": ELSEWHERE},
            {"HTTP_ORIGIN": "null"},
            {"HTTP_ORIGIN": "http://["},
            {"HTTP_ORIGIN": "http://127.0.0.1:8000"},
            {"HTTP_ORIGIN": "http://localhost:5000"},
            {"HTTP_ORIGIN": OWN, "HTTP_SEC_FETCH_SITE": "cross-site"},
            {"HTTP_SEC_FETCH_SITE": "cross-site"},
            {"HTTP_SEC_FETCH_SITE": "same-site"},
        ],
        ids=str,
    )
    def test_they_start_no_training(self, sent):
        assert post(**sent) == 401
        assert not TrainingSession.objects.exists()

    @pytest.mark.parametrize(
        "media_type",
        [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "",
        ],
    )
    @pytest.mark.parametrize("path", [START, "/api/metrics", "/api/logs/events"])
    def test_what_a_form_can_send_is_no_body(self, api, media_type, path):
        """A browser sends these to another site without asking first."""
        body = b'{"metric_type": "quality", "value": 7, "event_type": "x", "message": "x"}'
        response = api.generic("POST", path, body, content_type=media_type)
        assert response.status_code == 415
        assert not TrainingSession.objects.exists()
        assert not Metric.objects.exists()

    def test_they_read_nothing(self, api):
        response = api.get("/api/agents/status", HTTP_ORIGIN=ELSEWHERE)
        assert response.status_code == 401
        assert "Access-Control-Allow-Origin" not in response

    def test_they_get_no_leave_to_send(self, api):
        response = api.options(
            START,
            HTTP_ORIGIN=ELSEWHERE,
            HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
            HTTP_ACCESS_CONTROL_REQUEST_HEADERS="content-type",
        )
        assert "Access-Control-Allow-Origin" not in response
        assert "Access-Control-Allow-Methods" not in response

    def test_they_frame_nothing(self, api, admin_client):
        for response in (api.get("/"), api.get("/api/status"), admin_client.get("/admin/")):
            assert response["X-Frame-Options"] == "DENY"
            assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


class TestSessions:
    """Whoever is signed in has a cookie, which the browser sends for other websites' calls too."""

    @pytest.fixture
    def browser(self) -> APIClient:
        client = APIClient(enforce_csrf_checks=True, REMOTE_ADDR="192.0.2.7", HTTP_HOST="127.0.0.1")
        client.force_login(make_user(role="operator"))
        return client

    def test_a_change_needs_the_csrf_token(self, browser):
        response = browser.post("/api/training/stop", {})
        assert response.status_code == 403
        assert "CSRF" in response.json()["error"]

    def test_with_it_our_own_page_may(self, browser):
        browser.get("/")
        csrf = browser.cookies["csrftoken"].value
        assert browser.post("/api/training/stop", {}, HTTP_X_CSRFTOKEN=csrf).status_code == 200

    def test_another_website_may_not_even_with_it(self, browser):
        browser.get("/")
        csrf = browser.cookies["csrftoken"].value
        sent = {"HTTP_X_CSRFTOKEN": csrf, "HTTP_ORIGIN": ELSEWHERE}
        assert browser.post("/api/training/stop", {}, **sent).status_code == 403

    def test_signed_in_on_this_machine_the_token_is_needed_too(self):
        client = APIClient(enforce_csrf_checks=True, **LOCAL)
        client.force_login(make_user(role="operator"))
        assert client.post("/api/training/stop", {}).status_code == 403

    def test_cookies_are_out_of_reach_of_scripts_and_other_sites(self):
        make_user(password="a long pass phrase")
        client = Client(REMOTE_ADDR="127.0.0.1", HTTP_HOST="127.0.0.1:5000")
        client.post("/sign-in", {"username": "ada", "password": "a long pass phrase"})
        cookie = client.cookies["sessionid"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


class TestRebinding:
    """A website lets its own name point to 127.0.0.1: the browser takes us for that website."""

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:5000", "127.0.0.1.nip.io"])
    def test_a_foreign_name_is_refused(self, host):
        assert post(HTTP_HOST=host) == 400

    def test_it_is_not_local_even_if_every_name_is_allowed(self, settings):
        settings.ALLOWED_HOSTS = ["*"]
        assert post(HTTP_HOST="evil.example") == 401
        assert post(HTTP_HOST="evil.example", HTTP_ORIGIN="http://evil.example") == 401


class TestForgedHeaders:
    @pytest.mark.parametrize(
        "header", ["X_FORWARDED_FOR", "X_REAL_IP", "FORWARDED", "VIA", "X_FORWARDED_HOST"]
    )
    def test_nobody_becomes_local_by_a_header(self, header):
        sent = {f"HTTP_{header}": "127.0.0.1"}
        assert post(REMOTE_ADDR="192.0.2.7", **sent) == 401
        assert post(**sent) == 401  # a proxy on this machine

    def test_a_trusted_proxy_does_not_make_its_callers_local(self, settings):
        settings.TRUSTED_PROXIES = ["127.0.0.1"]
        assert post(HTTP_X_FORWARDED_FOR="127.0.0.1") == 401
        assert post(HTTP_X_FORWARDED_FOR="192.0.2.7", HTTP_X_FORWARDED_HOST="localhost") == 401


class TestFrontEnds:
    """Pages of another origin that CORS_ORIGINS names."""

    FRONT = "https://front.example"

    @pytest.fixture(autouse=True)
    def _origins(self, settings):
        settings.CORS_ORIGINS = settings.CORS_ALLOWED_ORIGINS = [self.FRONT]

    def test_with_a_token_they_may_and_may_see_the_answer(self, stranger):
        _, secret = make_token("read")
        sent = {"HTTP_ORIGIN": self.FRONT, "HTTP_AUTHORIZATION": f"Bearer {secret}"}
        response = stranger.get("/api/agents/status", **sent)
        assert response.status_code == 200
        assert response["Access-Control-Allow-Origin"] == self.FRONT
        exposed = response["Access-Control-Expose-Headers"].split(", ")
        assert {"ETag", "X-Log-Size", "X-Request-ID"} <= set(exposed)

    def test_without_one_they_may_not_on_this_machine_either(self, api):
        assert api.get("/api/agents/status", HTTP_ORIGIN=self.FRONT).status_code == 401

    def test_the_admin_is_not_offered_to_them(self, api):
        assert "Access-Control-Allow-Origin" not in api.get("/admin/", HTTP_ORIGIN=self.FRONT)


class TestSocket:
    @staticmethod
    def opens(
        *,
        user: User | None = None,
        client: str = "127.0.0.1",
        host: str = "127.0.0.1:5000",
        **headers: str,
    ) -> bool:
        sent = {"host": host, **{name.replace("_", "-"): text for name, text in headers.items()}}
        scope = {
            "type": "websocket",
            "path": "/ws/dashboard",
            "headers": [(name.encode(), text.encode()) for name, text in sent.items()],
            "client": [client, 4711],
            "user": user or AnonymousUser(),
        }
        return may_listen(scope)

    def test_a_page_on_this_machine_is_let_in(self):
        assert self.opens(origin=OWN)

    def test_another_website_is_not_and_no_session_helps_it(self, admin_user):
        assert not self.opens(origin=ELSEWHERE)
        assert not self.opens(origin=ELSEWHERE, user=admin_user)
        assert self.opens(client="192.0.2.7", origin=OWN, user=admin_user)

    def test_a_front_end_is_with_credentials(self, admin_user, settings):
        settings.CORS_ORIGINS = [ELSEWHERE]
        assert self.opens(origin=ELSEWHERE, user=admin_user)
        assert not self.opens(origin=ELSEWHERE)

    def test_a_rebound_name_is_not(self):
        assert not self.opens(host="evil.example", origin="http://evil.example")

    def test_a_stranger_is_not(self):
        assert not self.opens(client="192.0.2.7")
        assert not self.opens(x_forwarded_for="127.0.0.1")

    def test_a_user_without_a_role_is_not(self):
        assert not self.opens(client="192.0.2.7", user=make_user(role=None))

    def test_a_token_for_reading_is(self):
        user = make_user()
        for scope, may in (("read", True), ("push", False)):
            _, secret = make_token(scope, user=user)
            assert self.opens(client="192.0.2.7", authorization=f"Bearer {secret}") is may
        assert not self.opens(authorization="Bearer wrong")

    def test_the_mode_counts_here_too(self, settings):
        settings.AUTH_MODE = "required"
        assert not self.opens()
        settings.AUTH_MODE = "open-read"
        assert self.opens(client="192.0.2.7")


class TestLimits:
    @pytest.mark.parametrize(("depth", "status"), [(31, 201), (33, 400), (900, 400), (5000, 400)])
    def test_deep_json_is_refused(self, api, depth, status):
        nested = "[" * (depth - 2) + "]" * (depth - 2)
        body = f'{{"event_type": "x", "message": "x", "metadata": {{"a": {nested}}}}}'
        response = api.post("/api/logs/events", body, content_type="application/json")
        assert response.status_code == status, response.content

    @pytest.mark.parametrize("path", ["/api/metrics", "/api/logs/events"])
    def test_a_batch_of_more_than_ten_thousand_is_refused(self, api, path):
        item = {"metric_type": "quality", "value": 7, "event_type": "x", "message": "x"}
        assert api.post(path, [item] * 10_001).status_code == 400

    def test_a_page_of_more_than_five_hundred_is_refused(self, api):
        assert api.get("/api/logs/events?page_size=501").status_code == 400

    def test_more_exports_than_allowed_at_once_are_refused(self, api):
        held = [api.get("/api/logs/export") for _ in range(2)]
        refused = api.get("/api/logs/export")
        assert refused.status_code == 429
        assert int(refused["Retry-After"]) > 0
        assert refused.json()["code"] == "throttled"
        for response in held:
            response.close()
        assert not any(caches["shared"].get(f"place:download:{number}") for number in range(2))

    def test_what_is_no_picture_is_refused(self, api):
        project = api.post("/api/storyboard/project/create", {"name": "x", "scenes": []}).json()
        scenes = f"/api/storyboard/project/{project['project_id']}/scenes"
        scene_id = api.post(scenes, {"scenes": [{"title": "x"}]}).json()["scenes"][0]["id"]
        script = BytesIO(b"<svg onload='alert(1)'/>")
        response = api.generic(
            "PUT", f"{scenes}/{scene_id}/thumbnail", script.read(), content_type="image/svg+xml"
        )
        assert 400 <= response.status_code < 500
