"""Runs as trainings leave them: one model, in every format that torch, FSDP and DeepSpeed write, and in checkpoints alone."""
import json
import shutil

import torch
import torch.distributed.checkpoint as dcp
from safetensors.torch import load_file, save_file

RANKS = 2
SHARDS = 2


def state_of(folder):
    """All tensors of the safetensors in a folder, by name."""
    return {name: tensor for path in sorted(folder.glob("*.safetensors")) for name, tensor in load_file(path).items()}


def small_files(source, folder):
    """The folder of a run, with everything but its weights."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        if path.is_file() and not path.name.startswith(("model", "adapter_model")):
            shutil.copy(path, folder)
    return folder


def safetensors(folder, state):
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})


def pickled(folder, state):
    torch.save(state, folder / "pytorch_model.bin")


def stream(folder, state):
    torch.save(state, folder / "pytorch_model.bin", _use_new_zipfile_serialization=False)


def sharded(folder, state):
    names, weight_map = list(state), {}
    for number in range(SHARDS):
        file = f"pytorch_model-{number + 1:05}-of-{SHARDS:05}.bin"
        part = names[number::SHARDS]
        torch.save({name: state[name] for name in part}, folder / file)
        weight_map |= dict.fromkeys(part, file)
    total = sum(tensor.numel() * tensor.element_size() for tensor in state.values())
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {"total_size": total}, "weight_map": weight_map}))


def fsdp(folder, state):
    """As accelerate's SHARDED_STATE_DICT."""
    dcp.save({"model": state}, checkpoint_id=folder / "pytorch_model_fsdp_0", no_dist=True)


def padded_parts(tensor):
    flat = tensor.float().reshape(-1)
    size = -(-flat.numel() // RANKS)
    return torch.nn.functional.pad(flat, (0, size * RANKS - flat.numel())).split(size)


def zero3(folder, state):
    """As DeepSpeed's stage 3 on two ranks: placeholders in the model states, the values cut over the ranks in 32 bits."""
    step = folder / "global_step7"
    step.mkdir(parents=True)
    (folder / "latest").write_text("global_step7")
    shapes = {name: tensor.shape for name, tensor in state.items()}
    parts = [padded_parts(tensor) for tensor in state.values()]
    for rank in range(RANKS):
        module = {name: torch.empty(0, dtype=tensor.dtype) for name, tensor in state.items()}
        torch.save({"module": module, "buffer_names": [], "param_shapes": [shapes], "frozen_param_shapes": None,
                    "frozen_param_fragments": None, "shared_params": {}, "ds_version": "0.19.6", "mp_world_size": 1, "dp_world_size": RANKS},
                   step / f"zero_pp_rank_{rank}_mp_rank_00_model_states.pt")
        optimizer = {"zero_stage": 3, "partition_count": RANKS, "fp32_flat_groups": [torch.cat([part[rank] for part in parts])]}
        torch.save({"optimizer_state_dict": optimizer, "ds_version": "0.19.6"},
                   step / f"bf16_zero_pp_rank_{rank}_mp_rank_00_optim_states.pt")


def zero2(folder, state, masters=None):
    """As stage 2: the model whole in 16 bits, the optimizer's weights in one vector that is cut over the ranks."""
    step = folder / "global_step7"
    step.mkdir(parents=True)
    (folder / "latest").write_text("global_step7")
    torch.save({"module": state, "buffer_names": [], "param_shapes": [{name: tensor.shape for name, tensor in state.items()}],
                "shared_params": {}, "ds_version": "0.19.6", "mp_world_size": 1, "dp_world_size": RANKS}, step / "mp_rank_00_model_states.pt")
    flat = torch.cat([tensor.float().reshape(-1) for tensor in (masters or state).values()])
    size = -(-flat.numel() // (2 * RANKS)) * 2
    for rank in range(RANKS):
        optimizer = {"zero_stage": 2, "partition_count": [RANKS], "single_partition_of_fp32_groups": [flat[rank * size:(rank + 1) * size].clone()]}
        torch.save({"optimizer_state_dict": optimizer}, step / f"bf16_zero_pp_rank_{rank}_mp_rank_00_optim_states.pt")


WRITERS = {"safetensors": safetensors, "bin": pickled, "stream": stream, "sharded": sharded, "fsdp": fsdp, "zero2": zero2, "zero3": zero3}


def checkpoint(run, step, source, write, small=True):
    """checkpoint-N of a run as the Trainer saves it; FSDP and ZeRO-3 save no config there."""
    folder = run / f"checkpoint-{step}"
    if small:
        small_files(source, folder)
    folder.mkdir(exist_ok=True)
    write(folder, state_of(source))
    (folder / "trainer_state.json").write_text(json.dumps({"global_step": step, "log_history": []}))
    return folder


def accelerate_states(source, run, names):
    """States as accelerate saves them beside a run's small files: under its own automatic names, or those that a script gives."""
    from accelerate import Accelerator
    from accelerate.utils import ProjectConfiguration
    from transformers import AutoModelForCausalLM
    small_files(source, run)
    accelerator = Accelerator(cpu=True, project_config=ProjectConfiguration(project_dir=str(run), automatic_checkpoint_naming=not names[0]))
    accelerator.prepare(AutoModelForCausalLM.from_pretrained(source))
    for name in names:
        accelerator.save_state(run / name if name else None)


def name_best(run, step):
    """As the Trainer writes it at the end of a run whose folder was elsewhere."""
    path = run / "trainer_state.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"best_model_checkpoint": f"/elsewhere/out/checkpoint-{step}"}))


def adapter_pickled(source, folder):
    """An adapter as peft saves it with safe_serialization=False."""
    small_files(source, folder)
    torch.save(state_of(source), folder / "adapter_model.bin")
    return folder
