"""`.env.example` names every setting once, with the default that holds."""

import re
import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from dashboard_site import env

EXAMPLE = settings.BASE_DIR / ".env.example"
LINE = re.compile(r"^# ([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)


class _AllRead(Exception):
    """All settings were read; what comes behind has effects."""


def _readings(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return each variable that the settings read, and what they made of it."""
    readings: dict[str, Any] = {}

    def recorder(reader: Any) -> Any:
        def read(name: str, *args: Any, **kwargs: Any) -> Any:
            value = reader(name, *args, **kwargs)
            # Readers use each other: the outermost one answers last.
            readings[name] = value
            return value

        return read

    def stop() -> None:
        raise _AllRead

    with monkeypatch.context() as patch:
        for reader in [name for name in vars(env) if name.startswith("env_")]:
            patch.setattr(env, reader, recorder(getattr(env, reader)))
        patch.setattr(env, "finish", stop)
        with pytest.raises(_AllRead):
            runpy.run_path(str(Path(settings.BASE_DIR, "dashboard_site", "settings.py")))
    return readings


@pytest.fixture
def documented(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables in the file; none of them is set."""
    pairs = LINE.findall(EXAMPLE.read_text(encoding="utf-8"))
    assert not [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    for name, _ in pairs:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("IGNORE_DOTENV", "1")
    return dict(pairs)


def test_every_setting_is_in_the_example(
    documented: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(documented) == set(_readings(monkeypatch))


def test_the_example_shows_the_defaults(
    documented: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = _readings(monkeypatch)
    for name, value in documented.items():
        if value:
            monkeypatch.setenv(name, value)
    assert _readings(monkeypatch) == defaults
