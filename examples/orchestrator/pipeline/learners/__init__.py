"""The models: small enough for plain Python, and each really learns."""

from pipeline.learners.base import Example, Learner
from pipeline.learners.bayes import BayesClassifier
from pipeline.learners.next_word import NextWordModel
from pipeline.learners.ranker import PairRanker
from pipeline.learners.softmax import SoftmaxClassifier

__all__ = [
    "BayesClassifier",
    "Example",
    "Learner",
    "NextWordModel",
    "PairRanker",
    "SoftmaxClassifier",
]
