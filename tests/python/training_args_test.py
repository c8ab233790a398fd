#!/usr/bin/env python3
"""training_args.bin as we read it beside what Python finds in it.

    training_args_test.py ANSWERS   (the training_args_answers program of a build; run once with each era's Python)

Every example run of this era, then settings of every class of transformers and trl that holds them, generated, saved in
each layout and protocol that torch knows: type, target, visibility and every value are Python's, as texts. A token in
them is in no answer. The last line is "N passed, N failed".
"""
import enum
import importlib
import json
import pathlib
import pkgutil
import random
import re
import subprocess
import sys
import tempfile
import warnings

import example_runs
import torch
import transformers
import trl
from transformers import TrainingArguments

ERA = int(transformers.__version__.split(".")[0])
SEED, MARKER = 7, "hf_MARKERMARKERMARKERMARKER"
LAYOUTS = [{}, {"pickle_protocol": 4}, {"pickle_protocol": 5}, {"pickle_protocol": 3},
           {"_use_new_zipfile_serialization": False}, {"_use_new_zipfile_serialization": False, "pickle_protocol": 4}]
DECIDING = ("output_dir", "hub_model_id", "hub_revision", "hub_strategy", "hub_private_repo", "push_to_hub")
# Of no class, or of several fields at once; the values are written over an object that is already checked.
VALUES = {
    "output_dir": ["out", "/data/out é", pathlib.Path("/data/out"), pathlib.Path("runs") / "a"], "run_name": [None, "a\nb", "x" * 5000],
    "hub_model_id": [None, "org/name", "name"], "hub_private_repo": [None, True, False], "push_to_hub": [True, False],
    "hub_revision": [None, "v1"], "learning_rate": [5e-5, 1e-300, 2, 0.1 + 0.2, float("inf"), 1e16, 123456789.0],
    "seed": [42, -1, 2**31, 2**63, -(2**70), 0], "report_to": [[], ["wandb"], ["wandb", "trackio"], "none"],
    "lr_scheduler_kwargs": [None, {}, {"num_cycles": 2}], "adam_epsilon": [1e-8, -0.0], "eos_token": [None, "<|im_end|>"],
    "lora_target_modules": [("a", "b"), {"q_proj"}, frozenset({"v"})],
}


def text_of(value, inside=False):
    """As a recipe writes it; None for what has no such form."""
    if isinstance(value, enum.Enum):
        return text_of(value.value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return value if len(value.encode()) <= 4096 else None
    if isinstance(value, pathlib.PurePath):
        return str(value)
    if isinstance(value, torch.device):
        return value.type if value.index is None else None
    if isinstance(value, (list, tuple, set, frozenset)) and value and not inside:
        texts = [text_of(item, True) for item in value]
        return None if None in texts else ", ".join(texts)
    return None


def answers(program, paths):
    data = b"".join(b"%d\n%s" % (len(path), path) for path in (str(path).encode() for path in paths))
    out = subprocess.run([program], input=data, stdout=subprocess.PIPE, check=True).stdout
    fields = []
    while out:
        size, _, out = out.partition(b"\n")
        fields.append(out[: int(size)].decode())
        out = out[int(size) :]
    return list(zip(fields[::2], fields[1::2], strict=True))


def difference(args, verdict, text):
    """What of ARGS the answer does not tell as Python does, or None."""
    if verdict != "ok":
        return verdict
    if MARKER in text:
        return "the token is in the answer"
    told = json.loads(text)
    state = vars(args)
    if told["type"] != f"{type(args).__module__}.{type(args).__qualname__}":
        return f"type {told['type']}"
    held = sorted(key for key, value in state.items() if value == MARKER)
    if told["secrets"] != held:
        return f"secrets {told['secrets']}, not {held}"
    wanted = {key: text for key, text in ((key, text_of(value)) for key, value in state.items() if value != MARKER)
              if text is not None}
    for key in sorted(wanted.keys() | told["values"].keys()):
        if wanted.get(key) != told["values"].get(key):
            return f"{key}: {told['values'].get(key)!r}, not {wanted.get(key)!r}"
    for key in DECIDING:
        value = state.get(key)
        value = value if value is None or isinstance(value, bool) else text_of(value) or None
        if told[key] != value:
            return f"{key}: {told[key]!r}, not {value!r}"
    return None


def classes():
    """Every class of settings that can be made from an output_dir alone."""
    found = {TrainingArguments, transformers.Seq2SeqTrainingArguments}
    for module in pkgutil.iter_modules(importlib.import_module("trl.trainer").__path__):
        if module.name.endswith("_config"):
            names = vars(importlib.import_module(f"trl.trainer.{module.name}"))
            found |= {one for one in names.values() if isinstance(one, type) and issubclass(one, TrainingArguments)}
    return sorted(found, key=lambda one: one.__qualname__)


def made(kind, dice):
    args = kind(output_dir="out", report_to=[], bf16=False, use_cpu=True)
    for key, values in VALUES.items():
        setattr(args, key, dice.choice(values))
    for key in dice.sample(["hub_token", "push_to_hub_token", "wandb_api_key", "nothing"], 2):
        setattr(args, key, MARKER if key != "nothing" else None)
    return args


def save(args, path, layout, members_by_name):
    """As torch.save does; by name as Python 3.11.2 writes enums."""
    by_value = enum.Enum.__reduce_ex__
    if members_by_name:
        enum.Enum.__reduce_ex__ = lambda self, protocol: (getattr, (self.__class__, self._name_))
    try:
        torch.save(args, path, **layout)
    finally:
        enum.Enum.__reduce_ex__ = by_value


def every_member(dice):
    """Settings objects that hold, one after the other, each member of the enums of transformers and trl."""
    modules = [name for name in sys.modules if re.match(r"trl\.trainer\.\w+_config$", name)]
    for module in ["transformers.training_args", "transformers.trainer_utils", "transformers.debug_utils", *modules]:
        for kind in vars(importlib.import_module(module)).values():
            if isinstance(kind, type) and issubclass(kind, enum.Enum) and kind.__module__ == module and len(kind):
                args = made(TrainingArguments, dice)
                for member in kind:
                    setattr(args, f"member_{member.name.lower()}", member)
                yield kind.__qualname__, args


def cases(folder):
    for run in example_runs.runs():
        if run.era == ERA:
            path = run.folder / "training_args.bin"
            yield run.name, path, torch.load(path, weights_only=False)
    dice = random.Random(SEED)
    for kind in classes():
        for number, layout in enumerate(LAYOUTS):
            try:
                args = made(kind, dice)
            except (TypeError, ValueError, ImportError) as error:
                print(f"left out: {kind.__qualname__}: {str(error).splitlines()[0]}")
                break
            path = folder / f"{kind.__qualname__}-{number}.bin"
            save(args, path, layout, members_by_name=number % 2 == 1)
            yield path.stem, path, torch.load(path, weights_only=False)
    for name, args in every_member(dice):
        for by_name in (False, True):
            path = folder / f"{name}-{by_name}.bin"
            save(args, path, {}, by_name)
            yield path.stem, path, torch.load(path, weights_only=False)


def main():
    warnings.simplefilter("ignore")
    passed, failures = 0, []
    with tempfile.TemporaryDirectory() as work:
        table = list(cases(pathlib.Path(work)))
        for (name, _, args), (verdict, text) in zip(table, answers(sys.argv[1], [path for _, path, _ in table]), strict=True):
            why = difference(args, verdict, text)
            passed += why is None
            if why:
                failures.append(f"FAILED {name}: {why}")
    print("\n".join(failures))
    print(f"transformers {transformers.__version__}, trl {trl.__version__}")
    print(f"{passed} passed, {len(failures)} failed")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
