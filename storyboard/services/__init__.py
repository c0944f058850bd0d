"""Changing storyboards: every change is atomic, checked for its version, and a revision."""

from storyboard.services.pipeline_folder import import_files, import_pipeline_files
from storyboard.services.projects import (
    create_project,
    delete_project,
    duplicate_project,
    edit_project,
    restore_project,
    restore_revision,
)
from storyboard.services.scenes import (
    add_scenes,
    delete_scene,
    duplicate_scene,
    edit_scene,
    reorder_scenes,
    restore_scene,
    set_thumbnail,
)

__all__ = [
    "add_scenes",
    "create_project",
    "delete_project",
    "delete_scene",
    "duplicate_project",
    "duplicate_scene",
    "edit_project",
    "edit_scene",
    "import_files",
    "import_pipeline_files",
    "reorder_scenes",
    "restore_project",
    "restore_revision",
    "restore_scene",
    "set_thumbnail",
]
