"""Admin of the storyboards: projects with their scenes on one page, revisions, files.

Every change goes through `storyboard.services`, so that it is a revision too.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from common.admin import FastModelAdmin, ReadOnlyAdminMixin, list_button
from storyboard import services
from storyboard.models import PipelineFile, Project, Revision, Scene

if TYPE_CHECKING:
    _Inline = admin.StackedInline[Scene, Project]
else:  # not subscriptable when the program runs
    _Inline = admin.StackedInline


class SceneInline(_Inline):
    """The scenes of a project, in order. The order itself is changed through the API."""

    model = Scene
    extra = 0
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
    actions = ("bring_back",)
    readonly_fields = ("version", "created_at", "updated_at", "deleted_at")

    def save_model(self, request: HttpRequest, obj: Project, form: Any, change: bool) -> None:
        by = request.user.get_username()
        fields = {name: form.cleaned_data[name] for name in form.changed_data}
        if change:
            services.edit_project(project_id=obj.pk, changes=fields, by=by)
        else:
            obj.pk = services.create_project(fields=fields, by=by).pk
        obj.refresh_from_db()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        by, project_id = request.user.get_username(), form.instance.pk
        formset.save(commit=False)
        for scene in formset.deleted_objects:
            services.delete_scene(project_id=project_id, scene_id=scene.pk, by=by)
        for scene, columns in formset.changed_objects:
            changes = {column: getattr(scene, column) for column in columns}
            services.edit_scene(project_id=project_id, scene_id=scene.pk, changes=changes, by=by)
        new = [
            {
                column: getattr(scene, column)
                for column in formset.form.base_fields
                if column != "id"
            }
            for scene in formset.new_objects
        ]
        if new:
            services.add_scenes(project_id=project_id, scenes=new, by=by)

    def delete_model(self, request: HttpRequest, obj: Project) -> None:
        if obj.deleted_at is None:
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
        for project in queryset:
            services.restore_project(project_id=project.pk, by=request.user.get_username())
        self.message_user(request, "Brought back.", messages.SUCCESS)


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
