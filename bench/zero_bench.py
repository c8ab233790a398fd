#!/usr/bin/env python3
"""`slipway save` of a ZeRO-3 checkpoint beside DeepSpeed's zero_to_fp32, in one run, on the same tensors.

    zero_bench.py PROGRAM [--gb N] [--times N] [--where DIR] [--ours-alone]   (run by the Python of `scripts/oracles.sh deepspeed`)

The checkpoint: a Llama whose float32 masters have N GB, cut for two ranks as stage 3 cuts them, written by torch.save under DeepSpeed's
names and keys, without the optimizer's moments, which neither side reads. The peer: convert_zero_checkpoint_to_fp32_state_dict with
safe_serialization, a whole process. Ours: one process that also looks for NaN, syncs and reads back. Medians; tensors are compared bit
for bit. --ours-alone leaves the peer out, for sizes that would not fit its memory.
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
PARSER.add_argument("--ours-alone", action="store_true")
ARGS = PARSER.parse_args()
PROGRAM = str(pathlib.Path(ARGS.program).resolve())
MAKE = """
import pathlib, sys, torch
from collections import OrderedDict
step = pathlib.Path(sys.argv[1]) / "global_step1"
step.mkdir(parents=True)
(step.parent / "latest").write_text("global_step1")
(step.parent / "config.json").write_text('{"model_type": "olmo", "architectures": ["OlmoForCausalLM"]}')
hidden, wide, rows = 2048, 5632, 8192
layer = {"self_attn.q_proj": (hidden, hidden), "self_attn.k_proj": (hidden, hidden), "self_attn.v_proj": (hidden, hidden),
         "self_attn.o_proj": (hidden, hidden), "mlp.gate_proj": (wide, hidden), "mlp.up_proj": (wide, hidden), "mlp.down_proj": (hidden, wide)}
layers = max(1, round(float(sys.argv[2]) * 1e9 / 4 / sum(a * b for a, b in layer.values())))
shapes = OrderedDict((f"model.layers.{i}.{name}.weight", torch.Size(shape)) for i in range(layers) for name, shape in layer.items())
shapes |= {"model.embed_tokens.weight": torch.Size((rows, hidden)), "lm_head.weight": torch.Size((rows, hidden))}
stubs = OrderedDict((name, torch.empty(0, dtype=torch.bfloat16)) for name in shapes)
elements = sum(shape.numel() for shape in shapes.values()) // 2
for rank in (0, 1):
    flat = torch.empty(elements)
    flat.view(torch.int32).random_(0, 0x3F000000)
    torch.save({"module": stubs, "buffer_names": [], "param_shapes": [shapes], "frozen_param_shapes": None, "frozen_param_fragments": None,
                "shared_params": {}, "ds_version": "0.19.6"}, step / f"zero_pp_rank_{rank}_mp_rank_00_model_states.pt")
    torch.save({"optimizer_state_dict": {"zero_stage": 3, "partition_count": 2, "fp32_flat_groups": [flat]}},
               step / f"bf16_zero_pp_rank_{rank}_mp_rank_00_optim_states.pt")
"""
CONVERT = """
import sys
from deepspeed.utils.zero_to_fp32 import convert_zero_checkpoint_to_fp32_state_dict
convert_zero_checkpoint_to_fp32_state_dict(sys.argv[1], sys.argv[2], safe_serialization=True)
"""


def cost_of(command, out):
    shutil.rmtree(out, ignore_errors=True)
    cost = watched(list(map(str, command)))
    return cost.wall, cost.cpu, cost.memory_bytes


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="slipway-zero-", dir=ARGS.where))
    source, out, stock = work / "run", work / "ours", work / "stock"
    rows = {"zero_to_fp32": [], "a plain write of as much": [], "slipway save": []}
    stocks, plain, ours = rows.values()
    try:
        watched([sys.executable, "-c", MAKE, str(source), str(ARGS.gb)])
        size = sum(file.stat().st_size for file in source.glob("*/*_optim_states.pt"))
        for _ in range(ARGS.times):
            shutil.rmtree(out, ignore_errors=True)
            plain.append(plain_write(work, size))
            fill_page_cache(work, source)
            if not ARGS.ours_alone:
                stocks.append(cost_of([sys.executable, "-c", CONVERT, source, stock], stock))
                fill_page_cache(work, source)
            ours.append(cost_of([PROGRAM, "save", source, "--out", out, "--dtype", "keep", "--no-progress", "-q"], out))
        show_medians(rows, size)
        same = ARGS.ours_alone or tensor_digests(out) == tensor_digests(stock)
        if not ARGS.ours_alone:
            print(f"tensors bit-equal: {same}")
    finally:
        shutil.rmtree(work)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
