"""The lock on the folder of a run, shared with hebb: a file that names its owner, made whole and only where there is none."""

import datetime
import errno
import json
import os
import re
import secrets
import socket
from typing import Any

from .errors import UserError, shown
from .files import telling

_TOKEN = re.compile("[0-9a-f]{32}")


def _line(path: str) -> str:
    """Empty where the system has no such thing."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""


def _namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _place() -> dict[str, str]:
    return {
        "host": socket.gethostname(),
        "machine": _line("/etc/machine-id"),
        "boot": _line("/proc/sys/kernel/random/boot_id"),
        "namespace": _namespace(),
    }


def _started(pid: int) -> str:
    """When a process started, in ticks since the system did; empty where there is no way to tell."""
    status = _line(f"/proc/{pid}/stat")
    fields = status[status.rfind(")") + 2 :].split(" ")
    if fields[0] in ("Z", "X"):
        return "ended"
    return fields[19] if len(fields) > 19 else ""


def _owner(token: str) -> dict[str, Any]:
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        **_place(),
        "pid": os.getpid(),
        "started": _started(os.getpid()),
        "since": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z",
        "token": token,
    }


def _read_owner(path: str) -> dict[str, Any] | None:
    try:
        with open(path, encoding="utf-8") as file:
            owner = json.loads(file.read(65536))
        texts = ("host", "machine", "boot", "namespace", "started", "since", "token")
        sound = all(isinstance(owner[key], str) for key in texts) and type(owner["pid"]) is int
        # To kill() other numbers are groups of processes, or none.
        return owner if sound and 0 < owner["pid"] < 2**31 and _TOKEN.fullmatch(owner["token"]) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return True
    except ProcessLookupError:
        return False
    except OSError:
        return True


def _can_be_asked(owner: dict[str, Any]) -> bool:
    """Whether a process is of this system and container, so that it is known whether it has ended."""
    here = _place()
    return all(owner[key] == here[key] for key in ("host", "machine", "boot", "namespace"))


def _has_ended(owner: dict[str, Any]) -> bool:
    """Whether a process has certainly ended. Of another host, or in another container, that cannot be known."""
    here = _place()
    if owner["host"] != here["host"] or owner["machine"] != here["machine"]:
        return False
    if owner["boot"] != here["boot"]:
        return owner["machine"] != ""
    if owner["namespace"] != here["namespace"]:
        return False
    if os.name == "nt" or not _is_running(owner["pid"]):
        return os.name != "nt"
    started = _started(owner["pid"])
    return started != "" and owner["started"] != "" and started != owner["started"]


class Lock:
    """The right to write in a folder; given back at the end of a ``with``."""

    def __init__(self, path: str) -> None:
        """:raises UserError: ('RunError') where another process has it"""
        self.path = path
        self.token = secrets.token_hex(16)
        claim = f"{path}.{self.token}.claim"
        with telling("write", path):
            with open(claim, "x", encoding="utf-8") as file:
                file.write(json.dumps(_owner(self.token), indent=2) + "\n")
                file.flush()
                os.fsync(file.fileno())
            try:
                self._take(claim)
            finally:
                if os.path.exists(claim):
                    os.remove(claim)

    def _take(self, claim: str) -> None:
        for _ in range(5):
            if _make(claim, self.path):
                return
            owner = _read_owner(self.path)
            if owner and not _has_ended(owner):
                break
            if owner and _take_over(claim, self.path, owner):
                return
        owner = _read_owner(self.path)
        folder, path = shown(os.path.dirname(self.path), 500), shown(self.path, 500)
        if owner is None:
            raise UserError(
                "RunError",
                f"{folder} is in use: {path} does not say by whom",
                f"If it is not, remove {path}",
            )
        raise UserError(
            "RunError",
            f"{folder} is in use: process {owner['pid']} of {shown(owner['host'])}, since {shown(owner['since'])}, trains there",
            "Wait for it, or stop it."
            if _can_be_asked(owner)
            else f"Wait for it. If it has surely ended, which cannot be known from here, remove {path}",
        )

    def require(self) -> None:
        """:raises UserError: ('RunError') where the lock is no longer ours: nothing may be written then"""
        owner = _read_owner(self.path)
        if owner is None or owner["token"] != self.token:
            raise UserError(
                "RunError",
                f"{self.path} is gone, or names another process: the run is not ours any more",
                "Nothing was written since. Go on with --resume.",
            )

    def release(self) -> None:
        owner = _read_owner(self.path)
        if owner is not None and owner["token"] == self.token:
            os.remove(self.path)

    def __enter__(self) -> "Lock":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _make(claim: str, path: str) -> bool:
    try:
        os.link(claim, path)
        return True
    except FileExistsError:
        return os.stat(claim).st_nlink == 2
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EINVAL):
            raise
    try:
        with open(claim, "rb") as file, open(path, "xb") as made:
            made.write(file.read())
        return True
    except FileExistsError:
        return False


def _take_over(claim: str, path: str, ended: dict[str, Any]) -> bool:
    """Replaces the lock of an owner that has ended: only who holds the lock on that very lock may."""
    with Lock(f"{path}.{ended['token']}"):
        owner = _read_owner(path)
        if owner is None or owner["token"] != ended["token"]:
            return False
        os.replace(claim, path)
        return True
