"""Settings of a benchmark: the dashboard's own, plus a bare view to compare with."""

from dashboard_site.settings import *  # noqa: F403 - the dashboard as it is

ROOT_URLCONF = "benchmarks.urls"
