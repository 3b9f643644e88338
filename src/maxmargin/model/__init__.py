"""What a fit produces and a model file stores.

``linear`` and ``kernel`` have the models, ``checks`` and ``kernel_checks`` what their fields must be, ``fields`` what
these have in common, ``proof`` their certificates, ``support`` the sums over support vectors, ``settled`` which
labels these tell, ``reduced`` what was done to
make a model smaller, ``parameters`` what an estimator was constructed with.
"""

from __future__ import annotations

from maxmargin.model.fields import is_read_only, read_only
from maxmargin.model.kernel import LOSSES, KernelModel, MachineName
from maxmargin.model.linear import LinearModel, Multipliers
from maxmargin.model.parameters import plain_parameters
from maxmargin.model.reduced import ApproximationNote, Compression
from maxmargin.model.settled import Settled, signs_settled, votes_settled, winner_settled
from maxmargin.model.support import SupportVectors, all_pairs, by_rows, join, numbers_a_row, problem_labels, votes

__all__ = [
    "LOSSES",
    "ApproximationNote",
    "Compression",
    "KernelModel",
    "LinearModel",
    "MachineName",
    "Multipliers",
    "Settled",
    "SupportVectors",
    "all_pairs",
    "by_rows",
    "is_read_only",
    "join",
    "numbers_a_row",
    "plain_parameters",
    "problem_labels",
    "read_only",
    "signs_settled",
    "votes",
    "votes_settled",
    "winner_settled",
]
