"""Fixtures of the storyboard tests."""

from pathlib import Path

import pytest


@pytest.fixture
def media(tmp_path: Path, settings) -> Path:
    """A media folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT
