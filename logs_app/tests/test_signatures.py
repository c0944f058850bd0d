import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs_app.signatures import MAX_LENGTH, signature_of

words = st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("message", "signature"),
    [
        (
            "agent_5a: 3 of 12 files missing in /data/a/b.json",
            "agent_<n>: <n> of <n> files missing in <path>",
        ),
        ("agent_11 failed after 5ms (took 3.5s)", "agent_<n> failed after <n>ms (took <n>)"),
        ("read/write error and/or worse", "read/write error and/or worse"),
        ("logs/daily_report_2025-11-01.txt: line 3", "<path>: line <n>"),
        (r"C:\data\config.json is gone", "<path> is gone"),
        ("at 2025-11-01T10:00:00Z or 2025-11-01 10:00", "at <time> or <time>"),
        ("id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 at 0xdeadbeef", "id <id> at <id>"),
        ("commit 8d3d801fe21 is bad", "commit <id> is bad"),
        ("GET http://127.0.0.1:5000/api?x=1 refused", "GET <url> refused"),
        ("cpu at -5.3% and 95 %", "cpu at <n>% and <n> %"),
        ("loss 1.5E+10, was -0.5e-3, then .5", "loss <n>, was <n>, then <n>"),
        (r"\\nas\share\a.txt and D:/clips/a.mp4 are gone", "<path> and <path> are gone"),
        ("clip_3f2504e0-4f89-11d3-9a0c-0305e82c3301.tmp", "clip_<id>.tmp"),
        ("  two\n lines\t", "two lines"),
        ("", ""),
    ],
)
def test_it_folds_what_changes_each_time(message, signature):
    assert signature_of(message) == signature


@given(st.text())
def test_no_digit_is_left_and_the_length_is_bounded(message):
    signature = signature_of(message)
    assert len(signature) <= MAX_LENGTH
    assert not any(character.isdecimal() for character in signature)


@given(words, st.integers(0, 10**9), st.integers(0, 10**9))
def test_messages_that_differ_only_in_a_number_have_the_same_signature(parts, one, other):
    assert signature_of(f"{' '.join(parts)} {one} end") == signature_of(
        f"{' '.join(parts)} {other} end"
    )


@given(words, st.uuids(), st.uuids())
def test_messages_that_differ_only_in_an_id_have_the_same_signature(parts, one, other):
    assert signature_of(f"{' '.join(parts)} {one}") == signature_of(f"{' '.join(parts)} {other}")


@given(words)
def test_plain_words_stay_as_they_are(parts):
    message = " ".join(parts)
    assert signature_of(message) == message


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["a.", "/", "-a/", "a-", "0", "1,", "a1", "./", "\\"])
def test_a_hostile_message_takes_no_longer_than_another(piece):
    assert len(signature_of(piece * 1_000_000)) <= MAX_LENGTH
