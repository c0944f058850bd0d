"""The cache shared by processes: Django's interface, and every step atomic."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from common.shared_cache import SharedCache


@pytest.fixture
def cache(tmp_path: Path) -> SharedCache:
    return SharedCache(str(tmp_path / "shared.sqlite3"), {})


def test_it_keeps_what_it_is_given(cache):
    cache.set("number", 7)
    cache.set("text", "\u00e9")
    assert cache.get_many(["number", "text", "nothing"]) == {"number": 7, "text": "\u00e9"}
    assert cache.get("nothing", "else") == "else"
    assert "number" in cache
    assert cache.delete("number")
    assert not cache.delete("number")


def test_it_adds_only_what_is_not_there(cache):
    assert cache.add("place", "first")
    assert not cache.add("place", "second")
    assert cache.get("place") == "first"


@pytest.mark.parametrize("timeout", [0, -1])
def test_what_has_expired_is_not_there(cache, timeout):
    cache.set("x", 1, timeout=timeout)
    assert cache.get("x") is None
    assert not cache.touch("x")
    with pytest.raises(ValueError, match="not found"):
        cache.incr("x")
    assert cache.add("x", 2)
    assert cache.get("x") == 2


def test_what_is_kept_for_ever_stays(cache):
    cache.set("x", 1, timeout=None)
    assert not cache.add("x", 2)
    assert cache.incr("x") == 2
    assert cache.touch("x", 100)
    cache.clear()
    assert cache.get("x") is None


def test_an_expiry_is_moved(cache):
    cache.set("x", 1, timeout=100)
    assert cache.touch("x", 0)
    assert cache.get("x") is None


def test_expired_entries_do_not_pile_up(tmp_path):
    location = str(tmp_path / "shared.sqlite3")
    old = SharedCache(location, {})
    for number in range(50):
        old.set(f"old {number}".replace(" ", "_"), 1, timeout=0)
    SharedCache(location, {}).add("new", 1)
    assert old._run("SELECT count(*) FROM entries").fetchone() == (1,)


def test_threads_lose_no_count(tmp_path):
    location = str(tmp_path / "shared.sqlite3")
    SharedCache(location, {}).set("n", 0)

    def count(_: int) -> None:
        own = SharedCache(location, {})
        for _ in range(25):
            own.incr("n")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))
    assert SharedCache(location, {}).get("n") == 200


def test_another_process_sees_the_same(cache, tmp_path):
    cache.set("n", 1)
    code = (
        "import sys; from common.shared_cache import SharedCache;"
        "SharedCache(sys.argv[1], {}).incr('n')"
    )
    root = Path(__file__).parents[2]
    path = str(tmp_path / "shared.sqlite3")
    environment = {"DJANGO_SETTINGS_MODULE": "dashboard_site.settings_test", "PATH": ""}
    command = [sys.executable, "-c", code, path]
    subprocess.run(command, cwd=root, env=environment, check=True, timeout=60)
    assert cache.get("n") == 2


def test_counting_is_cheap(cache):
    cache.set("n", 0)
    begin = time.perf_counter()
    for _ in range(200):
        cache.incr("n")
    # Some 0.03 ms each on an idle machine; the bound only catches a wait for the disk.
    assert time.perf_counter() - begin < 5
