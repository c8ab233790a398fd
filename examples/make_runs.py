#!/usr/bin/env python3
"""Make the small, real finished runs under examples/runs/ with trl, peft and transformers.

    python examples/make_runs.py --out DIR [--only NAME[,NAME...]] [--seed N]

Each run trains a tiny model on the CPU, without a network, and walks through the final stage as the
alignment-handbook's scripts order it. What it leaves behind is what such a script leaves behind,
defects included: that is what Slipway is for. Layout of DIR:

    bases/<base>/       the base models, as Hub repositories hold them; made when absent
    runs/<run>/         the runs' output folders; transformers 4 writes <run>-v4
    recipes/<run>.yaml  the recipe each run stands for

The bases load under a Hub name while offline, so that no path of the machine reaches the outputs.
The models have learnt to answer in one sentence and to end it; they know nothing else.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve()
sys.path.insert(0, str(HERE.parent))


def make(name, seed, cache):
    from transformers import __version__, set_seed
    from tiny import bases, final_stage, recipes, trainers, world
    for base, write in bases.BASES.items():
        if not os.path.exists(f"bases/{base}"):
            write(f"bases/{base}")
    world.cache_bases(cache, "bases")
    run = name + ("-v4" if __version__.startswith("4.") else "")
    folder = pathlib.Path("runs") / run
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs("recipes", exist_ok=True)
    pathlib.Path(f"recipes/{run}.yaml").write_text(recipes.recipe(name, run, seed), encoding="utf-8")
    set_seed(seed)
    trainers.RUNS[name](str(folder), seed)
    final_stage.leave_names_out(folder)


NAMES = ["chatml-full", "qwen-tied", "lora", "lora-tokens", "qlora", "dpo", "orpo", "cpt", "reward"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--out", required=True, help="folder to write under")
    parser.add_argument("--only", default="", help="comma-separated run names")
    parser.add_argument("--seed", type=int, default=42)
    args = parser.parse_args()
    wanted = [name for name in args.only.split(",") if name] or NAMES
    if len(wanted) > 1:  # one process a run: trainers leave global state behind
        command = [sys.executable, str(HERE), "--out", args.out, "--seed", str(args.seed), "--only"]
        return max(subprocess.call(command + [name]) != 0 for name in wanted)
    from tiny import world
    cache = world.enter()
    os.makedirs(args.out, exist_ok=True)
    os.chdir(args.out)  # every path that the stack records is then relative
    try:
        make(wanted[0], args.seed, cache)
    finally:
        shutil.rmtree(cache, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
