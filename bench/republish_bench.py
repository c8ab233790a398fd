#!/usr/bin/env python3
"""What a release costs when only its small files changed: requests, bytes and seconds for a model of 140 GB.

    bench/republish_bench.py PROGRAM [--gb N]

The shards are files with holes, in memory; their objects are put into the embedded Hub's store beforehand, as a first publish would have
left them. Then the release is published, a metric is added, and it is published again. Bound: under 2 s, kilobytes read and sent.
Bytes read are rchar of /proc; bytes sent are what the Hub recorded of the bodies.
"""
import argparse
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

from watched import watched

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/python"))
from stored import store_object  # noqa: E402

PARSER = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
PARSER.add_argument("program")
PARSER.add_argument("--gb", type=int, default=140)
ARGS = PARSER.parse_args()
ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = str(pathlib.Path(ARGS.program).resolve())
SHARD_BYTES, ROW = 5_000_000_000, 8192


def write_shard(path, name):
    rows = SHARD_BYTES // (2 * ROW)
    header = json.dumps({"__metadata__": {"format": "pt"},
                         name: {"dtype": "BF16", "shape": [rows, ROW], "data_offsets": [0, rows * ROW * 2]}}).encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(header)) + header)
        out.truncate(8 + len(header) + rows * ROW * 2)


def write_run(folder, shards):
    shutil.copytree(ROOT / "examples/runs/chatml-full", folder)
    for old in folder.glob("model*"):
        old.unlink()
    where = {}
    for number in range(shards):
        file = f"model-{number + 1:05}-of-{shards:05}.safetensors"
        where[f"model.layers.{number}.weight"] = file
        write_shard(folder / file, f"model.layers.{number}.weight")
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": shards * SHARD_BYTES}, "weight_map": where}))


def last_line(cost):
    return json.loads(cost.out.splitlines()[-1])


def store_objects(folder, files, hub):
    """The shards, with their holes, where the Hub keeps an object of that digest."""
    for row in files:
        if row["path"].endswith(".safetensors"):
            store_object(hub, folder / row["path"], row["sha256"])


def main():
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="slipway-bench-") as name:
        work = pathlib.Path(name)
        run, log = work / "run", work / "requests"
        write_run(run, max(1, ARGS.gb * 1_000_000_000 // SHARD_BYTES))
        server = subprocess.Popen([PROGRAM, "hub", "serve", "--root", work / "hub", "--port", "0", "--json", "--record", log],
                                  stdout=subprocess.PIPE, text=True)
        try:
            env = {**os.environ, "HF_ENDPOINT": json.loads(server.stdout.readline())["endpoint"]}
            command = [PROGRAM, "publish", run, "--to", "me/large", "--json", "-q"]
            prepared = watched([*command, "--no-push"], env)
            store_objects(run, last_line(prepared)["files"], work / "hub")
            planned = last_line(watched([*command, "--dry-run"], env))
            assert planned["ok"], planned
            first = watched(command, env)
            assert last_line(first)["bytes"]["sent"] < 1_000_000, "the Hub was to have the shards already"
            (run / "eval_results.json").write_text('{"eval_loss": 0.25}')
            before = len(log.read_text().splitlines())
            again = watched(command, env)
            sent = [json.loads(line) for line in log.read_text().splitlines()[before:]]
        finally:
            server.terminate()
            server.wait()
    for title, cost in (("prepared, every byte read", prepared), ("first publish", first), ("republish, a metric added", again)):
        result = last_line(cost)
        print(f"{title:28} {cost.wall:8.2f} s {cost.cpu:8.2f} s CPU  read {cost.read_bytes:,} bytes  changed {result['changed']}")
    print(f"the republish made {len(sent)} requests with {sum(row['body_bytes'] for row in sent):,} bytes of body; "
          f"{last_line(again)['bytes']['already_there']:,} bytes were there")


if __name__ == "__main__":
    main()
