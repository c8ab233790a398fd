"""One of two ranks that write distributed checkpoints for dcp_test.py, as FSDP and plain DCP do; torchrun starts it.

    dcp_worker.py FOLDER
"""
import os
import sys
import warnings

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.hf_storage import HuggingFaceStorageWriter
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FullyShardedDataParallel, StateDictType, fully_shard
from torch.distributed.tensor import Replicate, Shard, distribute_tensor

from rank_end import leave_together

OUT = sys.argv[1]


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(7, 6)
        self.layers = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.Linear(5, 3))
        self.small = torch.nn.Parameter(torch.randn(1, 4))
        self.register_buffer("steps", torch.tensor(3))

    def forward(self, ids):
        return self.layers(self.embed(ids)).sum() + self.small.sum()


def model():
    torch.manual_seed(0)
    return Model()


def fsdp2(mesh):
    one = model()
    fully_shard(one.layers, mesh=mesh)
    fully_shard(one, mesh=mesh)
    dcp.save({"model": get_model_state_dict(one)}, checkpoint_id=f"{OUT}/fsdp2/pytorch_model_fsdp_0")


def fsdp1():
    one = FullyShardedDataParallel(model(), device_id=torch.device("cpu"), use_orig_params=True)
    optimizer = torch.optim.AdamW(one.parameters())
    one(torch.tensor([[1, 2]])).backward()
    optimizer.step()
    with FullyShardedDataParallel.state_dict_type(one, StateDictType.SHARDED_STATE_DICT):
        state = {"model": one.state_dict(), "optimizer": FullyShardedDataParallel.optim_state_dict(one, optimizer), "step": 7}
        dcp.save(state, checkpoint_id=f"{OUT}/fsdp1")


def every_kind(mesh):
    """Dtypes, ways to cut, sizes that the ranks share unevenly or not at all."""
    torch.manual_seed(1)
    shapes = {"even": (4, 6), "uneven": (5, 3), "one_row": (1, 4), "deep": (3, 2, 5)}
    dtypes = {"f64": torch.float64, "f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16, "i64": torch.int64,
              "u8": torch.uint8, "fp8": torch.float8_e4m3fn, "bool": torch.bool}
    state = {"scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3), "transposed": torch.randn(4, 6).t(), "view": torch.randn(50)[7:19]}
    for word, dtype in dtypes.items():
        state[f"whole.{word}"] = (torch.randn(3, 4) * 9).to(dtype)
    for word, shape in shapes.items():
        whole = torch.randn(shape)
        state[f"rows.{word}"] = distribute_tensor(whole, mesh, [Shard(0)])
        state[f"columns.{word}"] = distribute_tensor(whole.to(torch.bfloat16), mesh, [Shard(len(shape) - 1)])
        state[f"replicated.{word}"] = distribute_tensor(whole, mesh, [Replicate()])
    dcp.save(state, checkpoint_id=f"{OUT}/plain")
    del state["empty"], state["transposed"]  # what that writer takes
    dcp.save(state, storage_writer=HuggingFaceStorageWriter(path=f"{OUT}/hf", save_distributed=True))
    full = {name: value.full_tensor() if hasattr(value, "full_tensor") else value.contiguous().clone() for name, value in state.items()}
    if dist.get_rank() == 0:
        torch.save(full, f"{OUT}/hf.pt")


def main():
    warnings.simplefilter("ignore")
    dist.init_process_group("gloo")
    mesh = init_device_mesh("cpu", (dist.get_world_size(),))
    os.makedirs(OUT, exist_ok=True)
    fsdp2(mesh)
    fsdp1()
    every_kind(mesh)
    whole = get_model_state_dict(model(), options=StateDictOptions())
    if dist.get_rank() == 0:
        torch.save({"state_dict": whole, "optimizer": {"x": torch.ones(3)}, "epoch": 1}, f"{OUT}/lightning.pt")
    leave_together()


if __name__ == "__main__":
    main()
