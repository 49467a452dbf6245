"""Saving the state: what is written is what MiniStack itself would write, and a table that changes is saved all the same."""

import json
import threading
import time
from pathlib import Path

import pytest
from ministack.core import persistence
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import dynamodb

from local.emulator.fit import Fit
from local.emulator.saving import PIECES_DOWN_TO, Saving, pieces


def nested(levels: int) -> dict:
    return {"leaf": [1, None, {"b": b"\x00\xff"}]} if levels == 0 else {"in": nested(levels - 1), "ü": (1.5, True)}


def test_pieces_are_together_what_ministacks_own_encoder_says():
    scoped = AccountRegionScopedDict()
    scoped.set_scoped("0", "here", "name", nested(2 * PIECES_DOWN_TO))
    state = {"stores": scoped, "numbers": {1: "one"}, "empty": {}, "text": 'a "b"'}
    written = b"".join(pieces(state, persistence._json_default))
    assert json.loads(written) == json.loads(json.dumps(state, default=persistence._json_default))


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(persistence, "PERSIST_STATE", True)
    monkeypatch.setattr(persistence, "STATE_DIR", str(tmp_path))
    kept = {"pk_name": "pk", "sk_name": None, "items": {f"p{n}": {"__no_sort__": {"pk": {"S": f"p{n}"}}} for n in range(5_000)}}
    dynamodb._tables.set_scoped("000000000000", "us-east-1", "ledger", kept)
    yield kept
    dynamodb.reset()


def test_a_table_that_is_written_to_all_the_while_is_saved_whole(table: dict, tmp_path: Path):
    is_over = threading.Event()

    def write_on() -> None:
        number = 5_000
        while not is_over.is_set():
            table["items"][f"p{number}"] = {"__no_sort__": {"pk": {"S": f"p{number}"}}}
            number += 1
            time.sleep(0)

    saving = Saving(Fit("saving"))
    writer = threading.Thread(target=write_on)
    writer.start()
    saving._app = type("App", (), {"_build_persistence_save_dict": staticmethod(lambda: {"dynamodb": dynamodb.get_state})})
    for _ in range(3):
        saving.save()
    is_over.set()
    writer.join()
    saved = persistence.load_state("dynamodb")
    assert saved.keys() == dynamodb.get_state().keys()
    items = saved["tables"].get_scoped("000000000000", "us-east-1", "ledger")["items"]
    assert [items[f"p{n}"]["__no_sort__"]["pk"]["S"] for n in range(5_000)] == [f"p{n}" for n in range(5_000)]
    assert not list(tmp_path.glob("*.tmp"))
