"""What this machine's processor can do that decides which graph is served."""

from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
VNNI_FLAGS = frozenset({"avx512_vnni", "avx_vnni"})


def has_vnni(cpu_info: Path = CPU_INFO) -> bool:
    """Whether products of 8-bit numbers are added in 32 bits at once, exactly and fast (Intel's VPDPBUSD).

    False where the system does not tell: float32 is right everywhere.
    """
    try:
        lines = cpu_info.read_text().splitlines()
    except OSError:
        return False
    flags = next((line for line in lines if line.startswith("flags")), "")
    return not VNNI_FLAGS.isdisjoint(flags.split())
