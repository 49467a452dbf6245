"""Returns memory that was freed to the operating system, where the C library keeps it.

glibc keeps freed blocks below 32 MiB in the arena of the thread that took them. A window of TransNetV2 leaves about
200 MB behind in each thread that way, which on an editor's machine are better used by the search index.
"""

import ctypes
import sys
from collections.abc import Callable


def _library_call() -> Callable[[int], int] | None:
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none, and keeps nothing


_malloc_trim = _library_call()


def give_back() -> None:
    """Takes milliseconds. Does nothing where the C library has no such call (`man 3 malloc_trim`)."""
    if _malloc_trim is not None:
        _malloc_trim(0)
