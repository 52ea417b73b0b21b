"""How kernels are compiled, and the smallest of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

from . import kept

ZERO, ONE, TWO = np.int64(0), np.int64(1), np.int64(2)
"""With their type, as every other way to say a number is compiled for itself."""

F = TypeVar("F", bound=Callable[..., Any])


if not numba.config.CACHE_DIR:  # type: ignore[attr-defined]
    numba.config.CACHE_DIR = str(kept())  # type: ignore[attr-defined]


def compiled(function: F) -> F:
    """It may make no arrays: nobody counts who refers to which, which in loops that call each other would be most of the work."""
    return cast(F, numba.njit(cache=True, nogil=True, _nrt=False, no_cfunc_wrapper=True)(function))


INLINED = dict[str, Any](
    cache=True, nogil=True, _nrt=False, forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True
)


def inlined(function: F) -> F:
    """For what is called in the innermost loops: it becomes part of whoever calls it, and may make no arrays either."""
    return cast(F, numba.njit(**INLINED)(function))


def summing(function: F) -> F:
    """Inlined, and what it adds up may be added in any order: several at a time."""
    return cast(F, numba.njit(**INLINED, fastmath={"reassoc", "nsz"})(function))


def making_arrays(function: F) -> F:
    """For what is called seldom and needs room of its own."""
    return cast(F, numba.njit(cache=True, nogil=True, no_cfunc_wrapper=True)(function))


@inlined
def inside(sets: Any, a: Any, others: Any, b: Any) -> bool:
    """Whether all of `sets[a]` is in `others[b]`; both are sets of half-days as bits."""
    missing = np.uint64(0)
    for word in range(sets.shape[1]):
        missing |= sets[a, word] & ~others[b, word]
    return missing == 0


@inlined
def mixed(number: Any) -> Any:
    """A whole number up to 2**31 that looks random, the same for the same number."""
    x = np.uint64(number) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.int64((x ^ (x >> np.uint64(32))) & np.uint64(0x7FFFFFFF))


@compiled
def sort(key: Any, order: Any, n: Any) -> None:
    """The first `n` by rising key, in place (Shell 1959, gaps of Ciura 2001)."""
    gap = 1
    while gap < n:
        gap = int(gap * 2.25) + 1
    while gap > 0:
        for i in range(gap, n):
            k, o, j = key[i], order[i], i
            while j >= gap and key[j - gap] > k:
                key[j], order[j] = key[j - gap], order[j - gap]
                j -= gap
            key[j], order[j] = k, o
        gap = int(gap / 2.25)
