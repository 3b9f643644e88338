"""What was done to make a model smaller: the kernel approximated, or the support vectors compressed."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ApproximationNote", "Compression"]


@dataclass(frozen=True, slots=True)
class ApproximationNote:
    """The approximation that a model was fitted with.

    Attributes
    ----------
    name : {"nystroem", "fourier"}
    n_components : int
    error : float
        Estimated ‖K − K̃‖ / ‖K‖ over the training rows.
    tol : float
        The error that was asked for.
    """

    name: str
    n_components: int
    error: float
    tol: float

    def __str__(self) -> str:
        return f"{self.name}, {self.n_components} components, estimated error {self.error:.1e}"


@dataclass(frozen=True, slots=True)
class Compression:
    """What `compress` did: how many support vectors are left, and how far decision values can have moved.

    Attributes
    ----------
    n_support_before, n_support : int
    tol : float
        The change that was allowed.
    distance : float
        ‖w − w′‖, the largest of the problems, from kernel values in float64: a decision value of any row x has moved by
        at most ``distance · √K(x, x)``.
    largest_norm : float
        The largest √K(x, x): of all x there can be where the kernel is bounded, else of the rows looked at.
    everywhere : bool
        Whether ``bound`` holds for every x, or for those with √K(x, x) ≤ ``largest_norm``.
    largest_change : float
        The largest change of a decision value that was measured: on the rows given, or on the support vectors.
    n_measured : int
        How many rows these are.
    """

    n_support_before: int
    n_support: int
    tol: float
    distance: float
    largest_norm: float
    everywhere: bool
    largest_change: float
    n_measured: int

    @property
    def bound(self) -> float:
        """``distance · largest_norm``: no decision value has moved further."""
        return self.distance * self.largest_norm
