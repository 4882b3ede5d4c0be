"""The PyTorch side of the benchmarks. It stays alive between rounds and does as it is told, one JSON a line:

    {"command": "open", "folder": "…"}               reads a case: case.json and safetensors files beside it;
                                                     "settings", where given, are those of settings.py
    {"command": "run", "variant": "…", "count": 3}   does the work `count` times and answers with the time it took
    {"command": "memory"}                            peak and present memory of this process, by the system's account

    python3 bench/peers/peer.py --threads 2
"""

import argparse
import importlib
import json
import pathlib
import platform
import resource
import sys
import time

import torch

from settings import Settings

KINDS = ("step", "forwardforward", "augment", "ops", "limits")


def memory():
    """Bytes. VmHWM is this program's own; ru_maxrss, where there is no /proc, may include that of its parent."""
    try:
        status = pathlib.Path("/proc/self/status").read_text()
    except FileNotFoundError:
        unit = 1 if sys.platform == "darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        return {"peak": peak, "resident": peak}
    fields = dict(line.split(":", 1) for line in status.splitlines())
    kilobytes = {"peak": fields["VmHWM"], "resident": fields["VmRSS"]}
    return {key: int(value.split()[0]) * 1024 for key, value in kilobytes.items()}


def open_case(folder, settings):
    folder = pathlib.Path(folder)
    case = json.loads((folder / "case.json").read_text())
    if case["kind"] not in KINDS:
        raise ValueError(f"there is no peer for cases of kind {case['kind']}")
    work = importlib.import_module(f"kinds.{case['kind']}").open_case(case, folder, settings)
    return {name: each if isinstance(each, tuple) else (nothing, each) for name, each in work.items()}


def nothing():
    """Most work needs no preparation."""


def run(work, variant, count, settings):
    """What prepares a variant is not timed."""
    prepare, run_once = work[variant]
    prepare()
    settings.wait()
    start = time.perf_counter()
    values = run_once(count)
    settings.wait()
    return {"milliseconds": 1000 * (time.perf_counter() - start), "values": values}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu", help="where it computes, such as cuda (default: cpu)")
    parser.add_argument("--double", action="store_true", help="compute in float64 what is stored in float32")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.double:
        torch.set_default_dtype(torch.float64)
    settings = Settings(options.device)
    work = {}
    for line in sys.stdin:
        message = json.loads(line)
        if message["command"] == "open":
            work = {}
            settings = Settings(options.device, **message.get("settings", {}))
            settings.apply()
            work = open_case(message["folder"], settings)
            answer = {"variants": list(work), "versions": {"python": platform.python_version(), **settings.versions()}}
        elif message["command"] == "run":
            answer = run(work, message["variant"], message["count"], settings)
        else:
            answer = memory()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
