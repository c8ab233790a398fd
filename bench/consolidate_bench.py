#!/usr/bin/env python3
"""`slipway save` of a distributed checkpoint beside the stock tools, in one run, on the same tensors.

    consolidate_bench.py PROGRAM [--gb N] [--times N] [--where DIR]   (run by the Python of the oracles' venv)

The checkpoint: float32 weights of a Llama, cut by rows for two ranks, as FSDP's SHARDED_STATE_DICT leaves them; both ranks' items are
written by one process through torch's own storage writer. Peers: dcp_to_torch_save, then a process that loads the result and saves it as
safetensors (what there is for any model); accelerate's merge_fsdp_weights. Ours: one process that also looks for NaN, syncs and reads back.
Medians; tensors are compared bit for bit.
"""
import argparse
import pathlib
import shutil
import sys
import tempfile

from watched import fill_page_cache, plain_write, show_medians, tensor_digests, watched

PARSER = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
PARSER.add_argument("program")
PARSER.add_argument("--gb", type=float, default=2.0)
PARSER.add_argument("--times", type=int, default=3)
PARSER.add_argument("--where", default=None, help="folder to work in (the system's for temporary files)")
PARSER.add_argument("--ours-alone", action="store_true", help="for sizes that would not fit the peers' memory")
ARGS = PARSER.parse_args()
PROGRAM = str(pathlib.Path(ARGS.program).resolve())
MAKE = """
import os, sys, torch, torch.distributed as dist, torch.distributed.checkpoint as dcp
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor, Shard
dist.init_process_group("gloo")
mesh, rank = init_device_mesh("cpu", (2,)), dist.get_rank()
hidden, wide, rows = 2048, 5632, 8192
layer = {"self_attn.q_proj": (hidden, hidden), "self_attn.k_proj": (hidden, hidden), "self_attn.v_proj": (hidden, hidden),
         "self_attn.o_proj": (hidden, hidden), "mlp.gate_proj": (wide, hidden), "mlp.up_proj": (wide, hidden), "mlp.down_proj": (hidden, wide)}
layers = max(1, round(float(sys.argv[2]) * 1e9 / 4 / sum(a * b for a, b in layer.values())))
shapes = {f"model.layers.{i}.{name}.weight": shape for i in range(layers) for name, shape in layer.items()}
shapes |= {"model.embed_tokens.weight": (rows, hidden), "lm_head.weight": (rows, hidden)}
def local(shape):
    part = torch.empty(shape[0] // 2, shape[1])
    part.view(torch.int32).random_(0, 0x3F000000)
    return part
state = {name: DTensor.from_local(local(shape), mesh, [Shard(0)], run_check=False) for name, shape in shapes.items()}
dcp.save({"model": state}, checkpoint_id=sys.argv[1])
dist.barrier()
os._exit(0)
"""
CONVERT = """
import sys
from torch.distributed.checkpoint.format_utils import dcp_to_torch_save
dcp_to_torch_save(sys.argv[1], sys.argv[2])
"""
RESAVE = """
import sys, torch
from safetensors.torch import save_file
state = torch.load(sys.argv[1], weights_only=True, mmap=True)["model"]
save_file({name: value.contiguous() for name, value in state.items()}, sys.argv[2], metadata={"format": "pt"})
"""
MERGE = """
import sys
from accelerate.utils.fsdp_utils import merge_fsdp_weights
merge_fsdp_weights(sys.argv[1], sys.argv[2])
"""


def python(script, *words):
    cost = watched([sys.executable, "-c", script, *map(str, words)])
    return cost.wall, cost.cpu, cost.memory_bytes


def both_steps(source, whole, out):
    steps = [python(CONVERT, source, whole), python(RESAVE, whole, out)]
    whole.unlink()
    return sum(one[0] for one in steps), sum(one[1] for one in steps), max(one[2] for one in steps)


def ours(source, out):
    shutil.rmtree(out, ignore_errors=True)
    cost = watched([PROGRAM, "save", str(source), "--out", str(out), "--dtype", "keep", "--no-progress", "-q"])
    return cost.wall, cost.cpu, cost.memory_bytes


def make(work):
    script = work / "make.py"
    script.write_text(MAKE)
    torchrun = pathlib.Path(sys.executable).with_name("torchrun")
    watched([torchrun, "--standalone", "--nproc-per-node", "2", script, work / "run/pytorch_model_fsdp_0", str(ARGS.gb)])
    return work / "run/pytorch_model_fsdp_0"


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="slipway-consolidate-", dir=ARGS.where))
    rows = {"dcp_to_torch_save, then safetensors": [], "accelerate merge-weights": [], "a plain write of as much": [], "slipway save": []}
    two, merged, plain, own = rows.values()
    try:
        source = make(work)
        size = sum(file.stat().st_size for file in source.glob("*.distcp"))
        for _ in range(ARGS.times):
            shutil.rmtree(work / "ours", ignore_errors=True)
            plain.append(plain_write(work, size))
            fill_page_cache(work, source)
            own.append(ours(work / "run", work / "ours"))
            if ARGS.ours_alone:
                continue
            fill_page_cache(work, source)
            two.append(both_steps(source, work / "whole.pt", work / "stock.safetensors"))
            shutil.rmtree(work / "merged", ignore_errors=True)
            fill_page_cache(work, source)
            merged.append(python(MERGE, source, work / "merged"))
        show_medians(rows, size)
        if ARGS.ours_alone:
            return 0
        same = tensor_digests(work / "ours") == tensor_digests(work / "stock.safetensors") == tensor_digests(work / "merged")
        print(f"tensors bit-equal: {same}")
    finally:
        shutil.rmtree(work)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
