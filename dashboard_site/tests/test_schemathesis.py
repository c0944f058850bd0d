"""The OpenAPI document against a running server, by Schemathesis: no 5xx, no breach of shape.

The same by hand, for as long as you like: see docs/security.md.
"""

import contextlib
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from dashboard_site.tests.test_run import environment, free_port, wait_until

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
MAKE_CALLER = """
import django

django.setup()
from datetime import timedelta

from django.contrib.auth.models import User

from accounts.services import create_token
from common.clock import utc_now
from dashboard_site.tests.factories import make_pipeline

make_pipeline(nights=2)
now = utc_now()
root = User.objects.create_superuser("root")
scopes = {"read", "push", "control"}
print(create_token(name="t", user=root, scopes=scopes, expires_at=now + timedelta(1), now=now)[1])
"""


class Server:
    """A web server without worker and beat, and a token that may do everything."""

    def __init__(self, data_dir: Path) -> None:
        self.port = free_port()
        # Programs on this machine need the token too, so that its absence can be tested.
        self.environment = environment(
            data_dir,
            self.port,
            TRAINING_COMMAND="true",
            AUTH_MODE="required",
            API_RATE_LIMIT="0",
        )
        self.printed = data_dir.with_suffix(".printed")
        self._run("manage.py", "migrate", "-v0")
        self.token = self._run("-c", MAKE_CALLER).strip()
        with self.printed.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "granian", "--interface", "asgi", "--http", "1"),
                    *("--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"),
                    *("--log-level", "warning", "dashboard_site.asgi:application"),
                ],
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._answers, "the web server")

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            pytest.fail(f"it ended by itself:\n{self.printed.read_text()}")
        with contextlib.suppress(OSError):
            url = f"http://127.0.0.1:{self.port}/healthz"
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bool(answer.status == 200)
        return False

    def _run(self, *arguments: str) -> str:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env=self.environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("schemathesis") / "data")
    yield running
    running.close()


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["--phases", "examples,coverage"], id="what the document says itself"),
        # What is right to be refused depends on answers before; what is never right does not.
        pytest.param(
            [
                *("--phases", "fuzzing,stateful", "--max-examples", "4"),
                *("--exclude-checks", "positive_data_acceptance"),
            ],
            id="invented calls and chains of them",
        ),
    ],
)
def test_every_answer_is_one_the_document_knows(server, tmp_path, options):
    command = Path(sys.executable).with_name("schemathesis")
    done = subprocess.run(
        [
            *(command, "--config-file", CONFIGURATION, "run"),
            f"http://127.0.0.1:{server.port}/api/schema",
            *("--header", f"Authorization: Bearer {server.token}"),
            *("--generation-deterministic", "--suppress-health-check", "all"),
            *("--request-timeout", "120", "--no-color", *options),
        ],
        cwd=tmp_path,
        env=os.environ | {"COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
