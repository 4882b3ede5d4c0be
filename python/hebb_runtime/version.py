"""The version of this package, as runs record it."""

VERSION = "0.1.0"
