#!/usr/bin/env python3
"""`slipway save` beside save_pretrained, in one run, on the same tensors.

    save_bench.py PROGRAM [--gb N] [--times N] [--where DIR]   (run by the Python of the oracles' venv)

Four rows: the peer's write alone (save_pretrained of a bf16 Llama that it holds in memory); the same until its files
are as durable as ours (fsync); the peer's same job (a process that loads the folder and saves it again); ours, a whole
process that reads the folder, looks for NaN, writes, syncs and reads back. In turn, each after everything written before
has reached the disk; on a memory disk unless --where says otherwise; medians. Bound of ours: one copy in, one copy out,
one copy back, a gigabyte each.
"""
import argparse
import gc
import hashlib
import os
import pathlib
import shutil
import sys
import tempfile
import time

from watched import fill_page_cache, show_medians, watched

PARSER = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
PARSER.add_argument("program")
PARSER.add_argument("--gb", type=float, default=2.0)
PARSER.add_argument("--times", type=int, default=3)
PARSER.add_argument("--where", default="/dev/shm", help="folder to work in")
ARGS = PARSER.parse_args()
PROGRAM = str(pathlib.Path(ARGS.program).resolve())
SHARD = "1GB"


def make_model(gigabytes):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.set_default_dtype(torch.bfloat16)
    hidden, layer = 2048, 2 * (4 * 2048 * 2048 + 3 * 2048 * 5632)
    layers = max(1, int(gigabytes * 1e9 / layer))
    config = LlamaConfig(hidden_size=hidden, intermediate_size=5632, num_hidden_layers=layers, num_attention_heads=16,
                         num_key_value_heads=16, vocab_size=8192, tie_word_embeddings=False)
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
    model = model.to_empty(device="cpu")
    for parameter in model.parameters():
        parameter.data.view(torch.int16).random_(0, 0x3F00)
    return model


def tensors(folder):
    """Every tensor's dtype, shape and digest. The shards themselves differ: a folder does not tell in which order the
    model's own state dict held its tensors, so ours are cut in the natural order of names."""
    import torch
    from safetensors import safe_open

    found = {}
    for path in folder.glob("*.safetensors"):
        with safe_open(path, "pt") as file:
            for name in file.keys():
                value = file.get_tensor(name)
                digest = hashlib.sha256(value.contiguous().flatten().view(torch.uint8).numpy()).hexdigest()
                found[name] = (str(value.dtype), tuple(value.shape), digest)
    return found


RELOAD = """
import sys, torch
from transformers import AutoModelForCausalLM
AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype="auto").save_pretrained(sys.argv[2], max_shard_size=sys.argv[3])
"""


def cleared(folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.sync()


def peers_write(model, folder):
    """What save_pretrained costs, and what it costs with its files synced: (wall, CPU, memory) each."""
    gc.collect()
    before, begin = os.times(), time.perf_counter()

    def cost():
        now = os.times()
        return time.perf_counter() - begin, now.user + now.system - before.user - before.system, 0

    model.save_pretrained(folder, max_shard_size=SHARD)
    written = cost()
    for path in folder.iterdir():
        with open(path, "rb") as file:
            os.fsync(file.fileno())
    return written, cost()


def whole_process(command):
    cost = watched(command)
    return cost.wall, cost.cpu, cost.memory_bytes


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="slipway-save-", dir=ARGS.where))
    rows = {"save_pretrained's write alone": [], "save_pretrained's write, synced": [],
            "load and save_pretrained, whole process": [], "slipway save, whole process": []}
    write, synced, reload, ours = rows.values()
    model = make_model(ARGS.gb)
    peer, again, out = (work / name for name in ("peer", "again", "ours"))
    try:
        for _ in range(ARGS.times):
            cleared(peer)
            fill_page_cache(work)
            for row, cost in zip((write, synced), peers_write(model, peer)):
                row.append(cost)
            cleared(out)
            fill_page_cache(work, peer)
            ours.append(whole_process([PROGRAM, "save", str(peer), "--out", str(out), "--max-shard-size", SHARD,
                                            "--no-progress", "-q"]))
            cleared(again)
            fill_page_cache(work, peer)
            reload.append(whole_process([sys.executable, "-c", RELOAD, str(peer), str(again), SHARD]))
        size = sum(f.stat().st_size for f in peer.glob("*.safetensors"))
        same = tensors(out) == tensors(peer)
        show_medians(rows, size)
        print(f"tensors bit-equal: {same}")
    finally:
        shutil.rmtree(work)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
