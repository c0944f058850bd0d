"""What every admin list shares: it answers in under a second over a million rows.

@admin.register(Event)
class EventAdmin(ReadOnlyAdminMixin, FastModelAdmin):
    list_display = ("timestamp", "event_type", "message")
    list_filter = ("severity", values_filter("agent_id"))
    date_hierarchy = "timestamp"

Order, filters and hierarchy must be carried by an index of the table.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Any]
    _Paginator = Paginator[Any]
else:  # not subscriptable when the program runs
    _Admin = admin.ModelAdmin
    _Paginator = Paginator


class LimitedPaginator(_Paginator):
    """A paginator that counts no further than `most` rows, and so offers no page behind them.

    Older rows are reached by the filters and the date hierarchy: both counting a
    million rows and skipping over them takes longer than anybody waits for a page.
    """

    most = 5000

    @cached_property
    def count(self) -> int:
        if isinstance(self.object_list, QuerySet):
            return int(self.object_list[: self.most].count())
        return min(len(self.object_list), self.most)


class FastChangeList(ChangeList):
    """A list whose date hierarchy jumps along the index instead of reading every row."""

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        queryset = super().get_queryset(request, *args, **kwargs)
        # The template tag of the hierarchy calls these; Django's own read every row, one to
        # truncate its time, the other because two aggregates at once do not use an index.
        queryset.aggregate = partial(_one_by_one, queryset.all())  # type: ignore[method-assign]
        queryset.datetimes = partial(present_periods, queryset)  # type: ignore[method-assign, assignment]
        return queryset


class FastModelAdmin(_Admin):
    """Base of every admin page: no full count, bounded pages, no sort without an index.

    `list_buttons` names methods of the class that are offered as buttons above the
    list, made with `list_button`.
    """

    paginator = LimitedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each facet is a count
    list_per_page = 50
    list_max_show_all = 200
    sortable_by: ClassVar[tuple[str, ...]] = ()
    list_buttons: ClassVar[tuple[str, ...]] = ()
    change_list_template = "common/change_list.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return FastChangeList

    def get_urls(self) -> list[URLPattern]:
        buttons = [
            path(
                f"do/{name}/",
                self.admin_site.admin_view(partial(self._press, name=name)),
                name=f"{self._url_prefix}_{name}",
            )
            for name in self.list_buttons
        ]
        return buttons + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        buttons = [
            {
                "label": self._button(name).label,
                "confirm": self._button(name).confirm,
                "url": reverse(f"{self.admin_site.name}:{self._url_prefix}_{name}"),
            }
            for name in self.list_buttons
            if self._may_press(request, name)
        ]
        return super().changelist_view(request, {**(extra_context or {}), "list_buttons": buttons})

    @property
    def _url_prefix(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def _button(self, name: str) -> Any:
        return getattr(type(self), name)

    def _may_press(self, request: HttpRequest, name: str) -> bool:
        return request.user.has_perm(self._button(name).permission)

    def _press(self, request: HttpRequest, *, name: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self._may_press(request, name):
            raise PermissionDenied
        getattr(self, name)(request)
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:{self._url_prefix}_changelist")
        )


def list_button(*, label: str, permission: str, confirm: str = "") -> Callable[[Any], Any]:
    """Make a method `(self, request) -> None` a button above the list (see `list_buttons`).

    It is called by a POST of a user with `permission`; what it has to say goes
    through `self.message_user`. `confirm` is asked first, if given.
    """

    def decorate(method: Any) -> Any:
        method.label, method.permission, method.confirm = label, permission, confirm
        return method

    return decorate


class ReadOnlyAdminMixin:
    """Rows that programs write: to look at only, for everybody."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def html_table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> SafeString:
    """Return rows as a table for a page of the admin; None is shown as a dash, no rows too."""
    cells = [["-" if cell is None or cell == "" else cell for cell in row] for row in rows]
    if not cells:
        return SafeString("-")
    return format_html(
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        format_html_join("", "<th>{}</th>", ([head] for head in heads)),
        format_html_join(
            "",
            "<tr>{}</tr>",
            ([format_html_join("", "<td>{}</td>", ([cell] for cell in row))] for row in cells),
        ),
    )


def values_filter(column: str, *, title: str = "") -> type[admin.SimpleListFilter]:
    """Return a filter that offers the values present in an indexed column.

    Django's own reads the whole table for them; this one takes one index look-up
    per value, and at most 100 values.
    """

    class ValuesFilter(admin.SimpleListFilter):
        parameter_name = column

        def __init__(self, *args: Any) -> None:
            self.title = title or column.replace("_", " ")
            super().__init__(*args)

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
            rows = model_admin.model._default_manager.order_by()
            return [(value, str(value)) for value in present_values(rows, column, most=100)]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset if self.value() is None else queryset.filter(**{column: self.value()})

    return ValuesFilter


def present_values(queryset: QuerySet[Any], column: str, *, most: int) -> list[Any]:
    """Return the distinct values of an indexed column, ascending, null left out."""
    values: list[Any] = []
    names = queryset.filter(**{f"{column}__isnull": False}).order_by(column)
    found = names.values_list(column, flat=True).first()
    while found is not None and len(values) < most:
        values.append(found)
        found = names.filter(**{f"{column}__gt": found}).values_list(column, flat=True).first()
    return values


def present_periods(
    queryset: QuerySet[Model], column: str, kind: str, order: str = "ASC", tzinfo: Any = None
) -> Iterator[datetime]:
    """Yield the beginnings of the years, months or days that have rows, oldest first.

    Stands in for `QuerySet.datetimes` where `column` is indexed: one look-up per
    period, whatever the number of rows.
    """
    moments = queryset.filter(**{f"{column}__isnull": False}).order_by(column)
    found = moments.values_list(column, flat=True).first()
    while found is not None:
        start, following = _period(timezone.localtime(found), kind)
        yield start
        later = moments.filter(**{f"{column}__gte": following})
        found = later.values_list(column, flat=True).first()


def _one_by_one(queryset: QuerySet[Any], **aggregates: Any) -> dict[str, Any]:
    return {name: queryset.aggregate(value=one)["value"] for name, one in aggregates.items()}


def _period(moment: datetime, kind: str) -> tuple[datetime, datetime]:
    """Return the beginnings of the year, month or day of `moment` and of the next one."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if kind == "day":
        return day, day + timedelta(days=1)
    if kind == "month":
        first = day.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1)
    first = day.replace(month=1, day=1)
    return first, first.replace(year=first.year + 1)
