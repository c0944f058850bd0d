"""What is odd about a storyboard, said where somebody can mend it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.models import AgentMetric
from storyboard.models import Project, Scene
from storyboard.timing import total_duration
from training.models import TrainingSession

# Files give lengths in whole seconds or tenths; less than that is no difference.
_TOLERANCE_SECONDS = 0.5

_FAILED_NIGHTS = {TrainingSession.Status.FAILED, TrainingSession.Status.STOPPED}


@dataclass(frozen=True)
class Hint:
    """One thing to look at; without a scene it concerns the whole project."""

    code: str
    message: str
    scene_id: int | None = None
    number: int | None = None


def project_warnings(project: Project, scenes: Sequence[Scene]) -> list[Hint]:
    """Return the warnings of a project, its own first, then by scene; two queries at most."""
    return [*_about_length(project, scenes), *_about_scenes(scenes)]


def _about_length(project: Project, scenes: Sequence[Scene]) -> Iterator[Hint]:
    music = project.music_duration_seconds
    known = [scene.duration_seconds for scene in scenes if scene.duration_seconds is not None]
    total = total_duration(known) or 0.0
    if music is None or abs(total - music) <= _TOLERANCE_SECONDS:
        return
    if len(known) < len(scenes) and total < music:
        return  # the scenes of unknown length may fill the rest
    relation = "longer" if total > music else "shorter"
    yield Hint(
        code="duration_mismatch",
        message=f"The scenes take {total:g} s and are {abs(total - music):g} s {relation} than "
        f"the music ({music:g} s).",
    )


def _about_scenes(scenes: Sequence[Scene]) -> Iterator[Hint]:
    nights = _Nights(scenes)
    for scene in scenes:
        for code, message in (*_about_content(scene), *nights.about(scene)):
            yield Hint(code=code, message=message, scene_id=scene.pk, number=scene.number)


def _about_content(scene: Scene) -> Iterator[tuple[str, str]]:
    name = f"Scene {scene.number}"
    if scene.duration_seconds is None:
        yield "no_duration", f"{name} has no duration, so nobody knows when the next one begins."
    if not scene.prompt.strip():
        yield "no_prompt", f"{name} has no prompt."
    if not scene.video_url:
        yield "no_video", f"{name} has no video."


class _Nights:
    """What became of the sessions, and of the agents in them, that made the scenes."""

    def __init__(self, scenes: Sequence[Scene]) -> None:
        session_ids = {scene.session_id for scene in scenes if scene.session_id is not None}
        if not session_ids:
            self.sessions, self.metrics = {}, {}
            return
        self.sessions = {
            pk: (status, quality)
            for pk, status, quality in TrainingSession.objects.filter(
                pk__in=session_ids
            ).values_list("pk", "status", "overall_quality")
        }
        self.metrics = {
            (session_id, agent_id): (outcome, quality)
            for session_id, agent_id, outcome, quality in AgentMetric.objects.filter(
                session_id__in=session_ids
            ).values_list("session_id", "agent_id", "outcome", "quality_score")
        }

    def about(self, scene: Scene) -> Iterator[tuple[str, str]]:
        if scene.session_id not in self.sessions:
            return
        name = f"Scene {scene.number}"
        status, quality = self.sessions[scene.session_id]
        is_unknown = quality is None
        if status in _FAILED_NIGHTS:
            yield "night_failed", f"{name} was made in session {scene.session_id}, which {status}."
        agent = self.metrics.get((scene.session_id, scene.agent_id or ""))
        if agent is not None:
            outcome, agent_quality = agent
            is_unknown = is_unknown or agent_quality is None
            if outcome == AgentMetric.Outcome.FAILED:
                yield "agent_failed", f"{name} is by {scene.agent_id}, which failed that night."
        if is_unknown:
            yield "quality_unknown", f"Nobody knows the quality of the night {name} was made in."
