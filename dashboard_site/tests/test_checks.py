"""A dashboard that others can reach does not start with weak settings; on loopback it does."""

import pytest
from django.core.management import call_command

from dashboard_site import preflight
from dashboard_site.checks import check_exposure

STRONG = "aB3-c" * 10


@pytest.fixture(autouse=True)
def deployment(settings):
    settings.HOST = "0.0.0.0"  # noqa: S104 - what is checked
    settings.ALLOWED_HOSTS = ["dash.example.com"]
    settings.SECRET_KEY = STRONG
    return settings


WEAK = [
    ("DEBUG", True, "dashboard.E001"),
    ("ALLOWED_HOSTS", ["*"], "dashboard.E002"),
    ("SECRET_KEY", "short", "dashboard.E003"),
    ("SECRET_KEY", "ab" * 30, "dashboard.E003"),
    ("TRUSTED_PROXIES", ["0.0.0.0/0"], "dashboard.E004"),
    ("TRUSTED_PROXIES", ["10.0.0.2", "::/0"], "dashboard.E004"),
]


def test_a_proper_deployment_starts(deployment):
    deployment.TRUSTED_PROXIES = ["10.0.0.0/24", "fd00::/64"]
    assert preflight.check_settings() == []


@pytest.mark.parametrize(("name", "value", "problem"), WEAK)
def test_a_weak_setting_stops_the_start_and_the_message_names_the_cure(
    deployment, name, value, problem
):
    setattr(deployment, name, value)
    with pytest.raises(preflight.PreflightError, match=problem) as stopped:
        preflight.check_settings()
    assert name in str(stopped.value)
    assert "Set " in str(stopped.value) or "Take " in str(stopped.value)
    assert "\n" not in str(stopped.value)


@pytest.mark.parametrize(("name", "value", "problem"), WEAK[:4])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_on_loopback_it_starts(deployment, name, value, problem, host):
    deployment.HOST = host
    setattr(deployment, name, value)
    assert preflight.check_settings() == []


def test_behind_a_proxy_on_the_same_machine_it_is_a_deployment(deployment):
    deployment.HOST, deployment.TRUSTED_PROXIES = "127.0.0.1", ["127.0.0.1"]
    deployment.DEBUG = True
    assert [message.id for message in check_exposure()] == ["dashboard.E001"]


def test_names_that_nobody_else_can_use_are_a_warning(deployment):
    deployment.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    (doubt,) = preflight.check_settings()
    assert "dashboard.W001" in doubt


def test_the_deployment_check_of_django_is_clean(deployment, monkeypatch):
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "HTTPS_ONLY"):
        setattr(deployment, name, True)
    deployment.SECURE_HSTS_SECONDS = 365 * 86400
    deployment.SILENCED_SYSTEM_CHECKS = [*deployment.SILENCED_SYSTEM_CHECKS, "security.W008"]
    call_command("check", deploy=True, fail_level="WARNING")


class TestHttpsOnly:
    @pytest.fixture(autouse=True)
    def _https(self, settings):
        settings.HTTPS_ONLY = True
        settings.SECURE_HSTS_SECONDS = 60
        settings.ALLOWED_HOSTS = ["dash.example.com", "127.0.0.1"]
        settings.TRUSTED_PROXIES = ["192.0.2.7"]

    def test_http_is_sent_to_https(self, stranger):
        response = stranger.get("/api/status?x=1", HTTP_HOST="dash.example.com")
        assert response.status_code == 301
        assert response["Location"] == "https://dash.example.com/api/status?x=1"

    @pytest.mark.django_db
    def test_behind_the_proxy_it_is_https_and_stays_so(self, stranger):
        sent = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}
        response = stranger.get("/sign-in", HTTP_HOST="dash.example.com", **sent)
        assert response.status_code == 200
        assert response["Strict-Transport-Security"] == "max-age=60"
        assert response.cookies["csrftoken"]["secure"]

    @pytest.mark.django_db
    def test_programs_on_the_machine_itself_go_on_with_http(self, api):
        assert api.get("/api/agents/status").status_code == 200
