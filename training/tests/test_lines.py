"""Lines cut out of a pipe, and secrets in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.orchestrator.lines import LINE_LIMIT, MASK, Line, LineSplitter, SecretMasker


def split(*chunks: bytes) -> list[Line]:
    splitter = LineSplitter()
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    return lines + splitter.flush()


@pytest.mark.parametrize(
    ("chunks", "texts"),
    [
        ([b"one\ntwo\n"], ["one", "two"]),
        ([b"on", b"e\r", b"\ntw", b"o"], ["one", "two"]),
        ([b"10%\r20%\r", b"30%\n"], ["10%", "20%", "30%"]),
        ([b"\n\n"], ["", ""]),
        ([b""], []),
        ([b"no end"], ["no end"]),
        ([b"bad \xff\x00 bytes\n"], ["bad \ufffd\ufffd bytes"]),
        (["ü🎬".encode()[:3], "ü🎬".encode()[3:]], ["ü🎬"]),
    ],
)
def test_lines_end_with_newlines_or_carriage_returns(chunks, texts):
    assert [line.text for line in split(*chunks)] == texts


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_it_does_not_matter_where_the_chunks_are_cut(chunks):
    assert split(*chunks) == split(b"".join(chunks))


def test_an_overlong_line_is_cut_and_says_how_much_is_missing():
    masker = SecretMasker({})
    total = LINE_LIMIT + 100_000
    (once,) = split(b"x" * total + b"\n")
    splitter = LineSplitter()
    pieces = [line for _ in range(total // 8) for line in splitter.feed(b"x" * 8)]
    pieces += splitter.feed(b"x" * (total % 8) + b"\nnext\n")
    assert pieces == [once, Line("next")]
    assert once.shown(masker) == "x" * LINE_LIMIT + " [100000 more left out]"
    assert Line("short").shown(masker) == "short"


def test_a_secret_at_the_cut_is_not_kept_in_half():
    (line,) = split(b"x" * (LINE_LIMIT - 5) + b"hunter2hunter2" + b"\n")
    assert "hunte" not in line.shown(SecretMasker({"API_KEY": "hunter2hunter2"}))


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("Authorization: Bearer abc.def.ghi", f"Authorization: Bearer {MASK}"),
        ('{"Authorization": "Basic dXNlcjpwYXNz"}', f'{{"Authorization": "Basic {MASK}"}}'),
        ("using key sk-abcdefghijklmnop1234", f"using key {MASK}"),
        ("password=swordfish next", f"password={MASK} next"),
        ("PASSWORD: 'swordfish'", f"PASSWORD: '{MASK}'"),
        ("?api_key=abc123&x=1", f"?api_key={MASK}&x=1"),
        ("access_token=ya29.something", f"access_token={MASK}"),
        ("postgres://user:geheim@db/x", f"postgres://user:{MASK}@db/x"),
        ("pushed with ghp_abcdefghijklmnop", f"pushed with {MASK}"),
        ("jwt eyJhbGciOiJIUzI1.eyJzdWIiOiIx.c2ln", f"jwt {MASK}"),
        ("the value is v-from-env", f"the value is {MASK}"),
    ],
)
def test_secrets_are_masked(line, masked):
    environment = {"SOME_TOKEN": "v-from-env", "HOME": "/home/someone"}
    assert SecretMasker(environment).mask(line) == masked


@pytest.mark.parametrize(
    "line",
    [
        "Training Prompt Refiner (agent_8)...",
        "Tokens: 12034 | tokens/s: 331.2",
        "token: 1234",
        "See https://example.com/path?x=1",
        "PHASE 3: TRAINING",
        "home is /home/someone",
        "short abc",
    ],
)
def test_what_is_no_secret_stays(line):
    environment = {"HOME": "/home/someone", "API_KEY": "abc", "PORT_KEY": "12034567"}
    assert SecretMasker(environment).mask(line) == line


def test_of_an_address_in_the_environment_only_the_password_is_secret():
    masker = SecretMasker({"DATABASE_URL": "postgres://ann:geheim@db:5432/x"})
    assert masker.mask("ann on db says geheim") == f"ann on db says {MASK}"


def test_a_private_key_vanishes_line_by_line():
    masker = SecretMasker({})
    lines = ["a", "-----BEGIN RSA PRIVATE KEY-----", "MIIE", "-----END RSA PRIVATE KEY-----", "b"]
    assert [masker.mask(line) for line in lines] == ["a", MASK, MASK, MASK, "b"]
