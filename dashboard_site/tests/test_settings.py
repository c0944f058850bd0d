"""Settings: a wrong value stops the start with one line that says what was expected."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def start(tmp_path: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(tmp_path / "data"),
            "IGNORE_DOTENV": "1",
            **environ,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PORT", "http", "a whole number from 1 to 65535"),
        ("CPU_WARNING_THRESHOLD", "120", "a number from 1 to 100"),
        ("MEMORY_WARNING_THRESHOLD", "99", "a number below MEMORY_CRITICAL_THRESHOLD"),
        ("ORCHESTRATOR_TIME_ZONE", "Berlin", "an IANA time zone"),
        ("DATABASE_URL", "nonsense", "postgres://"),
        ("TRUSTED_PROXIES", "10.0.0.2,proxy.example", "addresses or networks"),
        ("CELERY_BROKER_URL", "nonsense://x", "redis://"),
        ("CACHE_URL", "xyz", "redis://"),
        ("CORS_ORIGINS", "https://a.example,b.example", "https://example.com"),
        ("AUTH_MODE", "open", "one of: local, required, open-read"),
    ],
)
def test_a_wrong_value_names_variable_and_expectation(tmp_path, name, value, expected):
    result = start(tmp_path, **{name: value})
    assert result.returncode == 1
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1
    assert name in lines[0]
    assert expected in lines[0]


def test_all_wrong_values_are_named_at_once(tmp_path):
    result = start(tmp_path, DEBUG="perhaps", HEALTH_CHECK_INTERVAL="0", LOG_LEVEL="LOUD")
    assert "expected true or false" in result.stderr
    assert "expected a whole number from 5 to 3600" in result.stderr
    assert "expected one of: DEBUG" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_secret_is_made_once_and_only_for_its_owner(tmp_path):
    assert start(tmp_path).returncode == 0
    path = tmp_path / "data" / "secret_key"
    key = path.read_text()
    assert len(key) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    start(tmp_path)
    assert path.read_text() == key


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    result = start(tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith("error: DATA_DIR")
    assert len(result.stderr.strip().splitlines()) == 1
