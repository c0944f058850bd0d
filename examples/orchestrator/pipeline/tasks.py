"""What each of the twelve agents has to learn, and from which source."""

from dataclasses import dataclass

from pipeline.learners import BayesClassifier, Learner, NextWordModel, PairRanker, SoftmaxClassifier


@dataclass(frozen=True)
class Task:
    """One agent's exercise.

    `clarity` says how strongly words depend on the label (or on the word before,
    or on the value): with a small one the agent needs many nights. `outage` is
    the share of nights on which the source delivers nothing, `drift` how much
    the meaning of words moves within a month.
    """

    agent_id: str
    name: str
    source: str
    learner: type[Learner]
    groups: tuple[str, ...]
    labels: tuple[str, ...] = ()
    records: int = 60
    clarity: float = 0.5
    outage: float = 0.02
    drift: float = 0.0


_SCENE = ("mood", "place", "figure", "action", "light", "camera")

TASKS = (
    Task(
        "agent_1",
        "Trend Detective",
        "trend",
        BayesClassifier,
        ("genre", "audience", "mood", "place", "sound", "action"),
        ("viral", "rising", "steady", "fading"),
        records=50,
        clarity=0.62,
        drift=0.5,
    ),
    Task(
        "agent_2",
        "Audio Curator",
        "audio",
        SoftmaxClassifier,
        ("sound", "genre", "mood", "sound", "action", "sound"),
        ("calm", "driving", "dark", "bright", "raw"),
        records=100,
        clarity=0.6,
    ),
    Task("agent_3", "Video Concept", "concept", NextWordModel, _SCENE, records=24, clarity=2.4),
    Task(
        "agent_4",
        "Screenplay Generator",
        "screenplay",
        NextWordModel,
        ("figure", "action", "place", "light", "sound", "mood"),
        records=30,
        clarity=2.8,
    ),
    Task(
        "agent_5a",
        "Veo Generator",
        "veo",
        SoftmaxClassifier,
        _SCENE,
        ("sharp", "soft", "broken"),
        records=60,
        clarity=0.55,
        outage=0.05,
    ),
    Task(
        "agent_5b",
        "Runway Generator",
        "runway",
        PairRanker,
        _SCENE,
        records=60,
        clarity=0.8,
        outage=0.05,
    ),
    Task(
        "agent_6",
        "Influencer Matcher",
        "creator",
        BayesClassifier,
        ("audience", "genre", "mood", "place", "audience", "genre"),
        ("dance", "live", "fashion", "comedy", "travel"),
        records=50,
        clarity=0.75,
    ),
    Task(
        "agent_7",
        "Distribution Metadata",
        "metadata",
        SoftmaxClassifier,
        ("genre", "audience", "place", "action", "mood", "figure"),
        ("short", "premiere", "lyric", "behind-the-scenes"),
        records=100,
        clarity=0.5,
    ),
    Task(
        "agent_8",
        "Prompt Refiner",
        "prompt",
        BayesClassifier,
        _SCENE,
        ("keep", "shorten", "detail", "rewrite"),
        records=90,
        clarity=0.55,
        outage=0.15,
    ),
    Task(
        "agent_9",
        "Sound Designer",
        "sound",
        PairRanker,
        ("sound", "place", "sound", "mood", "sound", "action"),
        records=75,
        clarity=0.7,
    ),
    Task(
        "agent_10",
        "Master Distributor",
        "distribution",
        PairRanker,
        ("audience", "genre", "place", "mood", "audience", "event"),
        records=100,
        clarity=0.6,
    ),
    Task(
        "agent_11",
        "Meta Trainer",
        "training_log",
        BayesClassifier,
        ("event", "event", "event", "event", "event", "event"),
        ("more-data", "lower-rate", "restart", "stop-early"),
        records=60,
        clarity=0.45,
    ),
)
