"""Tokens and the audit list in the admin."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from accounts import services
from accounts.models import ApiToken, AuditEntry
from common.admin import FastModelAdmin, ReadOnlyAdminMixin
from common.clock import utc_now

if TYPE_CHECKING:
    _Form = forms.ModelForm[ApiToken]
else:  # not subscriptable when the program runs
    _Form = forms.ModelForm


class TokenForm(_Form):
    """A new token; what the service would refuse is said at the form."""

    class Meta:
        model = ApiToken
        fields = ("name", "user", "may_read", "may_push", "may_control", "expires_at")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not any(values.get(name) for name in ("may_read", "may_push", "may_control")):
            raise forms.ValidationError("Allow it at least one of read, push and control.")
        expires_at = values.get("expires_at")
        if expires_at is not None and expires_at <= utc_now():
            raise forms.ValidationError({"expires_at": "The expiry must lie ahead."})
        return values


@admin.register(ApiToken)
class ApiTokenAdmin(FastModelAdmin):
    """Tokens: made here, shown once, revoked; what one may do is not changed afterwards."""

    form = TokenForm
    list_display = (
        "name",
        "prefix",
        "user",
        "may_read",
        "may_push",
        "may_control",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    list_select_related = ("user",)
    autocomplete_fields = ("user",)
    actions = ("revoke",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        token, secret = services.create_token(
            name=obj.name,
            user=obj.user,
            scopes=obj.scopes,
            expires_at=obj.expires_at,
            now=utc_now(),
        )
        # What follows (log entry, answer) is about the stored row.
        obj.pk, obj.prefix = token.pk, token.prefix
        request.new_secret = secret  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        # Not as a message: those are kept, in a cookie or in the session, until they are shown.
        context = {
            **self.admin_site.each_context(request),
            "title": "Token made",
            "token": obj,
            "secret": request.new_secret,  # type: ignore[attr-defined]
        }
        response: HttpResponse = render(request, "accounts/token_made.html", context)
        add_never_cache_headers(response)
        return response

    @admin.action(description="Revoke the selected tokens", permissions=["add"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        revoked = services.revoke_tokens(ids=ids, now=utc_now())
        self.message_user(request, f"{revoked} tokens were revoked.", messages.SUCCESS)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdminMixin, FastModelAdmin):
    """Who changed what, from where, newest first."""

    list_display = (
        "at",
        "actor",
        "via",
        "token",
        "address",
        "method",
        "path",
        "target",
        "status",
        "outcome",
    )
    list_filter = ("via", "outcome")
    date_hierarchy = "at"
