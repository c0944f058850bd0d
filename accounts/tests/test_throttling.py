"""Limits on how often one caller may call."""

import pytest
from rest_framework.test import APIClient

from accounts.tests.factories import make_token, make_user, token_client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]

READ = "/api/agents/status"


def statuses(client: APIClient, times: int, path: str = READ) -> list[int]:
    return [client.get(path).status_code for _ in range(times)]


def elsewhere(address: str) -> APIClient:
    return APIClient(REMOTE_ADDR=address, HTTP_HOST="127.0.0.1:5000")


@pytest.fixture(autouse=True)
def _limit(settings):
    settings.API_RATE_LIMIT = 3


def test_one_call_too_many_is_429_in_the_envelope(viewer_client, still_clock):
    still_clock.now += 20
    assert statuses(viewer_client, 4) == [200, 200, 200, 429]
    response = viewer_client.get(READ)
    assert response["Retry-After"] == "40"
    assert response.json()["code"] == "throttled"


def test_in_the_next_minute_calls_are_free_again(viewer_client, still_clock):
    statuses(viewer_client, 4)
    still_clock.now += 60
    assert statuses(viewer_client, 1) == [200]


def test_each_token_and_each_user_counts_alone(viewer_client):
    user = make_user()
    first, second = (token_client(make_token(user=user)[1]) for _ in range(2))
    assert statuses(first, 4)[-1] == 429
    assert statuses(second, 3) == [200] * 3
    assert statuses(viewer_client, 3) == [200] * 3


def test_callers_without_a_name_count_by_address(settings):
    settings.AUTH_MODE = "open-read"
    assert statuses(elsewhere("192.0.2.7"), 4)[-1] == 429
    assert statuses(elsewhere("192.0.2.8"), 3) == [200] * 3


def test_a_forged_forwarding_header_makes_nobody_another_caller(settings):
    settings.AUTH_MODE = "open-read"
    client = elsewhere("192.0.2.7")
    answers = [client.get(READ, HTTP_X_FORWARDED_FOR=f"10.0.0.{n}").status_code for n in range(4)]
    assert answers[-1] == 429


def test_this_machine_is_not_limited(api):
    assert statuses(api, 10) == [200] * 10


def test_this_machine_is_limited_where_it_needs_credentials(api, settings):
    settings.AUTH_MODE = "open-read"
    assert statuses(api, 4)[-1] == 429


def test_zero_is_no_limit(viewer_client, settings):
    settings.API_RATE_LIMIT = 0
    assert statuses(viewer_client, 10) == [200] * 10


def test_guessing_tokens_ends_in_429(settings):
    client = token_client("dash_000000000000_" + "A" * 43)
    assert statuses(client, 4) == [401, 401, 401, 429]
    assert int(client.get(READ)["Retry-After"]) == 60
    assert statuses(elsewhere("192.0.2.8"), 1) == [401]


def test_starting_is_bounded_more_tightly(operator_client, settings):
    settings.API_RATE_LIMIT = 600
    body = {"dry_run": True}
    answers = [operator_client.post("/api/training/start", body).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
    assert operator_client.get(READ).status_code == 200


def test_without_a_cache_nothing_is_refused(viewer_client, settings, tmp_path, caplog):
    broken = {"BACKEND": "common.shared_cache.SharedCache", "LOCATION": str(tmp_path)}
    settings.CACHES = {**settings.CACHES, "shared": broken}
    assert statuses(viewer_client, 5) == [200] * 5
    assert "no limit is applied" in caplog.text
