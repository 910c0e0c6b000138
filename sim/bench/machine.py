"""What the bench ran on."""

import platform
from pathlib import Path
from typing import Any

from sim.outputs.provenance import versions
from sim.runtime.cores import CORES

_CPU_INFO = Path("/proc/cpuinfo")


def machine() -> dict[str, Any]:
    """CPU model, cores, platform, Python and the versions of the stack."""
    return {
        "cpu": cpu_model(_CPU_INFO.read_text() if _CPU_INFO.exists() else ""),
        "cores": CORES,
        "platform": platform.platform(),
        "python": platform.python_version(),
        "versions": versions(),
    }


def cpu_model(cpu_info: str) -> str:
    """The model's name from the text of /proc/cpuinfo, or what the platform calls its processor."""
    for line in cpu_info.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()
