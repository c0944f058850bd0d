"""`manage.py create_token`: a token for a program, printed once."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import services
from accounts.roles import Scope, scopes_of
from common.clock import utc_now
from common.errors import DashboardError


class Command(BaseCommand):
    """Make a token and print its secret on standard output, and nothing else there."""

    help = "Make an API token. Its secret is printed once and cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what the token is for")
        parser.add_argument("--user", required=True, help="user name; the token never may more")
        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            help="what it may do; give it several times for several (default: read)",
        )
        parser.add_argument(
            "--days", type=int, default=365, help="days until it expires; 0: never (default: 365)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {options['user']!r}.")
        days: int = options["days"]
        if not 0 <= days <= 36500:
            raise CommandError("--days must be a whole number from 0 to 36500.")
        scopes = set(options["scope"] or [Scope.READ])
        now = utc_now()
        try:
            token, secret = services.create_token(
                name=options["name"],
                user=user,
                scopes=scopes,
                expires_at=now + timedelta(days=days) if days else None,
                now=now,
            )
        except DashboardError as error:
            raise CommandError(error.message) from None
        self.stdout.write(secret)
        if missing := sorted(scopes - scopes_of(user)):
            self.stderr.write(
                f"warning: the role of {user} does not allow {', '.join(missing)};"
                " the token cannot do it until the role does"
            )
        until = f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "without an end"
        self.stderr.write(f"Token {token} is valid {until}. Its secret is not shown again.")
