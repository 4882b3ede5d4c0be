"""Sessions of onnxruntime, with the options that docs/bundle.md says equal bits need."""

import os
import re
from typing import Any

import numpy as np

# Version 1.30 tells its makers what it runs, unless the environment forbids it before the first session.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

from .device import Device, Tensor  # noqa: E402
from .errors import UserError  # noqa: E402
from .start import DTYPES  # noqa: E402

_TYPES = {
    "tensor(float16)": "float16",
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(int64)": "int64",
    "tensor(uint8)": "uint8",
    "tensor(bool)": "bool",
}


def available_cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Session:
    """A graph, which reads and writes memory of its device."""

    def __init__(
        self,
        graph: dict[str, Any],
        data: bytes,
        several: bool,
        device: Device,
        threads: int,
        exact: bool = False,
        tf32: bool = False,
    ) -> None:
        """
        :param several: whether it does several steps in a run
        :param exact: whether nodes are computed as they are written: of float64
        :raises UserError: ('ProviderError') where the device cannot be used; ('BundleError') where the graph is refused
        """
        import onnxruntime as ort

        options = ort.SessionOptions()
        levels = ort.GraphOptimizationLevel
        options.graph_optimization_level = levels.ORT_DISABLE_ALL if exact else levels.ORT_ENABLE_ALL
        options.intra_op_num_threads = threads
        options.log_severity_level = 4
        options.enable_mem_pattern = False
        options.add_session_config_entry("session.load_model_format", "ONNX")
        # Threads wait for their next share awake, but not long: idle ones take cores from the graph that runs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "1")
        options.add_session_config_entry("session.intra_op.spin_duration_us", "100")
        if device.kind == "cuda":
            options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
        self.graph = graph
        self._device = device
        try:
            self._session = ort.InferenceSession(
                data, options, providers=_providers(device, tf32), enable_fallback=0
            )
        except UserError:
            raise
        except Exception as error:
            raise _refused(graph, "load", error, device) from None
        if device.kind == "cuda" and "CUDAExecutionProvider" not in self._session.get_providers():
            raise UserError(
                "ProviderError",
                "the CUDA provider did not start",
                "Check the driver and the CUDA libraries that onnxruntime-gpu names.",
            )
        self._binding = self._session.io_binding()
        self._check_description(several)

    def _check_description(self, several: bool) -> None:
        kept = ("parameter", "state")
        for kind, listed, found in (
            ("input", self.graph["inputs"], self._session.get_inputs()),
            ("output", self.graph["outputs"], self._session.get_outputs()),
        ):
            real = {each.name: each for each in found}
            for value in listed:
                stacked = several and not (value["role"] in kept if kind == "input" else "updates" in value)
                own = real.pop(value["name"], None)
                shape = (
                    None
                    if own is None
                    else own.shape[1:]
                    if stacked and isinstance(own.shape[0], str)
                    else own.shape
                )
                if own is None or _TYPES.get(own.type) != value["type"] or shape != value["shape"]:
                    raise self._differs(f"{kind} '{value['name']}'")
            if real:
                raise self._differs(f"{kind} '{next(iter(real))}'")

    def _differs(self, what: str) -> UserError:
        return UserError(
            "BundleError",
            f"manifest.json and {self.graph['file']} differ in {what} of graph '{self.graph['name']}'",
            "Compile the program again.",
        )

    def run(self, given: dict[str, "Tensor | np.ndarray"], results: dict[str, "Tensor | np.ndarray"]) -> None:
        """Runs the graph once.

        :param given: its inputs: memory of the device, or arrays, which are copied there
        :param results: where each output is written: none where an input is read
        :raises UserError: ('BundleError', 'MemoryError') where onnxruntime gives up
        """
        binding = self._binding
        for name, value in given.items():
            if isinstance(value, Tensor):
                binding.bind_input(name, *_place(value))
            else:
                binding.bind_cpu_input(name, value)
        for name, value in results.items():
            if isinstance(value, Tensor):
                binding.bind_output(name, *_place(value))
            else:
                binding.bind_output(name, "cpu", 0, value.dtype.type, value.shape, value.ctypes.data)
        try:
            binding.synchronize_inputs()
            self._session.run_with_iobinding(binding)
            binding.synchronize_outputs()
        except Exception as error:
            raise _refused(self.graph, "run", error, self._device) from None


def _place(value: Tensor) -> tuple[str, int, Any, list[int], int]:
    device = value.memory.device
    return device.kind, device.number, DTYPES[value.type].type, value.shape, value.address


def _providers(device: Device, tf32: bool) -> list[Any]:
    if device.kind == "cpu":
        return ["CPUExecutionProvider"]
    import onnxruntime as ort

    if "CUDAExecutionProvider" not in ort.get_available_providers():
        raise UserError(
            "ProviderError",
            "this onnxruntime has no CUDA provider",
            "Install the one that has: pip uninstall onnxruntime; pip install onnxruntime-gpu",
        )
    return [("CUDAExecutionProvider", {"device_id": str(device.number), "use_tf32": "1" if tf32 else "0"})]


_MEMORY = re.compile(r"failed to allocate memory|bad_alloc|bad allocation|out of memory", re.I)


def _refused(graph: dict[str, Any], doing: str, error: Exception, device: Device) -> UserError:
    said = " ".join("".join(c if c.isprintable() else " " for c in str(error)).split())[:300]
    if _MEMORY.search(said):
        return UserError(
            "MemoryError",
            f"graph '{graph['name']}' needs more memory than {device} has: {said}",
            "Compile the program with a smaller batch, or fewer steps per run.",
        )
    if doing == "load" and device.kind == "cuda":
        return UserError("ProviderError", f"{device} cannot run graph '{graph['name']}': {said}")
    return UserError(
        "BundleError",
        f"onnxruntime cannot {doing} graph '{graph['name']}' ({graph['file']}): {said}",
        "Compile the program again.",
    )
