"""What the emulator keeps across starts, copied and written so that whoever calls it meanwhile hardly notices.

MiniStack copies every item and encodes it in Python, in which nothing else runs: of a large archive that takes longer than
the time between two savings, and a copy that meets a change begins anew.
"""

import copy
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from local.emulator.fit import Fit

COPY_ATTEMPTS = 20
# Containers further in are encoded at one go: a table's items are seven deep.
PIECES_DOWN_TO = 7
LARGE_SERVICES = ("dynamodb", "lambda")

logger = logging.getLogger("wirescope.emulator")


class Saving:
    """Saves the state of every service. Raises PatchDoesNotFit when made."""

    def __init__(self, fit: Fit) -> None:
        from ministack import app
        from ministack.core import persistence
        from ministack.services import dynamodb

        fit.needs(app, "_build_persistence_save_dict")
        fit.needs(persistence, "save_state", "PERSIST_STATE", "STATE_DIR", "_state_format_version", "_json_default")
        fit.needs(dynamodb, "get_state", "_tables", "_INDEX_MEMBERS")
        self._others = [name for name in dynamodb.get_state() if name != "tables"]
        fit.needs(dynamodb, *(f"_{name}" for name in self._others))
        self._app, self._persistence, self._dynamodb = app, persistence, dynamodb

    def save(self) -> None:
        """Write every service's state to its file; one that cannot be copied or encoded keeps the file it has."""
        for service, read_state in self._app._build_persistence_save_dict().items():
            state = undisturbed(self._tables_and_more if service == "dynamodb" else read_state)
            if state is None:
                continue
            if service in LARGE_SERVICES:
                self._write(service, state)
            else:
                self._persistence.save_state(service, state)

    def _tables_and_more(self) -> dict[str, Any]:
        """DynamoDB's state as `get_state` has it. An item is replaced, never changed in place: references do for a copy."""
        from ministack.core.responses import AccountRegionScopedDict

        tables = AccountRegionScopedDict()
        for (account, region, name), table in list(self._dynamodb._tables.all_items()):
            kept = {key: value for key, value in table.items() if key not in ("items", self._dynamodb._INDEX_MEMBERS)}
            items = {partition: dict(rows) for partition, rows in list(table["items"].items())}
            tables.set_scoped(account, region, name, {**copy.deepcopy(kept), "items": items})
        return {"tables": tables, **{name: copy.deepcopy(getattr(self._dynamodb, f"_{name}")) for name in self._others}}

    def _write(self, service: str, state: Any) -> None:
        """Write what `save_state` writes. Errors are logged, as its own are."""
        directory = Path(self._persistence.STATE_DIR)
        version = self._persistence._state_format_version(service)
        unfinished = directory / f"{service}.json.tmp"
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                for piece in pieces({"__ministack_format__": version, "payload": state}, self._persistence._json_default):
                    file.write(piece)
            os.replace(unfinished, directory / f"{service}.json")
        except Exception:
            logger.exception("The state of %s was not saved; what was saved before stays.", service)
            unfinished.unlink(missing_ok=True)


def undisturbed(read_state: Callable[[], Any]) -> Any:
    """The state of a service. Threads go on writing while it is copied, so a copy that met a change is made again."""
    for _ in range(COPY_ATTEMPTS):
        try:
            return read_state()
        except RuntimeError as disturbed:
            logger.debug("State changed while it was copied: %s", disturbed)
    logger.error("A service changed its state too fast to be saved; what was saved of it before stays.")
    return None


def pieces(value: Any, default: Callable[[Any], Any], depth: int = 0) -> Iterator[bytes]:
    """JSON in pieces, between which other threads run: the encoder lets nobody in. `default` as the encoder takes it."""
    if not isinstance(value, dict | list | str | int | float | bytes | tuple | None) and depth < PIECES_DOWN_TO:
        value = default(value)
    if not isinstance(value, dict) or depth >= PIECES_DOWN_TO or not all(isinstance(key, str) for key in value):
        yield orjson.dumps(value, default=default, option=orjson.OPT_NON_STR_KEYS)
        return
    yield b"{"
    for at, (key, inner) in enumerate(value.items()):
        yield (b"," if at else b"") + orjson.dumps(key) + b":"
        yield from pieces(inner, default, depth + 1)
    yield b"}"
