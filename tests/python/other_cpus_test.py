#!/usr/bin/env python3
"""Every example, published by emulated processors: the bundle on one without SSE4.1, AVX2 and SHA, and the program for aarch64.

    other_cpus_test.py PROGRAM ROOT   (run by scripts/other_cpus.sh; ROOT holds the emulators and /root/build/bin/slipway)
"""
import pathlib
import subprocess
import sys
import tarfile

import example_runs
from ground import PROGRAM, ROOT, WORK, check, run_checks
from ways import Way, check_publishes_the_same

EMULATORS = pathlib.Path(sys.argv[2])
OLD_CPU = "core2duo"  # 2006: SSSE3 is its newest


def old_cpu():
    subprocess.run([sys.executable, ROOT / "scripts/dist.py", "--build", pathlib.Path(PROGRAM).parent.parent, "--out", WORK / "dist"],
                   check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(next((WORK / "dist").glob("*.tar.gz"))) as tar:
        tar.extractall(WORK / "bundle")
    libraries = next((WORK / "bundle").iterdir()) / "lib/slipway"
    # An emulator runs one program; what the launcher starts would run on the real processor.
    return (str(EMULATORS / "usr/bin/qemu-x86_64-static"), "-cpu", OLD_CPU, str(next(libraries.glob("ld-linux-*"))), "--library-path",
            str(libraries), str(libraries / "slipway"))


@check
def the_bundle_publishes_on_a_processor_of_2006():
    check_publishes_the_same("old", Way(old_cpu()), example_runs.runs())


@check
def the_program_for_aarch64_publishes():
    enter = (str(ROOT / "scripts/in_root.sh"), str(EMULATORS))
    check_publishes_the_same("aarch64", Way((*enter, "qemu-aarch64-static", "/root/build/bin/slipway"), EMULATORS), example_runs.runs())


if __name__ == "__main__":
    raise SystemExit(run_checks())
