"""One of two ranks of a training under DeepSpeed ZeRO-3 on the CPU, with the settings of the alignment-handbook's deepspeed_zero3.yaml.

    zero_training_worker.py RANK FOLDER SAVE_16BIT   (the last: zero3_save_16bit_model, true | false)

A FOLDER that ends in "stage-2" is trained under ZeRO-2.

trl's SFTTrainer, transformers, accelerate and DeepSpeed are the real ones. What is bent here: accelerate gives CPU ranks no backend,
so it is told gloo; DeepSpeed's own kernel for shared memory stays off; and its collectives are waited for at once, because on gloo
it waits for some of them too late and then trains on weights that are not there yet.
"""
import functools
import os
import sys

RANK, FOLDER, SAVE_16BIT = sys.argv[1:4]
STAGE = "2" if FOLDER.endswith("stage-2") else "3"
# What `accelerate launch` makes of that file.
os.environ.update(RANK=RANK, LOCAL_RANK=RANK, WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT="1", OMP_NUM_THREADS="1",
                  DS_ACCELERATOR="cpu", ACCELERATE_TORCH_DEVICE="cpu", ACCELERATE_USE_DEEPSPEED="true",
                  ACCELERATE_MIXED_PRECISION="bf16", ACCELERATE_DEEPSPEED_ZERO_STAGE=STAGE,
                  ACCELERATE_DEEPSPEED_ZERO3_INIT=str(STAGE == "3").lower(),
                  ACCELERATE_DEEPSPEED_ZERO3_SAVE_16BIT_MODEL=SAVE_16BIT, ACCELERATE_DEEPSPEED_OFFLOAD_OPTIMIZER_DEVICE="none",
                  ACCELERATE_DEEPSPEED_OFFLOAD_PARAM_DEVICE="none", TRANSFORMERS_VERBOSITY="error")

import torch.distributed as dist  # noqa: E402
import torch.distributed.distributed_c10d as c10d  # noqa: E402

COLLECTIVES = ("all_gather_into_tensor", "all_gather", "all_reduce", "broadcast", "reduce", "reduce_scatter_tensor")


def waited_for(collective):
    @functools.wraps(collective)
    def call(*words, **more):
        work = collective(*words, **more)
        if work is not None:
            work.wait()
        return work
    return call


for name in COLLECTIVES:  # before DeepSpeed keeps any of them
    once = waited_for(getattr(c10d, name))
    setattr(c10d, name, once)
    setattr(dist, name, once)

import deepspeed  # noqa: E402
import deepspeed.ops  # noqa: E402
import tiny_trainings  # noqa: E402
from dcp_training_worker import STEPS, handbook_ending  # noqa: E402
from rank_end import leave_together  # noqa: E402

deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False


def pass_cpus_off_as_accelerators():
    import accelerate.state
    import transformers.training_args
    real = accelerate.state.PartialState._prepare_backend
    accelerate.state.PartialState._prepare_backend = lambda self, *words, **more: ("gloo", real(self, *words, **more)[1])
    transformers.training_args.is_torch_bf16_gpu_available = lambda: True


def main():
    from tiny import trainers
    tiny_trainings.quiet()
    pass_cpus_off_as_accelerators()
    deepspeed.init_distributed(dist_backend="gloo", auto_mpi_discovery=False, init_method=f"file://{os.path.abspath(FOLDER)}.meet",
                               rank=int(RANK), world_size=2)
    peft = trainers.adapter(r=4) if FOLDER.startswith("adapter") else None
    trainer = tiny_trainings.sft(FOLDER, peft=peft, max_steps=STEPS, save_strategy="steps", save_steps=1, bf16=True, use_cpu=False)
    trainer.train()
    handbook_ending(trainer)
    leave_together()


main()
