"""What is no route, or no proper request, is answered in the envelope."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path",
    ["/api/nonsense", "/api/v1/nonsense/", "/api/agents/a/b/c", "/api/v2/x"],
)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_route_is_404_in_the_envelope(api, path, method):
    response = getattr(api, method)(path)
    assert response.status_code == 404
    assert response.json()["status"] == 404
    assert response.json()["code"] == "not_found"


@pytest.mark.parametrize(
    "route", ["metrics", "logs/events", "storyboard/project/create", "training/start"]
)
def test_malformed_json_names_the_place(api, route):
    response = api.post(f"/api/{route}", '{"name": ', content_type="application/json")
    assert response.status_code == 400
    assert response.json()["code"] == "parse_error"
    assert "line 1" in response.json()["error"]


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("route", ["metrics", "logs/events", "training/start"])
def test_another_media_type_is_415(api, route, media_type):
    response = api.post(f"/api/{route}", "a=b", content_type=media_type)
    assert response.status_code == 415
    assert response.json()["code"] == "unsupported_media_type"


@pytest.mark.parametrize("route", ["metrics", "logs/events"])
def test_a_huge_body_is_413(api, route, settings):
    settings.MAX_JSON_BODY_BYTES = 1000
    response = api.post(f"/api/{route}", '"' + "x" * 2000 + '"', content_type="application/json")
    assert response.status_code == 413
    assert response.json()["code"] == "too_large"


@pytest.mark.parametrize("route", ["metrics", "training/start", "storyboard/project/create"])
@pytest.mark.parametrize("body", ["NaN", "[" * 5000, '{"value": Infinity}', "\xff"])
def test_what_json_does_not_allow_is_400(api, route, body):
    response = api.post(f"/api/{route}", body, content_type="application/json")
    assert response.status_code == 400, response.content
