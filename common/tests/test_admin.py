from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

from common.admin import LimitedPaginator, html_table, present_periods, present_values

pytestmark = pytest.mark.django_db

MOMENTS = [
    datetime(2024, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 31, 12, tzinfo=UTC),
    datetime(2026, 3, 1, tzinfo=UTC),
    datetime(2026, 3, 1, 5, tzinfo=UTC),
]


@pytest.mark.parametrize("kind", ["year", "month", "day"])
def test_periods_are_those_that_django_finds(kind):
    for number, moment in enumerate(MOMENTS):
        User.objects.create(username=str(number), date_joined=moment)
    found = list(present_periods(User.objects.all(), "date_joined", kind))
    assert found == list(User.objects.datetimes("date_joined", kind))


def test_periods_are_looked_up_once_each(django_assert_num_queries):
    for number in range(50):
        joined = MOMENTS[0] + timedelta(hours=number)
        User.objects.create(username=str(number), date_joined=joined)
    with django_assert_num_queries(3):
        assert len(list(present_periods(User.objects.all(), "date_joined", "year"))) == 2


def test_values_are_distinct_sorted_and_bounded():
    rows = ContentType.objects.all()
    labels = sorted(set(rows.values_list("app_label", flat=True)))
    assert present_values(rows, "app_label", most=100) == labels
    assert present_values(rows, "app_label", most=2) == labels[:2]


def test_the_paginator_counts_no_further_than_its_limit(django_assert_num_queries):
    class Short(LimitedPaginator):
        most = 3

    rows = ContentType.objects.order_by("pk")
    with django_assert_num_queries(1):
        assert Short(rows, 2).num_pages == 2
    assert len(Short(rows, 2).page(2)) == 1
    assert Short(rows.filter(pk=0), 2).count == 0
    assert Short([1, 2, 3, 4], 2).count == 3


def test_a_table_escapes_what_it_shows():
    table = html_table(("A", "B"), [("<b>", None), (0, "")])
    assert "<td>&lt;b&gt;</td><td>-</td>" in table
    assert "<td>0</td><td>-</td>" in table
    assert html_table(("A",), []) == "-"
