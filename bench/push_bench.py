#!/usr/bin/env python3
"""`slipway push` beside the stock `hf upload`, by LFS, to an embedded Hub, in turn.

    push_bench.py PROGRAM [--gb N] [--shards N] [--times N] [--ours-alone]   (run by the Python of the oracles' venv)

Bounds: our CPU (user and system) at most 0.65 of the stock client's; peak anonymous and shared memory of ours at most
600 MB at every size (--ours-alone --gb 8). LFS wants each digest before the first byte, so each byte is read twice, by
either client. Walls are given beside the CPU: client and Hub share the machine's processors.
"""
import argparse
import pathlib
import shutil
import statistics
import sys

from transfer import hub, stock_client, work_folder, write_shards
from watched import watched

CPU_BOUND, MEMORY_BOUND = 0.65, 600e6

PARSER = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
PARSER.add_argument("program")
PARSER.add_argument("--gb", type=float, default=2.0)
PARSER.add_argument("--shards", type=int, default=2)
PARSER.add_argument("--times", type=int, default=3)
PARSER.add_argument("--ours-alone", action="store_true")
ARGS = PARSER.parse_args()
PROGRAM = str(pathlib.Path(ARGS.program).resolve())


def measured(work, command):
    with hub(PROGRAM, work / "hub") as env:
        cost = watched(command, env)
    shutil.rmtree(work / "hub")
    return cost


def describe(name, costs, size):
    wall, cpu = (statistics.median(getattr(cost, what) for cost in costs) for what in ("wall", "cpu"))
    memory = max(cost.memory_bytes for cost in costs)
    read = max(cost.read_bytes for cost in costs)
    print(f"{name}: {size / 1e9:.2f} GB, {wall:.2f} s, CPU {cpu:.2f} s ({cpu / size * 1e9:.2f} s/GB), peak anonymous and "
          f"shared memory {memory / 1e6:.0f} MB, read {read / size:.2f} of the size", flush=True)
    return cpu, memory


def main():
    with work_folder() as work:
        size = write_shards(work / "model", ARGS.gb, ARGS.shards)
        ours, stock = [], []
        for _ in range(ARGS.times):
            ours.append(measured(work, [PROGRAM, "push", str(work / "model"), "me/ours", "--json", "-q"]))
            if not ARGS.ours_alone:
                stock.append(measured(work, [stock_client(), "upload", "me/stock", str(work / "model")]))
        our_cpu, memory = describe("slipway push", ours, size)
        good = memory <= MEMORY_BOUND
        if stock:
            ratio = our_cpu / describe("hf upload, LFS", stock, size)[0]
            print(f"CPU ratio {ratio:.2f} (bound {CPU_BOUND})")
            good = good and ratio <= CPU_BOUND
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
