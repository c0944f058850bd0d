"""Tokens: shown once, kept as a hash, bounded by scopes, role, expiry and revocation."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiToken
from accounts.services import NOTE_EVERY, create_token, revoke_tokens
from accounts.tests.factories import make_token, make_user, token_client
from common.clock import utc_now
from common.errors import InvalidInputError

pytestmark = pytest.mark.django_db

READ, CHANGE = "/api/agents/status", "/api/training/stop"


def test_the_secret_is_not_stored():
    token, secret = make_token()
    stored = ApiToken.objects.values().get(pk=token.pk)
    assert secret not in str(stored)
    assert stored["secret_hash"] == hashlib.sha256(secret.encode()).hexdigest()


def test_no_two_secrets_are_alike_and_each_names_its_row():
    user = make_user()
    made = [make_token(user=user) for _ in range(20)]
    assert len({secret for _, secret in made}) == 20
    assert all(secret.startswith(f"dash_{token.prefix}_") for token, secret in made)


def test_a_program_on_another_machine_gets_in():
    _, secret = make_token("read")
    assert token_client(secret).get(READ).status_code == 200


@pytest.mark.parametrize("kind", ["bearer", "BEARER"])
def test_the_word_before_the_token_may_be_written_in_any_case(stranger, kind):
    _, secret = make_token("read")
    assert stranger.get(READ, HTTP_AUTHORIZATION=f"{kind} {secret}").status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda secret: secret[:-1] + ("A" if secret[-1] != "A" else "B"),
        lambda secret: secret[:-1],
        lambda secret: "",
        lambda secret: "dash_",
        lambda secret: "x" * 5000,
        lambda secret: "dash_000000000000_" + "A" * 43,
        lambda secret: secret + "\u00e9",
    ],
)
@pytest.mark.parametrize("address", ["192.0.2.7", "127.0.0.1"])
def test_a_wrong_token_is_refused_also_on_this_machine(change, address):
    _, secret = make_token("read")
    response = token_client(change(secret), address=address).get(READ)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="dashboard"'
    assert set(response.json()) == {"error", "status", "code"}


def test_an_expired_token_is_refused():
    _, secret = make_token()
    ApiToken.objects.update(expires_at=utc_now() + timedelta(minutes=1))
    assert token_client(secret).get(READ).status_code == 200
    ApiToken.objects.update(expires_at=utc_now())
    assert token_client(secret).get(READ).status_code == 401


def test_a_revoked_token_is_refused_at_once():
    token, secret = make_token()
    assert revoke_tokens(ids=[token.pk], now=utc_now()) == 1
    assert revoke_tokens(ids=[token.pk], now=utc_now()) == 0
    assert token_client(secret).get(READ).status_code == 401


def test_the_token_of_a_deactivated_user_is_refused():
    user = make_user()
    _, secret = make_token(user=user)
    user.is_active = False
    user.save()
    assert token_client(secret).get(READ).status_code == 401


def test_a_token_may_no_more_than_its_user():
    _, secret = make_token("read", "control", user=make_user(role="viewer"))
    assert token_client(secret).get(READ).status_code == 200
    assert token_client(secret).post(CHANGE).status_code == 403


def test_a_token_is_bound_to_its_scopes_on_this_machine_too():
    _, secret = make_token("read")
    assert token_client(secret, address="127.0.0.1").post(CHANGE).status_code == 403


def test_its_last_use_is_noted_once_a_minute_at_most():
    _, secret = make_token()
    client = token_client(secret)
    client.get(READ)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    client.get(READ)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=utc_now() - NOTE_EVERY - timedelta(seconds=1))
    client.get(READ)
    assert ApiToken.objects.filter(last_used_at__gt=first).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 101},
        {"scopes": []},
        {"scopes": ["read", "everything"]},
        {"expires_at": datetime(2020, 1, 1, tzinfo=UTC)},
    ],
    ids=str,
)
def test_a_token_that_makes_no_sense_is_not_made(wrong):
    wish = {"name": "x", "user": make_user(), "scopes": ["read"], "expires_at": None}
    with pytest.raises(InvalidInputError):
        create_token(**{**wish, "now": utc_now(), **wrong})


class TestCommand:
    def test_it_prints_the_secret_and_nothing_else_on_standard_output(self, capsys):
        make_user(role="operator")
        call_command("create_token", "render farm", user="ada", scope=["push", "read"])
        printed = capsys.readouterr()
        token = ApiToken.objects.get()
        assert token.scopes == {"push", "read"}
        assert token_client(printed.out.strip()).get(READ).status_code == 200
        assert printed.err.startswith("Token render farm")

    def test_by_default_it_reads_for_a_year(self):
        make_user()
        call_command("create_token", "x", user="ada")
        token = ApiToken.objects.get()
        assert token.scopes == {"read"}
        assert token.expires_at is not None
        assert token.expires_at - token.created_at > timedelta(days=364)

    def test_zero_days_never_expire(self):
        make_user()
        call_command("create_token", "x", user="ada", days=0)
        assert ApiToken.objects.get().expires_at is None

    def test_it_warns_of_a_scope_that_the_role_does_not_allow(self, capsys):
        make_user(role="viewer")
        call_command("create_token", "x", user="ada", scope=["control"])
        assert "does not allow control" in capsys.readouterr().err

    @pytest.mark.parametrize("wrong", [{"user": "nobody"}, {"days": -1}, {"name": " "}], ids=str)
    def test_it_refuses_what_makes_no_sense(self, wrong):
        make_user()
        options = {"name": "x", "user": "ada", **wrong}
        with pytest.raises(CommandError):
            call_command("create_token", options.pop("name"), **options)
        assert not ApiToken.objects.exists()
