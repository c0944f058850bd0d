"""Roles: what each may do in the admin and by the API."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User

from accounts.roles import Role, scopes_of
from accounts.tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        (None, set()),
        ("viewer", {"read"}),
        ("operator", {"read", "push", "control"}),
        ("admin", {"read", "push", "control"}),
    ],
)
def test_a_role_gives_scopes(role, scopes):
    assert scopes_of(make_user(role=role)) == scopes


def test_a_superuser_is_an_admin_and_nobody_is_nothing(admin_user):
    assert scopes_of(admin_user) == {"read", "push", "control"}
    assert scopes_of(AnonymousUser()) == set()


def test_a_deactivated_user_may_nothing():
    assert scopes_of(User(is_active=False, is_superuser=True)) == set()


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("viewer", ["training.view_trainingsession"], ["training.change_trainingsession"]),
        (
            "operator",
            ["storyboard.change_project", "training.change_trainingsession", "system.change_alert"],
            ["accounts.add_apitoken", "auth.change_user", "accounts.view_auditentry"],
        ),
        ("admin", ["accounts.add_apitoken", "auth.change_user", "accounts.view_auditentry"], []),
    ],
)
def test_a_role_gives_permissions_in_the_admin(role, may, may_not):
    user = make_user(role=role)
    assert all(user.has_perm(name) for name in may)
    assert not any(user.has_perm(name) for name in may_not)


def test_every_role_is_a_group():
    assert set(Group.objects.values_list("name", flat=True)) >= set(Role.values)
