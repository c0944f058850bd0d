"""Settings of the test suite: a fresh DATA_DIR, nothing read from the developer's `.env`.

DATABASE_URL is kept, so that the suite runs on PostgreSQL too.
"""

import atexit
import os
import shutil
import tempfile

for _line in (
    "DATA_DIR",
    "ORCHESTRATOR_PATH",
    "CELERY_BROKER_URL",
    "CACHE_URL",
    "LOG_FILE",
    "AUTH_MODE",
    "API_RATE_LIMIT",
    "TRUSTED_PROXIES",
    "HTTPS_ONLY",
):
    os.environ.pop(_line, None)
_folder = tempfile.mkdtemp(prefix="dashboard-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["DATA_DIR"] = _folder
os.environ["IGNORE_DOTENV"] = "1"

from dashboard_site.settings import *  # noqa: E402, F403 - after the environment is set

LOGGING["root"]["handlers"] = []  # type: ignore[index]  # noqa: F405 - pytest captures logs itself
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = True  # scans no folders at start
