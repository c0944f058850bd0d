#!/usr/bin/env python
"""Command line of the dashboard: `python manage.py help` lists the commands."""

import os
import sys


def main() -> None:
    """Run one management command; a wrong setting ends in one clear line."""
    if sys.version_info < (3, 11):  # noqa: UP036 - run by hand with whatever python there is
        sys.exit("error: Python 3.11 or later is needed, this is " + sys.version.split()[0])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_site.settings")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - after the version check
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - same

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
