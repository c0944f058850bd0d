"""Daily reports: what is read, and what is refused with its line."""

from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.orchestrator.errors import OrchestratorFileError
from training.orchestrator.reports import AgentReport, DailyReport, parse_report
from training.tests.trees import draw

SAMPLES = Path(__file__).parent / "samples"
NESTED = SAMPLES / "nested/logs/daily_report_2025-11-14.txt"
FLAT = SAMPLES / "flat/logs/sample_daily_report.txt"


def changed(old: str, new: str, sample: Path = NESTED) -> bytes:
    text = sample.read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new, 1).encode()


def test_it_reads_a_night_of_a_real_pipeline():
    report = parse_report(NESTED.read_bytes())

    assert report.day == date(2025, 11, 14)
    assert (report.duration_minutes, report.overall_quality) == (0.0, 7.3)
    assert report.overall_change_percent == 0.0
    assert [agent.agent_id for agent in report.agents][:5] == [
        "agent_1", "agent_2", "agent_3", "agent_4", "agent_5a",
    ]  # fmt: skip
    assert report.agents[0] == AgentReport(
        "agent_1", "Trend Detective", quality=7.2, change=-0.3, processing_ms=10, status="Declined"
    )
    assert report.recommendations == (
        "Focus on agent_2 (lowest score)",
        "Increase data for agent_3",
        "Increase data for agent_11",
    )
    assert report.trajectory == "STABLE"


def test_it_reads_a_report_kept_by_hand():
    report = parse_report(FLAT.read_bytes())

    assert report.duration_minutes == 8.45
    assert report.overall_change_percent == 1.5
    assert len(report.agents) == 12
    assert report.agents[4].processing_ms == 3500
    assert report.trajectory == "UP"


def test_no_data_is_absent_and_not_zero():
    agent = parse_report(NESTED.read_bytes()).agents[4]

    assert agent == AgentReport("agent_5a", "Veo Generator", status="No data available")
    assert not agent.has_data


def test_minus_zero_is_zero():
    assert str(parse_report(NESTED.read_bytes()).agents[2].change) == "0.0"


def test_a_missing_duration_is_unknown():
    data = changed(
        "║  Training Duration: 0.00 minutes                                             ║\n", ""
    )
    assert parse_report(data).duration_minutes is None


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9])
def test_it_refuses_a_report_cut_off_and_names_the_line(keep: float):
    data = NESTED.read_bytes()
    cut = data[: int(len(data) * keep)].decode(errors="ignore").encode()

    with pytest.raises(OrchestratorFileError, match="closing border is missing") as caught:
        parse_report(cut)
    assert caught.value.location == f"line {cut.decode().count(chr(10)) + 1}"


@pytest.mark.parametrize(
    ("old", "new", "location", "complaint"),
    [
        ("[2025-11-14]", "[yesterday]", "line 2", "is not a date"),
        ("DAILY TRAINING", "DAILY", "line 2", "is expected here"),
        ("7.2/10 (-0.3", "nan/10 (-0.3", "line 7", "cannot be understood"),
        ("7.2/10 (-0.3", "72/10 (-0.3", "line 7", "not between 0 and 10"),
        ("Processing: 0.01s", "Processing: soon", "line 8", "cannot be understood"),
        ("Audio Curator (agent_2)", "Audio Curator (agent_1)", "line 11", "twice"),
        ("Audio Curator (agent_2)", "Audio Curator agent_2  ", "line 11", "is expected here"),
        ("7.3/10 (+0.0%)", "7.3 of 10", "line 4", "cannot be understood"),
    ],
)
def test_it_refuses_a_line_that_makes_no_sense(old, new, location, complaint):
    with pytest.raises(OrchestratorFileError, match=complaint) as caught:
        parse_report(changed(old, new))
    assert caught.value.location == location


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ("| Prüfer (agent_1)".encode("cp1252"), "not in UTF-8.*Windows-1252"),
        (NESTED.read_text(encoding="utf-8").encode("utf-16"), "UTF-16"),
        (b"", "cut off"),
    ],
)
def test_it_refuses_what_is_no_text_in_utf_8(data: bytes, complaint: str):
    with pytest.raises(OrchestratorFileError, match=complaint):
        parse_report(data)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm():
    data = b"\xef\xbb\xbf" + NESTED.read_bytes().replace(b"\n", b"\r\n")
    assert parse_report(data) == parse_report(NESTED.read_bytes())


@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_nothing_else(data: bytes):
    with suppress(OrchestratorFileError):
        parse_report(data)


@given(st.data())
def test_a_damaged_report_raises_nothing_else(data: st.DataObject):
    original = FLAT.read_bytes()
    start = data.draw(st.integers(0, len(original)))
    damaged = original[:start] + data.draw(st.binary(max_size=8)) + original[start + 4 :]
    with suppress(OrchestratorFileError):
        parse_report(damaged)


tenths = st.integers(0, 100).map(lambda number: number / 10)
changes = st.integers(-100, 100).map(lambda number: number / 10)
words = st.text("abcdefghij", min_size=1, max_size=12)
with_data = st.builds(
    AgentReport,
    agent_id=st.from_regex(r"agent_[0-9]{1,3}[ab]?", fullmatch=True),
    name=st.lists(words, min_size=1, max_size=3).map(lambda parts: " ".join(parts).title()),
    quality=tenths,
    change=st.none() | changes,
    processing_ms=st.none() | st.integers(0, 999).map(lambda number: number * 10),
    status=st.sampled_from(["Improved", "Declined", "Stable"]),
)
without_data = st.builds(
    AgentReport, agent_id=words, name=words, status=st.just("No data available")
)
reports = st.builds(
    DailyReport,
    day=st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    duration_minutes=st.none() | st.integers(0, 10_000).map(lambda number: number / 100),
    overall_quality=tenths,
    overall_change_percent=st.none() | changes,
    agents=st.lists(
        with_data | without_data, max_size=6, unique_by=lambda agent: agent.agent_id
    ).map(tuple),
    recommendations=st.lists(words, max_size=3).map(tuple),
    trajectory=st.sampled_from(["", "UP", "STABLE", "DOWN"]),
)


@given(reports, st.sampled_from("═="), st.lists(st.integers(60, 80), min_size=1, max_size=4))
def test_a_drawn_report_is_read_back_as_it_was(report: DailyReport, border: str, widths: list[int]):
    drawn = draw(report, border=border, widths=tuple(widths))
    assert parse_report(drawn.encode()) == report
