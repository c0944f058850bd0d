"""What tells a database that does not answer from a fault in what was asked."""

from django.db import InterfaceError, OperationalError

#: The database is locked or away: worth another try, and nobody's mistake.
DATABASE_AWAY = (OperationalError, InterfaceError)
