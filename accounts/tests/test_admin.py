"""Tokens in the admin."""

import re
from datetime import timedelta

import pytest

from accounts.models import ApiToken
from accounts.tests.factories import make_token, token_client
from common.clock import utc_now

pytestmark = pytest.mark.django_db

TOKENS = "/admin/accounts/apitoken/"


def add(client, user, **fields):
    form = {"name": "render farm", "user": user.pk, "may_read": "on", **fields}
    return client.post(f"{TOKENS}add/", form, format="multipart")


def test_a_new_token_is_shown_once(admin_client, admin_user):
    response = add(admin_client, admin_user)
    secret, *_ = re.findall(r"dash_[0-9a-f]{12}_[\w-]{43}", response.content.decode())
    assert "no-store" in response["Cache-Control"]
    assert token_client(secret).get("/api/agents/status").status_code == 200
    token = ApiToken.objects.get()
    assert (token.name, token.user) == ("render farm", admin_user)
    assert token.scopes == {"read"}
    for page in (TOKENS, f"{TOKENS}{token.pk}/change/", "/admin/"):
        assert secret not in admin_client.get(page).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"may_read": ""},
        {"name": ""},
        {
            "expires_at_0": f"{utc_now() - timedelta(days=2):%Y-%m-%d}",
            "expires_at_1": "00:00:00",
        },
    ],
    ids=["no scope", "no name", "expired"],
)
def test_a_token_that_makes_no_sense_is_not_made(admin_client, admin_user, wrong):
    assert add(admin_client, admin_user, **wrong).status_code == 200
    assert not ApiToken.objects.exists()


def test_tokens_are_revoked_in_the_list(admin_client):
    token, secret = make_token()
    form = {"action": "revoke", "_selected_action": [token.pk]}
    response = admin_client.post(TOKENS, form, format="multipart", follow=True)
    assert "1 tokens were revoked" in response.content.decode()
    assert token_client(secret).get("/api/agents/status").status_code == 401


@pytest.mark.parametrize("path", ["change/", "delete/"])
def test_a_token_is_neither_changed_nor_deleted(admin_client, path):
    token, _ = make_token()
    url = f"{TOKENS}{token.pk}/{path}"
    assert admin_client.post(url, {"post": "yes"}, format="multipart").status_code == 403
