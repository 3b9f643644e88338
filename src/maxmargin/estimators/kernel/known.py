"""What predictions have made of a fitted model's attributes, and need not make again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["Known"]

_T = TypeVar("_T")


class Known:
    """Things by name, each for as long as what it was made of is the same. Copies and pickles know nothing.

    An object of its own, since a prediction must leave the attributes of its estimator as they are.
    """

    __slots__ = ("_things",)

    def __init__(self) -> None:
        self._things: dict[str, tuple[tuple[Any, ...], Any]] = {}

    def __reduce__(self) -> tuple[type[Known], tuple[()]]:
        return Known, ()

    def get(self, name: str, parts: tuple[Any, ...], make: Callable[[], tuple[_T, bool]]) -> _T:
        """The thing of that name, made anew where one of ``parts`` is another object; ``make`` says whether to keep it."""
        known = self._things.get(name)
        if known is not None and len(known[0]) == len(parts) and all(a is b for a, b in zip(known[0], parts, strict=True)):
            found: _T = known[1]
            return found
        thing, lasting = make()
        if lasting:
            self._things[name] = (parts, thing)
        return thing
