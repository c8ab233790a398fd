"""One rank of a real DeepSpeed training on the CPU: zero_worker.py RANK WORLD STAGE KIND MEET OUT. Saves a checkpoint into OUT.

MEET: the file at which the ranks find each other (a port could be taken by another before they listen).
KIND: bf16 | fp32 | masters (bf16 with gradients in 32 bits, DeepSpeed's BF16_Optimizer) | robin (gradients dealt out in turns).
"""
import os
import sys

rank, world, stage, kind, meet, out = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:7]
os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(world), MASTER_ADDR="127.0.0.1", MASTER_PORT="29500",
                  DS_ACCELERATOR="cpu", OMP_NUM_THREADS="1")

import deepspeed  # noqa: E402
import torch  # noqa: E402
from rank_end import leave_together  # noqa: E402

# Or it compiles a kernel whose ranks spin on each other in shared memory; gloo alone does.
deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False


class Net(torch.nn.Module):
    """Tied embeddings, a frozen layer, a parameter of one element, buffers; nothing divides evenly."""

    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(13, 7)
        self.up = torch.nn.Linear(7, 11)
        self.frozen = torch.nn.Linear(11, 5)
        self.norm = torch.nn.LayerNorm(5)
        self.back = torch.nn.Linear(5, 7, bias=False)
        self.head = torch.nn.Linear(7, 13, bias=False)
        self.head.weight = self.embed.weight
        self.gain = torch.nn.Parameter(torch.ones(1))
        self.register_buffer("steps", torch.arange(3))
        self.register_buffer("scale", torch.full((2,), 0.3))
        for parameter in self.frozen.parameters():
            parameter.requires_grad_(False)

    def forward(self, ids):
        return self.head(self.back(self.norm(self.frozen(self.up(self.embed(ids))))) * self.gain).float().pow(2).mean()


def main():
    deepspeed.init_distributed(dist_backend="gloo", init_method=f"file://{meet}", rank=rank, world_size=world)
    torch.manual_seed(0)
    net = Net()
    trained = [parameter for parameter in net.parameters() if parameter.requires_grad]
    groups = [{"params": [p for p in trained if p.ndim > 1], "weight_decay": 0.1},
              {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0}]
    config = {"train_micro_batch_size_per_gpu": 1, "zero_allow_untested_optimizer": True,
              "zero_force_ds_cpu_optimizer": False, "bf16": {"enabled": kind != "fp32"},
              "zero_optimization": {"stage": stage, "round_robin_gradients": kind == "robin"}}
    if stage == 3:
        config["zero_optimization"]["sub_group_size"] = 60  # more than one vector a rank
    if kind == "masters":
        config["data_types"] = {"grad_accum_dtype": "fp32"}
    engine = deepspeed.initialize(model=net, optimizer=torch.optim.AdamW(groups, lr=1e-2), config=config)[0]
    torch.manual_seed(rank)
    for _ in range(3):
        engine.backward(engine(torch.randint(0, 13, (4, 6))))
        engine.step()
    engine.save_checkpoint(out)
    leave_together()


main()
