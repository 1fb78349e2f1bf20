"""How good a reply is, as numbers one can argue about: each scorer looks at one thing. Pure."""

from __future__ import annotations

from chat.scoring.base import Candidate, Context, Score, Scorer, SlowScorer

__all__ = ["Candidate", "Context", "Score", "Scorer", "SlowScorer"]
