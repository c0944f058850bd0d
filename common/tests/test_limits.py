"""Places for long answers: bounded, given back, and never lost for good."""

import os
import uuid

import pytest
import redis
from django.core.cache import caches

from common.errors import TooManyError
from common.limits import LimitedStream, first_in_span, is_used_up, take_turn


def stream(pieces=(b"a", b"b")) -> LimitedStream:
    return LimitedStream(iter(pieces), name="test", most=2)


def test_more_than_allowed_at_once_is_refused():
    held = [stream(), stream()]
    with pytest.raises(TooManyError) as refused:
        stream()
    assert refused.value.status_code == 429
    assert refused.value.headers["Retry-After"] == "10"
    held.pop().close()
    assert list(stream()) == [b"a", b"b"]


def test_closing_ends_what_makes_the_pieces():
    closed = []

    def pieces():
        try:
            yield b"a"
            yield b"b"
        finally:
            closed.append(True)

    limited = LimitedStream(pieces(), name="test", most=2)
    next(limited)
    limited.close()
    assert closed == [True]


def test_a_first_piece_that_fails_is_an_error_and_holds_no_place():
    for _ in range(3):
        with pytest.raises(ValueError, match="negative"):
            LimitedStream((bytes(-1) for _ in "a"), name="test", most=2)


def test_a_failure_half_way_is_logged(caplog):
    def pieces():
        yield b"a"
        raise OSError("the disk is gone")

    limited = LimitedStream(pieces(), name="test", most=2)
    with pytest.raises(OSError, match="the disk is gone"):
        list(limited)
    limited.close()
    assert "half-way" in caplog.text


def test_the_place_of_a_killed_process_is_free_after_its_lease():
    held = [stream(), stream()]
    for limited in held:
        caches["shared"].touch(limited._place, 0)
    stream()


def test_a_long_answer_renews_its_place(still_clock):
    moment = [0.0]
    still_clock.monotonic = lambda: moment[0]
    limited = stream()
    caches["shared"].touch(limited._place, 5)
    moment[0] = 21
    next(limited)
    assert caches["shared"].get(limited._place)


def test_turns_are_counted_in_whole_spans(still_clock):
    still_clock.now += 50
    assert [take_turn("x", limit=2) for _ in range(3)] == [None, None, 10]
    assert is_used_up("x", limit=2) == 10
    still_clock.now += 10
    assert is_used_up("x", limit=2) is None
    assert take_turn("x", limit=2) is None


def test_the_first_in_a_span_is_told_apart(still_clock):
    assert [first_in_span("x", seconds=60) for _ in range(3)] == [True, False, False]
    still_clock.now += 60
    assert first_in_span("x", seconds=60)


def test_without_a_cache_nothing_is_refused(settings, tmp_path, caplog):
    broken = {"BACKEND": "common.shared_cache.SharedCache", "LOCATION": str(tmp_path)}
    settings.CACHES = {**settings.CACHES, "shared": broken}
    assert [list(stream()) for _ in range(3)] == [[b"a", b"b"]] * 3
    assert "no limit is applied" in caplog.text


@pytest.mark.redis
def test_redis_counts_as_well(settings, still_clock):
    url = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/15")
    try:
        redis.from_url(url).ping()
    except redis.RedisError:
        pytest.skip("no Redis server answers")
    backend = "django.core.cache.backends.redis.RedisCache"
    prefix = f"test-{uuid.uuid4().hex}"
    shared = {"BACKEND": backend, "LOCATION": url, "KEY_PREFIX": prefix}
    settings.CACHES = {**settings.CACHES, "shared": shared}
    assert [take_turn("x", limit=2) for _ in range(3)] == [None, None, 60]
    held = [stream(), stream()]
    with pytest.raises(TooManyError):
        stream()
    for limited in held:
        limited.close()
    assert list(stream()) == [b"a", b"b"]
