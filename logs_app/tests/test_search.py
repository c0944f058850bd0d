import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logs_app.models import Event
from logs_app.search import matching, phrases_of
from logs_app.tests.factories import make_event, make_events

pytestmark = pytest.mark.django_db


def found(text: str) -> list[str]:
    return [event.message for event in matching(Event.objects.newest_first(), text)]


@pytest.fixture
def messages():
    make_events(
        [
            {"message": "Training of agent_5a failed: disk full", "agent_id": "agent_5a"},
            {"message": "Training finished", "event_type": "session_completed"},
            {"message": "The full disk was cleaned in /data/report_2025.txt"},
        ]
    )


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("training", [0, 1]),
        ("TRAIN", [0, 1]),
        ("train fail", [0]),
        ("agent_5a", [0]),
        ("agent_5", [0]),
        ("5a_agent", []),
        ("session_completed", [1]),
        ("disk full", [0, 2]),
        ('"disk full"', [0]),
        ('"disk full', [0]),
        ("report_2025.txt", [2]),
        ("report 2025", [2]),
        ("nothing", []),
        ("ining", []),
        ("***", []),
    ],
)
@pytest.mark.usefixtures("messages")
def test_it_finds_every_word_from_its_beginning(text, places):
    everything = list(Event.objects.newest_first().values_list("message", flat=True))
    assert found(text) == [everything[place] for place in places]


def test_the_index_follows_changes_and_deletions():
    event = make_event(message="alpha")
    Event.objects.filter(pk=event.pk).update(message="beta")
    assert found("alpha") == []
    assert found("beta") == ["beta"]
    event.delete()
    assert found("beta") == []


@pytest.mark.parametrize(
    "text", ['"', "'", "a'b", "NEAR(a b)", "a AND", "*", "-", "a:*", "\x00", "()"]
)
def test_signs_mean_nothing(api, text):
    make_event(message="a b")
    response = api.get("/api/logs/events", {"search": text})
    assert response.status_code in {200, 400}, response.content
    assert (response.status_code == 400) == ("\x00" in text)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(blacklist_categories=["Cs"])))
def test_any_text_is_a_valid_search(text):
    list(matching(Event.objects.all(), text)[:1])


@given(st.text())
def test_the_number_of_words_is_bounded(text):
    assert sum(len(words) for words in phrases_of(text * 50)) <= 20


def test_the_search_uses_the_full_text_index():
    make_events([{"message": f"word{number}"} for number in range(2000)])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE events")
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = matching(Event.objects.newest_first(), "word77").explain()
    assert ("events_text" if connection.vendor == "postgresql" else "VIRTUAL TABLE") in plan
