"""The machine that measurements are made on."""

import os
import platform
import time

# The switches of each library: our kernels, ATen, oneDNN, MKL, XLA and LLVM below numba.
HELD_TO = {
    "avx2": {
        "DISTILL_ARCHITECTURE": "avx2", "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "XLA_FLAGS": "--xla_cpu_max_isa=AVX2", "NUMBA_CPU_NAME": "haswell",
    },
}


def cores():
    """The numbers of the cores there are for us."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count()))


def _busy():
    """Processor time spent and spare, over all cores."""
    numbers = [int(word) for word in open("/proc/stat").readline().split()[1:9]]
    idle = numbers[3] + numbers[4]
    return sum(numbers) - idle, idle


def settle(patience):
    """Waits for others to leave the cores alone, and returns how busy these were at last."""
    end = time.monotonic() + patience
    while True:
        try:
            busy, idle = _busy()
            time.sleep(0.2)
            busy, idle = _busy()[0] - busy, _busy()[1] - idle
        except OSError:  # not Linux
            return os.getloadavg()[0] / os.cpu_count()
        share = busy / max(busy + idle, 1)
        if share < 0.1 or time.monotonic() > end:
            return share


def describe(threads, isa=None):
    processor = platform.processor() or platform.machine()
    try:
        names = [line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                 if line.startswith("model name")]
        processor = names[0] if names else processor
    except OSError:
        pass
    return {"processor": processor, "cores": len(cores()), "threads": threads,
            "held_to": isa, "system": platform.system()}
