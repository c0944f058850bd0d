"""Admin of the storyboards: projects with their scenes on one page, revisions, files.

Every change goes through `storyboard.services`, so that it is a revision too.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect

from common.admin import FastModelAdmin, ReadOnlyAdminMixin, list_button
from common.errors import DashboardError, NotFoundError
from storyboard import services
from storyboard.models import PipelineFile, Project, Revision, Scene, check_style_tags
from storyboard.services.changes import MAX_SCENES

if TYPE_CHECKING:
    _Inline = admin.StackedInline[Scene, Project]
    _ProjectForm = forms.ModelForm[Project]
else:  # not subscriptable when the program runs
    _Inline = admin.StackedInline
    _ProjectForm = forms.ModelForm


class LinesField(forms.CharField):
    """A text that keeps its blanks; the line ends a browser makes are no difference."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "strip": False})

    def to_python(self, value: Any) -> Any:
        return _with_plain_line_ends(super().to_python(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(_with_plain_line_ends(initial), data)


def _with_plain_line_ends(text: Any) -> Any:
    return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text


class TagsField(forms.JSONField):
    """A list of texts as JSON, since a tag may have a comma in it; nothing is no tags."""

    def to_python(self, value: Any) -> Any:
        tags = super().to_python(value)
        return [] if tags is None else tags

    def clean(self, value: Any) -> Any:
        tags = super().clean(value)
        check_style_tags(tags)  # also what a form takes for empty, as {}
        return tags


class ProjectForm(_ProjectForm):
    """A project as somebody saw it: changes made since then are not overwritten."""

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Project
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "seen_version" in self.fields:  # not for somebody who may only look at it
            self.fields["seen_version"].initial = self.instance.version

    def clean(self) -> dict[str, Any] | None:
        seen = self.cleaned_data.get("seen_version")
        if seen is not None and seen != self.instance.version:
            raise forms.ValidationError(
                "Somebody changed this project in between. Open it again, then repeat the change."
            )
        return super().clean()


@contextmanager
def _told(model_admin: FastModelAdmin, request: HttpRequest) -> Iterator[None]:
    """Show what a service refuses as a message."""
    try:
        yield
    except DashboardError as error:
        model_admin.message_user(request, error.message, messages.ERROR)


class SceneInline(_Inline):
    """The scenes of a project, in order. The order itself is changed through the API."""

    model = Scene
    extra = 0
    max_num = MAX_SCENES
    formfield_overrides = {models.TextField: {"form_class": LinesField}}
    ordering = ("number",)
    readonly_fields = ("number",)
    fields = (
        ("number", "title", "status", "duration_seconds"),
        "description",
        "screenplay",
        "prompt",
        "style_tags",
        ("thumbnail", "video_url"),
        ("agent_id", "session_id"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scene]:
        return super().get_queryset(request).filter(deleted_at__isnull=True)

    def get_formset(self, request: HttpRequest, obj: Project | None = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, **{"validate_max": True, **kwargs})

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name == "style_tags":
            return TagsField(required=False, initial=list, help_text=db_field.help_text)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class DeletedFilter(admin.SimpleListFilter):
    """Which projects the list shows: those that are there, or the deleted ones."""

    title = "deleted"
    parameter_name = "deleted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [("yes", "Deleted, can be brought back")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Project]) -> QuerySet[Project]:
        return queryset.filter(deleted_at__isnull=self.value() != "yes")


@admin.register(Project)
class ProjectAdmin(FastModelAdmin):
    """Projects, newest first."""

    list_display = ("name", "music", "artist", "status", "version", "created_at", "updated_at")
    list_filter = ("status", DeletedFilter)
    search_fields = ("name", "music", "artist")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    inlines = (SceneInline,)
    form = ProjectForm
    formfield_overrides = {models.TextField: {"form_class": LinesField}}
    actions = ("bring_back",)
    readonly_fields = ("version", "created_at", "updated_at", "deleted_at")

    def has_change_permission(self, request: HttpRequest, obj: Project | None = None) -> bool:
        is_deleted = obj is not None and obj.deleted_at is not None
        return not is_deleted and super().has_change_permission(request, obj)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        try:
            self._refuse_deleted(request, object_id)
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DashboardError as error:
            self.message_user(request, error.message, messages.ERROR)
            return HttpResponseRedirect(request.path)

    def _refuse_deleted(self, request: HttpRequest, object_id: str | None) -> None:
        if object_id is None or not self.has_view_permission(request):
            return
        project = self.get_object(request, unquote(object_id))
        if project is not None and project.deleted_at is not None:
            message = f"{project} is deleted. Bring it back first, in the list of projects."
            raise NotFoundError(message)

    def save_model(self, request: HttpRequest, obj: Project, form: Any, change: bool) -> None:
        """Nothing yet: `save_related` saves it together with its scenes, as one revision."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        obj, by = form.instance, request.user.get_username()
        fields = _changes(form)
        scenes = [scene for formset in formsets for scene in _scenes(formset)]
        if change:
            services.edit_project(
                project_id=obj.pk,
                changes=fields,
                scenes=scenes if formsets else None,
                by=by,
                if_match={obj.version},
            )
        else:
            obj.pk = services.create_project(fields=fields, scenes=scenes, by=by).pk
        for formset in formsets:
            formset.save(commit=False)  # only notes what changed, for the history
        obj.refresh_from_db()

    def delete_model(self, request: HttpRequest, obj: Project) -> None:
        if obj.deleted_at is None:
            with suppress(NotFoundError):  # deleted in between: that is what was wanted
                services.delete_project(project_id=obj.pk, by=request.user.get_username())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Project]) -> None:
        for project in queryset:
            self.delete_model(request, project)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        # Nothing is removed yet: scenes and revisions need no mention and no permission.
        names = [str(project) for project in objs]
        return names, {"projects": len(names)}, set(), []

    @admin.action(description="Bring back deleted projects", permissions=["change"])
    def bring_back(self, request: HttpRequest, queryset: QuerySet[Project]) -> None:
        with _told(self, request):
            for project in queryset:
                services.restore_project(project_id=project.pk, by=request.user.get_username())
            self.message_user(request, "Brought back.", messages.SUCCESS)


def _changes(form: Any) -> dict[str, Any]:
    """Return {column: value} of what somebody changed in a form."""
    if not form.has_changed():
        return {}
    return {
        name: form.cleaned_data[name]
        for name in form.changed_data
        if name not in {"id", "project", "DELETE", "seen_version"}
    }


def _scenes(formset: Any) -> Iterator[dict[str, Any]]:
    """Yield the scenes as they shall be: those that stay with their id, then the new ones."""
    forms_of = {form.instance.pk: form for form in formset.initial_forms}
    for scene in formset.get_queryset():
        form = forms_of.get(scene.pk)
        if form is None:
            yield {"id": scene.pk}
        elif form not in formset.deleted_forms:
            yield {"id": scene.pk, **_changes(form)}
    for form in formset.extra_forms:
        if form.has_changed() and form not in formset.deleted_forms:
            yield _changes(form)


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdminMixin, FastModelAdmin):
    """What was changed, when and by whom; newest first."""

    list_display = ("project", "number", "at", "by", "action", "scene_count")
    list_select_related = ("project",)
    ordering = ("-id",)
    exclude = ("packed",)
    actions = ("go_back",)

    @admin.action(description="Make the project what it was after this revision")
    def go_back(self, request: HttpRequest, queryset: QuerySet[Revision]) -> None:
        if not request.user.has_perm("storyboard.change_project"):
            self.message_user(request, "You may not change projects.", messages.ERROR)
        elif queryset.count() != 1:
            self.message_user(request, "Choose one revision.", messages.ERROR)
        else:
            revision = queryset.get()
            with _told(self, request):
                services.restore_revision(
                    project_id=revision.project_id,
                    number=revision.number,
                    by=request.user.get_username(),
                )
                self.message_user(request, f"{revision.project} is as it was.", messages.SUCCESS)


@admin.register(PipelineFile)
class PipelineFileAdmin(ReadOnlyAdminMixin, FastModelAdmin):
    """The files of the pipeline, and what came of each."""

    list_display = ("path", "outcome", "music", "message", "read_at")
    list_filter = ("outcome",)
    ordering = ("path",)
    list_buttons = ("import_now",)

    @list_button(label="Import what changed", permission="storyboard.change_project")
    def import_now(self, request: HttpRequest) -> None:
        """Look into the orchestrator's output folder now."""
        reports = services.import_pipeline_files(Path(settings.ORCHESTRATOR_PATH) / "output")
        changed = sum(report.changed for report in reports)
        self.message_user(request, f"{len(reports)} files read, {changed} changed a storyboard.")
