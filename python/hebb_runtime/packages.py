"""What must be installed beside this package."""

from importlib import import_module

from .errors import UserError

_WAYS = {
    "numpy": "Install it: pip install numpy",
    "onnxruntime": "Install it: pip install onnxruntime; for a GPU: pip install onnxruntime-gpu",
}


def require_packages() -> None:
    """:raises UserError: ('PackageError') where numpy or onnxruntime is not there, or cannot be loaded"""
    for name, way in _WAYS.items():
        try:
            import_module(name)
        except ImportError as error:
            missing = isinstance(error, ModuleNotFoundError) and error.name == name
            problem = "is not installed" if missing else f"cannot be loaded: {error}"
            raise UserError("PackageError", f"{name} {problem}", way) from None
