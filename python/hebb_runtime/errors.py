"""What the user can mend, as a sentence."""


class UserError(Exception):
    """Says what is wrong and what to do; the command line shows both, without a traceback.

    ``kind`` is a name such as ``DataError``, those of Hebb's own.
    """

    def __init__(self, kind: str, message: str, help: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.help = help

    def __str__(self) -> str:
        told = f"{self.kind}: {self.message}"
        return f"{told}\n  {self.help}" if self.help else told


def shown(text: str, longest: int = 200) -> str:
    """Text of a stranger that a terminal can be shown: short, and without control characters."""
    plain = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return plain if len(plain) <= longest else f"{plain[:longest]}…"
