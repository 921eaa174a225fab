"""Run the console's commands as processes of their own, and keep what they said.

Decides how a command is started, timed, logged and stopped.  What the commands mean is the story's; what they print as
JSON is its only source of facts.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from schemas.errors import EX_SOFTWARE, VillageSyncError

_T = TypeVar("_T")

_ROOT = Path(__file__).resolve().parent.parent
COMMAND_SECONDS_MAX = 120
_STOP_SECONDS_MAX = 10
_AT_ONCE = 2 * max(2, os.cpu_count() or 2)
"""More than processors: a command waits for disk and hub now and then."""


class CommandFailedError(VillageSyncError):
    """A command of the story did not do what the story needs; its own words follow.  Next step: read commands.log."""

    code = "demo-command-failed"
    exit_code = EX_SOFTWARE


@dataclass(frozen=True, slots=True)
class Done:
    """One command that has ended."""

    words: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str
    seconds: float

    def json(self) -> dict[str, Any]:
        """Return the object that the command printed as its last line of stdout."""
        lines = self.stdout.strip().splitlines()
        try:
            found = json.loads(lines[-1])
        except (IndexError, ValueError) as error:
            raise CommandFailedError(
                f"{shown(self.words)} printed no JSON", hint=self.stdout[-400:] or self.stderr[-400:]
            ) from error
        if not isinstance(found, dict):
            raise CommandFailedError(f"{shown(self.words)} printed JSON that is no object", hint=lines[-1][:400])
        return found


def shown(words: Sequence[str]) -> str:
    """Return a command as a person would type it."""
    return " ".join(("kampung", *(f'"{word}"' if " " in word else word for word in words)))


class Running:
    """One process that runs until it ends, is stopped or is killed; what it says is collected meanwhile."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], cwd: Path) -> None:
        self.words = tuple(words)
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "cli", *words],
            cwd=cwd,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._said: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._news = threading.Condition()
        self._readers = [
            threading.Thread(target=self._listen, args=(name, pipe), daemon=True)
            for name, pipe in (("stdout", self._process.stdout), ("stderr", self._process.stderr))
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Tell whether the process has not ended yet."""
        return self._process.poll() is None

    def wait_for(self, text: str, seconds_max: float = 30.0) -> str:
        """Wait until a line holds this text; return the line.  Raises CommandFailedError if it never comes."""
        end = time.monotonic() + seconds_max
        with self._news:
            while True:
                for line in [*self._said["stdout"], *self._said["stderr"]]:
                    if text in line:
                        return line
                left = end - time.monotonic()
                if left <= 0 or not any(reader.is_alive() for reader in self._readers):
                    break
                self._news.wait(min(left, 0.2))
        raise CommandFailedError(f"{shown(self.words)} never said '{text}'", hint=self._text("stderr")[-800:])

    def kill(self) -> Done:
        """End the process at once, as a power cut would (SIGKILL)."""
        self._process.kill()
        return self.wait()

    def stop(self, seconds_max: float = _STOP_SECONDS_MAX) -> Done:
        """Ask the process to end; kill it if it does not."""
        if self.is_running:
            self._process.terminate()
        try:
            return self.wait(seconds_max)
        except CommandFailedError:
            return self.kill()

    def wait(self, seconds_max: float = COMMAND_SECONDS_MAX) -> Done:
        """Wait for the end; raises CommandFailedError if it does not come in time."""
        try:
            exit_code = self._process.wait(seconds_max)
        except subprocess.TimeoutExpired as error:
            raise CommandFailedError(f"{shown(self.words)} did not end within {seconds_max:.0f} s") from error
        for reader in self._readers:
            reader.join(_STOP_SECONDS_MAX)
        seconds = time.monotonic() - self._began
        return Done(self.words, exit_code, self._text("stdout"), self._text("stderr"), seconds)

    def _text(self, name: str) -> str:
        return "".join(self._said[name])

    def _listen(self, name: str, pipe: Any) -> None:
        with pipe:
            for line in pipe:
                with self._news:
                    self._said[name].append(line)
                    self._news.notify_all()
        with self._news:
            self._news.notify_all()


class Console:
    """Starts commands in one folder, and writes each to a log that a newcomer can read and repeat.

    Args:
        folder: where the commands run, so that the log's relative paths can be typed there again.
    """

    def __init__(self, folder: Path, log_name: str = "commands.log") -> None:
        self.folder = folder
        self._log = folder / log_name
        self._lock = threading.Lock()
        self.commands = 0

    def begin(self, *words: str, environment: Mapping[str, str] | None = None) -> Running:
        """Start a command and go on; ``finish`` waits for its end."""
        paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        own = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1", "COLUMNS": "120"}
        return Running(words, {**own, **(environment or {})}, self.folder)

    def finish(self, running: Running, seconds_max: float = COMMAND_SECONDS_MAX) -> Done:
        """Wait for a command's end; raises CommandFailedError if its exit code is not 0 or it takes too long."""
        try:
            done = self._noted(running.wait(seconds_max))
        except CommandFailedError:
            self._noted(running.kill())
            raise
        if done.exit_code != 0:
            raise CommandFailedError(
                f"{shown(done.words)} ended with {done.exit_code}", hint=(done.stderr or done.stdout).strip()[-1500:]
            )
        return done

    def run(
        self, *words: str, environment: Mapping[str, str] | None = None, seconds_max: float = COMMAND_SECONDS_MAX
    ) -> Done:
        """Run a command to its end; raises CommandFailedError if its exit code is not 0 or it takes too long."""
        return self.finish(self.begin(*words, environment=environment), seconds_max)

    def json(self, *words: str, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Run a command with ``--json`` and return what it printed."""
        return self.run(*words, "--json", environment=environment).json()

    @contextlib.contextmanager
    def running(self, *words: str, environment: Mapping[str, str] | None = None) -> Iterator[Running]:
        """Start a command that goes on, and stop it in the end, whatever happens."""
        process = self.begin(*words, environment=environment)
        try:
            yield process
        finally:
            self._noted(process.stop())

    def _noted(self, done: Done) -> Done:
        with self._lock, self._log.open("a", encoding="utf-8") as log:
            self.commands += 1
            log.write(f"$ {shown(done.words)}\n")
            for text in (done.stdout, done.stderr):
                log.write("".join(f"  {line[:2000]}\n" for line in text.splitlines()))
            log.write(f"  -- exit {done.exit_code}, {done.seconds:.2f} s\n")
        return done


def at_once(jobs: Sequence[Callable[[], _T]]) -> list[_T]:
    """Do independent jobs side by side, some at a time; return their results in order."""
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        return [future.result() for future in [pool.submit(job) for job in jobs]]
