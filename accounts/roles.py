"""Roles and scopes: what a person may do by role, and a program by the scopes of its token.

A role is a Django group of that name. Roles and their permissions in the admin are
set after every migration, not by one: the permissions of a table exist only then.
"""

from typing import Any

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q, TextChoices


class Scope(TextChoices):
    """What a call needs: to read, to add metrics and events, or to change anything else."""

    READ = "read"
    PUSH = "push"
    CONTROL = "control"


class Role(TextChoices):
    """The groups. A superuser is an admin without being in one."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


SCOPES_OF_ROLE: dict[str, frozenset[str]] = {
    Role.VIEWER: frozenset({Scope.READ}),
    Role.OPERATOR: frozenset(Scope),
    Role.ADMIN: frozenset(Scope),
}

#: Apps whose tables everybody with a role may look at in the admin.
_SHOWN = ["logs_app", "system", "agents", "metrics", "training", "storyboard"]
#: What an operator may change there: boards, runs and schedule, acknowledgements.
_OPERATED = Q(content_type__app_label__in=["storyboard", "training"]) | Q(codename="change_alert")


def scopes_of(user: AbstractBaseUser | AnonymousUser) -> frozenset[str]:
    """Return what a user may do; nothing without a role, or when deactivated."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if getattr(user, "is_superuser", False):
        return SCOPES_OF_ROLE[Role.ADMIN]
    groups: Any = getattr(user, "groups")  # noqa: B009 - AbstractBaseUser does not declare it
    names = groups.filter(name__in=Role.values).values_list("name", flat=True)
    return frozenset[str]().union(*(SCOPES_OF_ROLE[name] for name in names))


def set_up_roles(using: str = "default", **_signal: Any) -> None:
    """Make the three groups, and give each the permissions it has in the admin."""
    groups: Any = apps.get_model("auth", "Group")._default_manager.using(using)
    permissions: Any = apps.get_model("auth", "Permission")._default_manager.using(using)
    viewing = Q(content_type__app_label__in=_SHOWN, codename__startswith="view_")
    rules = {Role.VIEWER: viewing, Role.OPERATOR: viewing | _OPERATED, Role.ADMIN: Q()}
    for role, rule in rules.items():
        group, _ = groups.get_or_create(name=role)
        group.permissions.set(permissions.filter(rule))
