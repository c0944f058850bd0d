"""Export as a page to print."""

from collections.abc import Sequence

from django.template.loader import render_to_string

from storyboard.models import Project, Scene
from storyboard.timing import total_duration


def as_page(project: Project, scenes: Sequence[Scene]) -> bytes:
    """Return the storyboard as HTML, a card per scene; without a thumbnail a plain one."""
    total = total_duration([scene.duration_seconds for scene in scenes])
    context = {"project": project, "scenes": scenes, "total": total}
    return render_to_string("storyboard/page.html", context).encode()
