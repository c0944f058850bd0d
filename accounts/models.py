"""Tokens of programs, and the list of what was changed by whom."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.roles import Scope


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Vocabulary of the tokens."""

    def valid(self, *, now: datetime) -> Self:
        """Tokens that are neither revoked nor expired, of users that may still sign in."""
        alive = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
        return self.filter(alive, revoked_at__isnull=True, user__is_active=True)

    def not_noted_since(self, moment: datetime) -> Self:
        """Tokens whose last use was noted before a moment, or never."""
        return self.filter(Q(last_used_at__isnull=True) | Q(last_used_at__lt=moment))


class ApiToken(models.Model):
    """One token of a program. Made by `services.create_token`, revoked, removed with its user.

    The secret itself is not kept. Its SHA-256 is enough, without salt and rounds:
    those make guessing of what people think up dear, but 256 random bits cannot be
    guessed at any price, and a slow hash would be paid on every request.
    """

    name = models.CharField(max_length=100, help_text="What the token is for.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="api_tokens",
        help_text="Whose rights it has at most: a token never may more than its user.",
    )
    prefix = models.CharField(
        max_length=12, unique=True, editable=False, help_text="Beginning of the secret."
    )
    secret_hash = models.CharField(max_length=64, editable=False, help_text="SHA-256, in hex.")
    may_read = models.BooleanField("read", default=True, help_text="All GET routes.")
    may_push = models.BooleanField("push", default=False, help_text="Adds metrics and events.")
    may_control = models.BooleanField(
        "control",
        default=False,
        help_text="Starts, stops, acknowledges, edits schedule and storyboards.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Null: it does not expire.")
    last_used_at = models.DateTimeField(
        null=True, editable=False, help_text="Noted once a minute at most. Null: never used."
    )
    revoked_at = models.DateTimeField(null=True, editable=False, help_text="Null: not revoked.")

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        db_table = "api_tokens"
        ordering = ["-created_at", "-id"]
        verbose_name = "API token"
        indexes = [models.Index(fields=["-created_at", "-id"], name="api_tokens_newest")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def scopes(self) -> frozenset[str]:
        """What was allowed when it was made; its user's role may allow less."""
        granted = {
            Scope.READ: self.may_read,
            Scope.PUSH: self.may_push,
            Scope.CONTROL: self.may_control,
        }
        return frozenset(scope for scope, is_granted in granted.items() if is_granted)


class AuditEntry(models.Model):
    """One call that changed something, or tried to. Written by `AuditMiddleware`, never changed.

    Names are kept as text: the entry outlives user and token. Rows older than
    AUDIT_RETENTION_DAYS are removed by `accounts.audit.thin_out`.
    """

    class Via(models.TextChoices):
        MACHINE = "machine", "a program on this machine"
        SESSION = "session", "signed in"
        TOKEN = "token", "token"
        NOBODY = "nobody", "not signed in"

    class Outcome(models.TextChoices):
        DONE = "done"
        NOT_DONE = "not_done", "not done"
        REFUSED = "refused"
        FAILED = "failed"

    at = models.DateTimeField(help_text="When the call was answered.")
    via = models.CharField(max_length=8, choices=Via)
    actor = models.CharField(max_length=150, blank=True, help_text="Name of the user, if known.")
    token = models.CharField(max_length=120, blank=True, help_text="Name and prefix of the token.")
    address = models.GenericIPAddressField(null=True, help_text="From where. Null: unknown.")
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300, help_text="What was called, without its parameters.")
    target = models.CharField(
        max_length=300, blank=True, help_text="Address of what the call made, if it made something."
    )
    status = models.PositiveSmallIntegerField(help_text="HTTP status of the answer.")
    outcome = models.CharField(max_length=8, choices=Outcome)
    request_id = models.CharField(max_length=36, blank=True, help_text="As in the log file.")

    class Meta:
        db_table = "audit_entries"
        ordering = ["-at", "-id"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            models.Index(fields=["actor", "-at", "-id"], name="audit_by_actor"),
            models.Index(fields=["outcome", "-at", "-id"], name="audit_by_outcome"),
            models.Index(fields=["via", "-at", "-id"], name="audit_by_via"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} → {self.status}"
