"""Files that are read whole and bounded, and written beside and renamed."""

import errno
import os
import re
import secrets
import stat
from contextlib import contextmanager
from typing import Iterable, Iterator

from .errors import UserError, shown

_PARTIAL = re.compile(r"\.[0-9a-f]{12}\.partial")


@contextmanager
def telling(doing: str, path: str) -> Iterator[None]:
    """What the system refuses is told as a FileError."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        helps = {
            errno.ENOSPC: "Free some space.",
            errno.EACCES: "Check who may read and write there.",
            errno.ENOENT: "Check the path.",
        }
        raise UserError(
            "FileError", f"cannot {doing} {shown(path, 500)}: {why}", helps.get(error.errno or 0, "")
        ) from None


def read_file(path: str, largest: int, what: str) -> bytes:
    """All of a regular file, of at most so many bytes.

    :raises UserError: ('FileError') where it is something else, larger, or cannot be read
    """
    with telling("read", path):
        with open(
            os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb"
        ) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise UserError("FileError", f"{shown(path, 500)} is not a file", "Check the path.")
            if found.st_size > largest:
                raise UserError(
                    "FileError",
                    f"{shown(path, 500)} holds {found.st_size} bytes, and {what} at most {largest}",
                    "Check the path.",
                )
            return file.read(largest + 1)


def write_atomically(path: str, chunks: Iterable[bytes | memoryview]) -> None:
    """Writes beside a file and renames: a reader finds the old one or the whole new one.

    :raises UserError: ('FileError'); the old one then stays
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise UserError("FileError", f"{shown(path, 500)} is not a file", "Check the path.")
    partial = f"{path}.{secrets.token_hex(6)}.partial"
    with telling("write", path):
        try:
            with open(partial, "xb") as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
        except BaseException:
            try:
                os.remove(partial)
            except FileNotFoundError:
                pass
            raise
        _sync_folder(os.path.dirname(path) or ".")


def _sync_folder(folder: str) -> None:
    """The rename is durable only once the folder is synced; some systems have no such call."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def sync_file(path: str) -> None:
    """Waits until what was appended is on the disk."""
    with telling("write", path):
        with open(path, "rb+") as file:
            os.fsync(file.fileno())


def remove_partials(path: str) -> None:
    """What killed processes left beside a file while they wrote it."""
    folder, own = os.path.split(path)
    if not os.path.isdir(folder or "."):
        return
    for name in os.listdir(folder or "."):
        if name.startswith(own) and _PARTIAL.fullmatch(name[len(own) :]):
            try:
                os.remove(os.path.join(folder, name))
            except OSError:
                pass
