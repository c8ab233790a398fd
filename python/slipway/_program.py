"""Finds the program, runs it, and reads what it says."""
from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import pathlib
import re
import selectors
import signal
import subprocess
import time
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from ._errors import Error
from ._results import Fields, Notice, notice

LINE_BYTES_MAX = 256 << 20
"""A longer line of the program's is passed over; the tensors of the largest models fit many times."""
EVENTS_MAX = 10_000
"""So many lines other than progress are kept."""
TALK_BYTES_MAX = 4096
"""So much of a line on stderr is told."""
TOKEN_LETTERS_MIN = 8
"""A shorter text is no token; taking it out of sentences would leave none."""
TOKEN_BYTES_MAX = 4096
"""What the program reads, and every pipe holds, so that writing never waits."""
PATIENCE_SECONDS = 60.0
"""How long an interrupted program may take to end by itself; killing it is safe too."""
TERMINAL_SECONDS = 2.0
"""So long is a terminal's own Ctrl-C left to work: a second one would be a second wish."""
LOOK_SECONDS = 1.0
"""So often is looked whether the program has ended, whoever else holds its pipes."""

TALK = logging.getLogger("slipway")

chosen: Optional[str] = None
"""A program to be used instead of the one that is found; for tests."""

Event = Callable[[Dict[str, Any]], None]


def program() -> str:
    """The path of the program: of this wheel, of the checkout that the package lies in, or on PATH."""
    if chosen is not None:
        return chosen
    package = pathlib.Path(__file__).resolve().parent
    for candidate in (package / "_bundle" / "bin" / "slipway", package.parent.parent / "bin" / "slipway"):
        if os.access(candidate, os.X_OK):
            return str(candidate)
    for folder in os.get_exec_path():
        path = os.path.join(folder, "slipway")
        if os.path.isfile(path) and os.access(path, os.X_OK) and not _is_ourselves(path):
            return path
    raise Error("the program `slipway` is not in this package, nor on PATH: install the wheel of your platform, or "
                "build it with `./dev build` and put it on PATH", kind="no_program")


def _is_ourselves(path: str) -> bool:
    """Whether this is the script that pip makes of the package, or a shim that leads to it: it would start itself."""
    try:
        with open(path, "rb") as file:
            head = file.read(4096)
    except OSError:
        return True
    return head.startswith(b"#!") and (b"slipway.__main__" in head or b"pyenv" in head)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a command said: the lines before the result (progress left out), the result, and the exit code."""
    events: Tuple[Dict[str, Any], ...]
    result: Fields
    exit_code: int

    @property
    def warnings(self) -> Tuple[Notice, ...]:
        return tuple(notice(Fields(line)) for line in self.events if line.get("type") == "warning")


class _Lines:
    """Cuts what comes from a pipe into lines of bounded length; a longer one is passed over whole."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._held = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> None:
        *whole, rest = data.split(b"\n")
        for piece in whole:
            self._add(piece)
            self.end()
        self._add(rest)

    def _add(self, piece: bytes) -> None:
        if self._skipping or len(self._held) + len(piece) > LINE_BYTES_MAX:
            self._skipping = True
            self._held.clear()
        else:
            self._held += piece

    def end(self) -> None:
        line, skipped = bytes(self._held), self._skipping
        self._held.clear()
        self._skipping = False
        if line and not skipped:
            self._take(line)


class _Listener:
    """Keeps what the program says."""

    def __init__(self, on_event: Optional[Event], token: Optional[str] = None) -> None:
        self._on_event = on_event
        self._token = token
        self.events: List[Dict[str, Any]] = []
        self.result: Optional[Dict[str, Any]] = None
        self.last_words = ""

    def hear(self, line: bytes) -> None:
        try:
            value = json.loads(line.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            return  # not a line of ours
        if not isinstance(value, dict):
            return
        if value.get("type") == "result":
            self.result = value
        elif value.get("type") == "event" and value.get("event") == "progress":
            if self._on_event is not None:
                self._on_event(value)
        elif len(self.events) < EVENTS_MAX:
            self.events.append(value)

    def overhear(self, line: bytes) -> None:
        text = hidden(line[:TALK_BYTES_MAX].decode("utf-8", "replace").strip(), self._token)
        if text:
            self.last_words = text
            TALK.info("%s", text)


def _listen(child: subprocess.Popen[bytes], listener: _Listener, deadline: Optional[float] = None) -> None:
    """Until the program has ended and all that it said is read; past the deadline, TimeoutError.

    Its pipes need not close with it: a process forked by another thread while it was started holds them too.
    """
    lines = {child.stdout: _Lines(listener.hear), child.stderr: _Lines(listener.overhear)}
    with selectors.DefaultSelector() as waiting:
        for pipe, cutter in lines.items():
            if pipe is not None and not pipe.closed:
                waiting.register(pipe, selectors.EVENT_READ, cutter)
        while waiting.get_map():
            has_ended = child.poll() is not None
            ready = waiting.select(0 if has_ended else _left(deadline, LOOK_SECONDS))
            if has_ended and not ready:
                break
            for key, _ in ready:
                data = os.read(key.fd, 1 << 16)
                if data:
                    key.data.feed(data)
                else:
                    key.data.end()
                    waiting.unregister(key.fileobj)
        for key in list(waiting.get_map().values()):
            key.data.end()
    child.wait(_left(deadline))


def _left(deadline: Optional[float], most: Optional[float] = None) -> Optional[float]:
    if deadline is None:
        return most
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left if most is None else min(left, most)


def _stop(child: subprocess.Popen[bytes], was_asked: bool = False) -> None:
    """Asks the program to end, as Ctrl-C does, and waits; it is killed when it does not, or when asked again."""
    try:
        if was_asked:
            with contextlib.suppress(TimeoutError, subprocess.TimeoutExpired):
                _listen(child, _Listener(None), time.monotonic() + TERMINAL_SECONDS)
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
            _listen(child, _Listener(None), time.monotonic() + PATIENCE_SECONDS)
    except (KeyboardInterrupt, TimeoutError, subprocess.TimeoutExpired):
        pass
    finally:
        child.kill()
        child.wait()


def _has_terminal() -> bool:
    """Whether a terminal's Ctrl-C reaches our process group, and with it the program."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def _holding(data: bytes) -> int:
    """A descriptor to read the data from: of a file in memory, which needs no end of a pipe to be closed everywhere."""
    try:
        memory = os.memfd_create("slipway")
    except (AttributeError, OSError):  # an old system, or one that forbids it
        reader, writer = os.pipe()
        with open(writer, "wb", buffering=0) as pipe:
            pipe.write(data)
        return reader
    os.pwrite(memory, data, 0)
    return memory


@contextlib.contextmanager
def _kept_secret(token: Optional[str], words: List[str], environment: Dict[str, str]) -> Iterator[Tuple[int, ...]]:
    """Hands the token to the program alone: by a descriptor that holds it."""
    if token is None:
        yield ()
        return
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        environment.pop(name, None)
    data = token.encode("utf-8", "replace")
    if len(data) > TOKEN_BYTES_MAX:
        raise Error(f"token: {len(data)} bytes are no token", kind="invalid_argument", exit_code=2)
    reader = _holding(data)
    try:
        words.append(f"--token-file=/dev/fd/{reader}")
        yield (reader,)
    finally:
        os.close(reader)


def _start(words: Sequence[str], environment: Mapping[str, str], descriptors: Tuple[int, ...]) -> subprocess.Popen[bytes]:
    try:
        # In our process group: Ctrl-C on a terminal, and what ends a whole job, reach it too.
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                                env=environment, pass_fds=descriptors)
    except OSError as problem:
        raise Error(f"{words[0]} cannot be started: {problem.strerror or problem}; install the package for this "
                    "machine again", kind="no_program") from problem


def run(verb: str, args: Sequence[str], *, endpoint: Optional[str] = None, token: Optional[str] = None,
        on_event: Optional[Event] = None, extra_env: Optional[Mapping[str, str]] = None,
        on_start: Optional[Callable[[], None]] = None) -> Outcome:
    """Runs one command and waits for its end. `on_event` gets each progress line; what it raises stops the command.

    Raises Error only where there is no result; whether the command failed says the outcome. On KeyboardInterrupt
    the command is stopped first; the same call again goes on from there.
    """
    words = [program(), *verb.split(), "--json"]
    if endpoint is not None:
        words.append(f"--endpoint={endpoint}")
    if on_event is None:
        words.append("--no-progress")
    environment = {**os.environ, **(extra_env or {})}
    listener = _Listener(on_event, token)
    with _kept_secret(token, words, environment) as descriptors:
        child = _start([*words, *args], environment, descriptors)
        with child:
            try:
                if on_start is not None:
                    on_start()
                _listen(child, listener)
            except BaseException as problem:
                _stop(child, isinstance(problem, KeyboardInterrupt) and _has_terminal())
                raise
    if listener.result is None:
        raise _no_answer(words[0], child.returncode, listener.last_words)
    return Outcome(tuple(listener.events), Fields(listener.result), child.returncode)


def _no_answer(path: str, code: int, last_words: str) -> Error:
    if code < 0:
        try:
            how = f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            how = f"was ended by signal {-code}"
        way_out = "; the same call again goes on where it was"
    else:
        how, way_out = f"ended with exit code {code} and without a result", "; is it Slipway?"
    said = f"; its last words: {last_words}" if last_words else ""
    return Error(f"{path} {how}{said}{way_out}", kind="no_answer", exit_code=code if code > 0 else 1)


def hidden(text: str, token: Optional[str]) -> str:
    """The program's words for the caller: the token, should it stand there, is taken out, and its file is ``token=``."""
    if token is None:
        return text
    secret = token.strip()
    if len(secret) >= TOKEN_LETTERS_MIN:
        text = text.replace(secret, "(the token)")
    return re.sub(r"/dev/fd/\d+", "token=", text)
