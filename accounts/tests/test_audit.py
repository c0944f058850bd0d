"""The audit list: each change once, refused and pushed calls once a minute, no secrets."""

from datetime import timedelta

import pytest
from django.db import DatabaseError

from accounts.audit import thin_out
from accounts.models import AuditEntry
from accounts.tests.factories import make_token, make_user, token_client
from common.clock import utc_now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]

STOP = "/api/training/stop"
METRIC = {"metric_type": "quality", "value": 7}


def test_a_change_from_this_machine_is_noted(api):
    api.post(STOP)
    entry = AuditEntry.objects.get()
    assert (entry.via, entry.actor, entry.address) == ("machine", "", "127.0.0.1")
    assert (entry.method, entry.path, entry.status, entry.outcome) == ("POST", STOP, 200, "done")
    assert entry.request_id


def test_who_is_signed_in_is_named(operator_client):
    operator_client.post(STOP)
    entry = AuditEntry.objects.get()
    assert (entry.via, entry.actor, entry.address) == ("session", "a operator", "192.0.2.7")


def test_a_token_is_named_but_not_its_secret():
    token, secret = make_token("control", user=make_user())
    token_client(secret).post(STOP)
    entry = AuditEntry.objects.get()
    assert (entry.via, entry.actor, entry.token) == ("token", "ada", str(token))
    assert secret not in str(vars(entry))


def test_what_was_made_is_named(api):
    made = api.post("/api/storyboard/project/create", {"name": "Spring", "scenes": []})
    assert made.status_code == 201
    entry = AuditEntry.objects.get()
    assert entry.target.endswith(f"/project/{made.json()['project_id']}")


def test_reads_and_routes_that_are_not_there_are_not_noted(api):
    api.get("/api/agents/status")
    api.post("/api/agents/status")
    api.post("/api/nonsense")
    assert not AuditEntry.objects.exists()


def test_refused_calls_are_noted_once_a_minute(stranger):
    for _ in range(5):
        stranger.post(STOP)
    entry = AuditEntry.objects.get()
    assert (entry.via, entry.outcome) == ("nobody", "refused")


def test_refused_calls_to_ever_new_addresses_are_one_entry(stranger):
    for number in range(5):
        stranger.delete(f"/api/storyboard/project/{number}")
    assert AuditEntry.objects.count() == 1


def test_pushes_are_noted_once_a_minute(api):
    for _ in range(5):
        assert api.post("/api/metrics", METRIC).status_code == 201
    assert AuditEntry.objects.count() == 1


def test_each_change_is_noted(api):
    for _ in range(3):
        api.post(STOP)
    assert AuditEntry.objects.count() == 3


def test_changes_in_the_admin_are_noted_without_what_was_typed(admin_client):
    form = {"username": "eve", "usable_password": "true"}
    form |= {"password1": "a long pass phrase", "password2": "a long pass phrase"}
    admin_client.post("/admin/auth/user/add/", form, format="multipart")
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.path, entry.outcome) == ("root", "/admin/auth/user/add/", "done")
    assert "pass phrase" not in str(vars(entry))


def test_parameters_are_left_out(api):
    api.post(f"{STOP}?token=secret")
    assert AuditEntry.objects.get().path == STOP


def test_a_full_disk_does_not_undo_what_was_done(api, monkeypatch, caplog):
    def fail(*args, **kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr(AuditEntry, "save", fail)
    assert api.post(STOP).status_code == 200
    assert "the audit entry could not be stored" in caplog.text


def test_old_entries_are_removed(api, settings):
    settings.AUDIT_RETENTION = timedelta(days=30)
    api.post(STOP)
    api.post(STOP)
    old = AuditEntry.objects.latest("pk")
    AuditEntry.objects.filter(pk=old.pk).update(at=utc_now() - timedelta(days=31))
    assert thin_out() == 1
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("path", ["add/", "{pk}/change/", "{pk}/delete/"])
def test_nobody_changes_the_list(api, admin_client, path):
    api.post(STOP)
    pk = AuditEntry.objects.get().pk
    url = "/admin/accounts/auditentry/" + path.format(pk=pk)
    assert admin_client.post(url, {"post": "yes"}, format="multipart").status_code == 403
    assert AuditEntry.objects.filter(pk=pk).exists()


def test_the_admin_lists_it(api, admin_client):
    api.post(STOP)
    assert STOP in admin_client.get("/admin/accounts/auditentry/").content.decode()
