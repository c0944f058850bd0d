import pytest

from system import rules


@pytest.fixture
def no_rules(monkeypatch):
    """An empty registry: the test registers the rules it is about."""
    monkeypatch.setattr(rules, "_rules", {})
