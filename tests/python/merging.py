"""What the tests of merges beside peft share: an adapter that differs from its base, the program, the comparison.

Import it after ground."""
import json
import os
import pathlib
import shutil
import subprocess

import torch
from safetensors.torch import load_file, save_file

from ground import PROGRAM, WORK


def seeded(module, dtype=torch.bfloat16):
    """A model of that class, always the same one."""
    torch.manual_seed(3)
    model = module()
    with torch.no_grad():
        for value in model.parameters():
            value.copy_(torch.randn(value.shape) * 0.02)
    return model.to(dtype)


def shaken(model):
    """Every trained tensor another one, large enough that no rounding hides it."""
    generator = torch.Generator().manual_seed(11)
    for name, value in model.named_parameters():
        if not value.requires_grad:
            continue
        scale = 0.02 if "lora_A" in name or "embedding_A" in name else 0.3
        with torch.no_grad():
            noise = torch.randn(value.shape, generator=generator)
            if "magnitude" in name:
                value.mul_((1 + 0.3 * noise).to(value.dtype))
            else:
                value.copy_((scale * noise).to(value.dtype))


def merge(adapter, base, *flags, environment=None):
    out = WORK / "merged"
    shutil.rmtree(out, ignore_errors=True)
    done = subprocess.run([PROGRAM, "save", str(adapter), "--out", str(out), "--merge", "--base", str(base), "-q", *flags],
                          capture_output=True, text=True, check=False, env={**os.environ, **(environment or {})})
    assert done.returncode == 0, done.stdout + done.stderr
    tensors = {}
    for file in sorted(out.glob("*.safetensors")):
        tensors.update(load_file(file))
    return tensors


def ordered(value):
    """16-bit floats as integers in the order of their values."""
    bits = value.view(torch.int16).to(torch.int32)
    return torch.where(bits < 0, -32768 - bits, bits)


def wrong(ours, theirs):
    """Elements that are neither one unit in the last place nor 2^-20 of their row's largest apart."""
    rows = [t.float().reshape(t.shape[0] if t.dim() > 1 else 1, -1) for t in (ours, theirs)]
    good = (rows[0] - rows[1]).abs() <= 2.0 ** -20 * rows[1].abs().amax(dim=1, keepdim=True)
    if theirs.dtype in (torch.bfloat16, torch.float16):
        good = good | ((ordered(ours) - ordered(theirs)).abs() <= 1).reshape(good.shape)
    return int((~good).sum())


def refused(adapter, base, exit_code, *words):
    """What the program says, with what it was doing. `exit_code` None: 1 or 5."""
    out = WORK / "refused"
    done = subprocess.run([PROGRAM, "save", str(adapter), "--out", str(out), "--merge", "--base", str(base), "--json"],
                          capture_output=True, text=True, check=False)
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["exit_code"] == done.returncode and done.returncode in ((1, 5) if exit_code is None else (exit_code,)), said
    for word in words:
        assert word in said["error"]["message"], said["error"]["message"]
    assert not out.exists() and not pathlib.Path(f"{out}.partial").exists()
    return f"{said['error'].get('context', '')}: {said['error']['message']}"


def edited(adapter, name, change=None, **fields):
    """A copy of an adapter with other tensors, or other fields of its config."""
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(adapter, folder, ignore=shutil.ignore_patterns(".cache"))
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**config, **fields}))
    if change:
        tensors = load_file(folder / "adapter_model.safetensors")
        change(tensors)
        save_file(tensors, folder / "adapter_model.safetensors", {"format": "pt"})
    return folder
