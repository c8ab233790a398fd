#!/usr/bin/env python3
"""`slipway pull` beside the stock `hf download`, from an embedded Hub into empty Hub caches, in turn.

    pull_bench.py PROGRAM [--gb N] [--shards N] [--times N]   (run by the Python of the oracles' venv)

Bound: our CPU (user and system) at most the stock client's. Ours verifies the SHA-256 of what came; the stock client
compares sizes.
"""
import argparse
import pathlib
import shutil
import statistics
import subprocess
import sys

from transfer import hub, stock_client, work_folder, write_shards
from watched import watched

PARSER = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
PARSER.add_argument("program")
PARSER.add_argument("--gb", type=float, default=2.0)
PARSER.add_argument("--shards", type=int, default=2)
PARSER.add_argument("--times", type=int, default=3)
ARGS = PARSER.parse_args()
PROGRAM = str(pathlib.Path(ARGS.program).resolve())


def main():
    rows = {"slipway pull": ([PROGRAM, "pull", "me/model", "--json", "-q"], []),
            "hf download": ([stock_client(), "download", "me/model"], [])}
    with work_folder() as work, hub(PROGRAM, work / "hub") as env:
        size = write_shards(work / "model", ARGS.gb, ARGS.shards)
        subprocess.run([PROGRAM, "push", str(work / "model"), "me/model", "-q"], env=env, check=True,
                       stdout=subprocess.DEVNULL)
        shutil.rmtree(work / "model")
        for _ in range(ARGS.times):
            for command, costs in rows.values():
                costs.append(watched(command, dict(env, HF_HUB_CACHE=str(work / "cache"))))
                shutil.rmtree(work / "cache")
    cpu = {}
    for name, (_, costs) in rows.items():
        wall, cpu[name] = (statistics.median(getattr(cost, what) for cost in costs) for what in ("wall", "cpu"))
        memory = max(cost.memory_bytes for cost in costs)
        print(f"{name}: {size / 1e9:.2f} GB, {wall:.2f} s, CPU {cpu[name]:.2f} s ({cpu[name] / size * 1e9:.2f} s/GB), peak "
              f"anonymous and shared memory {memory / 1e6:.0f} MB")
    ratio = cpu["slipway pull"] / cpu["hf download"]
    print(f"CPU ratio {ratio:.2f} (bound 1)")
    return 0 if ratio <= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
