#!/usr/bin/env python3
"""`slipway save --merge` beside merge_and_unload and save_pretrained, in one run, on the same adapter and base.

    merge_bench.py PROGRAM [--gb N] [--rank N] [--times N] [--where DIR] [--ours-alone]   (run by the Python of the oracles' venv)

A bf16 Llama of N GB and an adapter of rank 64 on all of its linear layers, on a disk. Rows: peft's merge and save alone,
timed inside of a process that has loaded both; that whole process; ours, a whole process that reads both, merges, looks
for NaN, writes, syncs and reads back. In turn; medians. Every merged number is compared: at most one unit in the last
place apart. --ours-alone leaves the peer out, for sizes that would not fit its memory.
"""
import argparse
import json
import pathlib
import shutil
import sys
import tempfile

from watched import fill_page_cache, plain_write, show_medians, watched

PARSER = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
PARSER.add_argument("program")
PARSER.add_argument("--gb", type=float, default=2.0)
PARSER.add_argument("--rank", type=int, default=64)
PARSER.add_argument("--times", type=int, default=3)
PARSER.add_argument("--where", default=tempfile.gettempdir(), help="folder to work in")
PARSER.add_argument("--ours-alone", action="store_true")
ARGS = PARSER.parse_args()
PROGRAM = str(pathlib.Path(ARGS.program).resolve())
SHARD = "1GB"

MAKE = """
import sys, torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM
torch.set_default_dtype(torch.bfloat16)
where, gigabytes, rank = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
hidden, layer = 2048, 2 * (4 * 2048 * 2048 + 3 * 2048 * 5632)
config = LlamaConfig(hidden_size=hidden, intermediate_size=5632, num_hidden_layers=max(1, int(gigabytes * 1e9 / layer)),
                     num_attention_heads=16, num_key_value_heads=16, vocab_size=8192, tie_word_embeddings=False)
model = LlamaForCausalLM(config)
model.save_pretrained(where + "/base")
lora = get_peft_model(model, LoraConfig(r=rank, lora_alpha=rank, target_modules="all-linear", task_type="CAUSAL_LM"))
for name, value in lora.named_parameters():
    if "lora_B" in name:
        torch.nn.init.normal_(value.data, std=0.05)
lora.save_pretrained(where + "/adapter")
"""

PEER = """
import json, os, sys, time
from peft import PeftModel
from transformers import AutoModelForCausalLM
base = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype="auto")
lora = PeftModel.from_pretrained(base, sys.argv[2])
before, begin = os.times(), time.perf_counter()
lora.merge_and_unload().save_pretrained(sys.argv[3], max_shard_size=sys.argv[4])
after = os.times()
print(json.dumps([time.perf_counter() - begin, after.user + after.system - before.user - before.system]))
"""


def ordered(value):
    import torch

    bits = value.view(torch.int16).to(torch.int32)
    return torch.where(bits < 0, -32768 - bits, bits)


def compare(ours, theirs):
    """Tensors, elements, elements that differ, elements that are more than one unit in the last place apart."""
    from safetensors import safe_open

    def places(folder):
        found = {}
        for path in folder.glob("*.safetensors"):
            with safe_open(path, "pt") as file:
                found.update({name: path for name in file.keys()})
        return found

    here, there = places(ours), places(theirs)
    assert set(here) == set(there)
    total = differ = far = 0
    for name, path in here.items():
        with safe_open(path, "pt") as a, safe_open(there[name], "pt") as b:
            apart = (ordered(a.get_tensor(name)) - ordered(b.get_tensor(name))).abs()
        total, differ, far = total + apart.numel(), differ + int((apart > 0).sum()), far + int((apart > 1).sum())
    return len(here), total, differ, far


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="slipway-merge-", dir=ARGS.where))
    rows = {"merge_and_unload and save_pretrained alone": [], "the whole process of these": [],
            "a plain write of as much": [], "slipway save --merge, whole process": []}
    alone, whole, plain, ours = rows.values()
    base, adapter, peer, out = (work / name for name in ("base", "adapter", "peer", "ours"))
    try:
        watched([sys.executable, "-c", MAKE, str(work), str(ARGS.gb), str(ARGS.rank)])
        size = sum(f.stat().st_size for f in base.glob("*.safetensors"))
        for _ in range(ARGS.times):
            shutil.rmtree(out, ignore_errors=True)
            plain.append(plain_write(work, size))
            fill_page_cache(work, base)
            cost = watched([PROGRAM, "save", str(adapter), "--out", str(out), "--merge", "--base", str(base),
                            "--max-shard-size", SHARD, "--no-progress", "-q"])
            ours.append((cost.wall, cost.cpu, cost.memory_bytes))
            if ARGS.ours_alone:
                continue
            shutil.rmtree(peer, ignore_errors=True)
            fill_page_cache(work, base)
            cost = watched([sys.executable, "-c", PEER, str(base), str(adapter), str(peer), SHARD])
            whole.append((cost.wall, cost.cpu, cost.memory_bytes))
            alone.append((*json.loads(cost.out.splitlines()[-1]), cost.memory_bytes))
        medians = show_medians(rows, size)
        if ARGS.ours_alone:
            return 0
        least, most, _, mine = medians.values()
        print(f"ours is {least / mine:.1f} times as fast as the merge and save alone, {most / mine:.1f} times as the process")
        tensors, total, differ, far = compare(out, peer)
        print(f"{tensors} tensors: {differ} of {total} numbers differ, {far} by more than one unit in the last place")
    finally:
        shutil.rmtree(work)
    return 0 if far <= total * 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main())
