"""A base with one layer of each kind that peft merges, wide enough that a wrong formula shows; adapters of it; peft's own merge.

Import it after ground."""
import dataclasses
import json
import re
import shutil

import peft
import torch
import transformers
from safetensors.torch import save_file
from torch import nn

from ground import WORK
from merging import seeded, shaken, wrong

INPUTS = 4096
RANK = 64


class Experts(nn.Module):
    """Stacked as transformers 5 does it: gate_up_proj [E, 2I, H], down_proj [E, H, I]."""

    def __init__(self, turned=False):
        super().__init__()
        self.is_transposed = turned
        shapes = ([3, INPUTS, 48], [3, 24, INPUTS]) if turned else ([3, 48, INPUTS], [3, INPUTS, 24])
        self.gate_up_proj = nn.Parameter(torch.empty(shapes[0]))
        self.down_proj = nn.Parameter(torch.empty(shapes[1]))

    def forward(self, x):
        return x


class Layers(nn.Module):
    """One layer of each kind that peft merges."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(INPUTS, 96)
        self.proj = nn.Linear(INPUTS, 80)
        self.side = nn.Linear(INPUTS, 48, bias=False)
        self.square = nn.Linear(512, 512, bias=False)
        self.turned = transformers.pytorch_utils.Conv1D(72, INPUTS)
        self.conv1 = nn.Conv1d(1024, 24, 4)
        self.conv2 = nn.Conv2d(512, 20, 3)
        self.point = nn.Conv2d(INPUTS, 16, 1)
        self.conv3 = nn.Conv3d(160, 12, 3)
        self.experts = Experts()
        self.other = Experts(turned=True)
        self.norm = nn.LayerNorm(64)
        self.head = nn.Linear(96, 40)

    def forward(self, x):
        return x


@dataclasses.dataclass
class Case:
    name: str
    targets: tuple = ("proj",)
    dtype: torch.dtype = torch.bfloat16
    changes: tuple = ()  # tensors that must change; the targets' weights where there are none
    options: dict = dataclasses.field(default_factory=dict)

    def changed(self):
        return self.changes or tuple(f"{target}.weight" for target in self.targets)


ONE = Case("linear", ("proj", "side"))
MANY = Case("everything", ("proj", "side", "turned", "embed", "conv2"))


def base_of(dtype):
    return seeded(Layers, dtype)


def stored_base(dtype):
    folder = WORK / f"base-{str(dtype).rpartition('.')[2]}"
    if not folder.exists():
        folder.mkdir()
        save_file(base_of(dtype).state_dict(), folder / "model.safetensors", {"format": "pt"})
        (folder / "config.json").write_text(json.dumps({"model_type": "layers"}))
    return folder


def adapter_of(case):
    config = peft.LoraConfig(**{"r": RANK, "lora_alpha": RANK, "target_modules": list(case.targets),
                                "init_lora_weights": True, **case.options})
    model = peft.get_peft_model(base_of(case.dtype), config)
    shaken(model)
    folder = WORK / re.sub(r"\W+", "-", case.name)
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    return folder


def merged_by_peft(case, folder):
    return peft.PeftModel.from_pretrained(base_of(case.dtype), folder).merge_and_unload().state_dict()


def compare(case, ours, theirs, base):
    assert set(ours) == set(theirs), set(ours) ^ set(theirs)
    different = total = 0
    for name, value in theirs.items():
        assert ours[name].dtype == value.dtype and ours[name].shape == value.shape, name
        bad = wrong(ours[name], value)
        assert bad == 0, f"{name}: {bad} of {value.numel()} elements are others than peft's"
        if name in case.changed():
            different += int((ours[name] != value).sum())
            total += value.numel()
            missed = wrong(base[name], value) / value.numel()
            least = 0.9 * 3 / INPUTS if "token" in case.name and name == "embed.weight" else 0.9
            assert missed > least, f"{name}: the base itself passes, but for {missed:.1%}"
        else:
            assert torch.equal(ours[name], base[name]), f"{name} changed"
    print(f"        {case.name}: {different / total:.4%} of {total} elements differ from peft's", flush=True)
