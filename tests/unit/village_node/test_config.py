"""Settings, key files and locks of a node's folder: plain about mistakes, whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.errors import ConfigError, DiskFullError, StorageError
from village_node.config import CONFIG_FILE, NodeConfig, config_origins, load_config, write_config
from village_node.durable import replace_file
from village_node.keys import NodeKeys, is_private, key_path, read_keys, write_keys
from village_node.lock import held_lock, is_held

CONFIG = NodeConfig(
    district_code="35.10",
    village_code="35.10.01.2001",
    village_name='Sumber "Agung" \\ X',
    hub_url="https://hub.example",
)


class TestSettings:
    def test_come_back_as_written(self, tmp_path: Path) -> None:
        write_config(tmp_path, CONFIG)
        assert load_config(tmp_path) == CONFIG

    def test_tell_where_each_value_comes_from(self, tmp_path: Path) -> None:
        write_config(tmp_path, CONFIG)
        origins = config_origins(tmp_path, {"KAMPUNG_HUB_URL": "http://10.0.0.1"})
        assert origins["hub_url"] == ("http://10.0.0.1", "KAMPUNG_HUB_URL")
        assert origins["village_code"] == ("35.10.01.2001", CONFIG_FILE)
        assert origins["utc_offset_minutes"] == (420, "bawaan")

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ('hub_urll = "x"', "config-unknown"),
            ("utc_offset_minutes = 2000", "config-value"),
            ('utc_offset_minutes = "WIB"', "config-value"),
            ("night_minutes = true", "config-value"),
            ("= =", "config-file"),
        ],
    )
    def test_that_are_wrong_name_the_key(self, tmp_path: Path, line: str, code: str) -> None:
        write_config(tmp_path, CONFIG)
        path = tmp_path / CONFIG_FILE
        path.write_text(path.read_text() + line + "\n")
        with pytest.raises(ConfigError) as caught:
            load_config(tmp_path)
        assert caught.value.code == code
        assert line.split("=", maxsplit=1)[0].strip() in caught.value.message

    def test_whole_numbers_do_for_seconds(self, tmp_path: Path) -> None:
        write_config(tmp_path, CONFIG)
        path = tmp_path / CONFIG_FILE
        path.write_text(path.read_text() + "read_timeout_s = 30\n")
        assert load_config(tmp_path).read_timeout_s == 30.0

    def test_that_are_missing_are_asked_for(self, tmp_path: Path) -> None:
        (tmp_path / CONFIG_FILE).write_text('district_code = "35.10"\n')
        with pytest.raises(ConfigError) as caught:
            load_config(tmp_path)
        assert caught.value.code == "config-missing"


class TestKeys:
    def test_come_back_as_written_and_are_private(self, tmp_path: Path) -> None:
        keys = NodeKeys.draw(bytes(32)).enrolled(b"certificate", b"list", bytes(32))
        write_keys(tmp_path, keys)
        assert read_keys(tmp_path) == keys
        assert is_private(tmp_path)
        key_path(tmp_path).chmod(0o640)
        assert not is_private(tmp_path)

    def test_are_drawn_anew_each_time(self) -> None:
        assert NodeKeys.draw(bytes(32)).database_key != NodeKeys.draw(bytes(32)).database_key

    @pytest.mark.parametrize(
        "content", [b"", b"[]", b"{}", b"\xff", json.dumps({"kind": "kampung/node-key/0"}).encode()]
    )
    def test_that_are_damaged_are_told_as_such(self, tmp_path: Path, content: bytes) -> None:
        write_keys(tmp_path, NodeKeys.draw(bytes(32)))
        key_path(tmp_path).write_bytes(content)
        with pytest.raises(ConfigError) as caught:
            read_keys(tmp_path)
        assert caught.value.code == "key-file"


class TestFiles:
    def test_that_cannot_be_written_leave_what_was_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "a"
        replace_file(path, b"old")

        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(DiskFullError):
            replace_file(path, b"new")
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]

    def test_in_a_folder_that_is_gone_are_an_error_of_ours(self, tmp_path: Path) -> None:
        with pytest.raises(StorageError) as caught:
            replace_file(tmp_path / "nowhere" / "a", b"x")
        assert caught.value.code == "file-not-written"


class TestLock:
    def test_is_held_by_one(self, tmp_path: Path) -> None:
        path = tmp_path / "lock"
        assert not is_held(path)
        with held_lock(path) as first, held_lock(path) as second:
            assert (first, second) == (True, False)
            assert is_held(path)
        assert not is_held(path)

    def test_ends_with_the_process_that_held_it(self, tmp_path: Path) -> None:
        path = tmp_path / "lock"
        program = (
            "import pathlib, sys, time\n"
            "from village_node.lock import held_lock\n"
            "with held_lock(pathlib.Path(sys.argv[1])) as mine:\n"
            "    print(mine, flush=True)\n"
            "    time.sleep(60)\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "True\n"
            assert is_held(path)
            assert path.read_text() == str(process.pid)
            process.kill()
            process.wait()
        assert not is_held(path)
        with held_lock(path) as mine:
            assert mine
            assert path.read_text() == str(os.getpid())
