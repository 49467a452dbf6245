"""Reads the tensors of a torch checkpoint (.pth, .bin: a zip around a pickle) with numpy alone.

A pickle can run code when it is read. This reader lets only what a plain state dict needs through and refuses
the rest, so a tampered checkpoint cannot do more than fail.
"""

import collections
import pickle
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

_STORAGE_TYPES = {
    "FloatStorage": np.float32,
    "DoubleStorage": np.float64,
    "HalfStorage": np.float16,
    "LongStorage": np.int64,
    "IntStorage": np.int32,
    "ByteStorage": np.uint8,
    "BoolStorage": np.bool_,
}


class UnreadableCheckpoint(ValueError):
    """Not a torch zip checkpoint, or one that asks for more than tensors."""


class _StorageType(NamedTuple):
    dtype: type


def read_state_dict(path: Path) -> dict[str, np.ndarray]:
    """Name to array, in the checkpoint's order. Raises UnreadableCheckpoint."""
    try:
        with zipfile.ZipFile(path) as archive:
            pickle_name = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
            state = _StateDictUnpickler(archive, pickle_name).load()
    except (zipfile.BadZipFile, StopIteration, pickle.UnpicklingError, KeyError, ValueError, EOFError) as cause:
        raise UnreadableCheckpoint(f"{path.name} is not a torch checkpoint that holds only tensors.") from cause
    if not isinstance(state, dict) or not all(isinstance(value, np.ndarray) for value in state.values()):
        raise UnreadableCheckpoint(f"{path.name} does not hold a state dict.")
    return dict(state)


class _StateDictUnpickler(pickle.Unpickler):
    def __init__(self, archive: zipfile.ZipFile, pickle_name: str) -> None:
        super().__init__(archive.open(pickle_name))
        self._archive = archive
        self._root = pickle_name.removesuffix("data.pkl")

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in _STORAGE_TYPES:
            return _StorageType(_STORAGE_TYPES[name])
        raise pickle.UnpicklingError(f"{module}.{name} is not needed for tensors.")

    def persistent_load(self, persistent_id: tuple[str, _StorageType, str, str, int]) -> np.ndarray:
        kind, storage_type, key, _location, count = persistent_id
        if kind != "storage" or not isinstance(storage_type, _StorageType):
            raise pickle.UnpicklingError("Only storages are expected.")
        storage = np.frombuffer(self._archive.read(f"{self._root}data/{key}"), storage_type.dtype)
        if len(storage) != count:
            raise pickle.UnpicklingError(f"Storage {key} is not as long as it says.")
        return storage


def _rebuild_tensor(
    storage: np.ndarray, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> np.ndarray:
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    if min((offset, *shape, *strides)) < 0 or (0 not in shape and last >= len(storage)):
        raise pickle.UnpicklingError("A tensor reaches beyond its storage.")
    item_strides = [stride * storage.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, item_strides).copy()
