"""Registration of the app with Django."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """Who may do what: roles, tokens, and the list of what was done."""

    name = "accounts"
    label = "accounts"
    verbose_name = "Access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.roles import set_up_roles  # noqa: PLC0415 - needs the models to be loaded

        post_migrate.connect(set_up_roles, sender=self)
