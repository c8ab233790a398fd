#!/usr/bin/env python3
"""Rotary positions across the eras of transformers: what one writes, the other must read, by way of our rule.

    rope_eras_test.py write PROGRAM FOLDER   (the folder_rules program of a build)
    rope_eras_test.py read FOLDER

`write` makes a config.json for every family and type of rotary positions that this era knows, notes the frequencies
that the family's own code computes from it, and lets the rules repair a copy, which this era must still read the same.
`read` loads what the other era wrote and compares its frequencies, at the start and past the trained length. Every
copy is also read unrepaired, to know how many the rule saved. What an era refuses in its own keys too is no case for
it. The last line is "N passed, N failed".
"""
import collections
import copy
import importlib
import inspect
import json
import logging
import pathlib
import shutil
import subprocess
import sys
import warnings

import torch
import transformers
from transformers import AutoConfig
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

import rope_cases

warnings.filterwarnings("ignore")
transformers.logging.set_verbosity_error()
logging.disable(logging.WARNING)

ERA = "v" + transformers.__version__.split(".")[0]
OTHER = {"v4": "v5", "v5": "v4"}[ERA]
LONG = 50_000


# ---- what the family's own code makes of a config


def rotary_class(config):
    name = type(config).__name__.removesuffix("Config")
    module = importlib.import_module(type(config).__module__.replace(".configuration_", ".modeling_"))
    candidates = {n: c for n, c in vars(module).items() if n.endswith("RotaryEmbedding") and inspect.isclass(c)
                  and "config" in inspect.signature(c.__init__).parameters}
    short = name.removesuffix("Text").removesuffix("TextModel")
    for wanted in (name, short, short + "Text"):
        if wanted + "RotaryEmbedding" in candidates:
            return candidates[wanted + "RotaryEmbedding"]
    return next(iter(candidates.values()))


def with_values(config, **values):
    other = copy.deepcopy(config)
    for key, value in values.items():
        setattr(other, key, value)
    return other


def rotary_modules(config):
    """Layer type -> module, as the model of this era makes them."""
    cls, kind = rotary_class(config), config.model_type
    if ERA == "v5":
        return {"": cls(config)}
    if kind in ("gemma3_text", "gemma3n_text"):
        local = with_values(config, rope_theta=config.rope_local_base_freq, rope_scaling={"rope_type": "default"})
        return {"full_attention": cls(config), "sliding_attention": cls(local)}
    if kind == "olmo3":
        return {"full_attention": cls(config), "sliding_attention": cls(config, rope_type="default")}
    if kind.startswith("modernbert"):
        return {"full_attention": cls(with_values(config, rope_theta=config.global_rope_theta)),
                "sliding_attention": cls(with_values(config, rope_theta=config.local_rope_theta))}
    return {"": cls(config)}


def frequencies(module, layer, length=None):
    found = {}
    for name, buffer in module.named_buffers():
        if name.endswith("inv_freq") and "original" not in name:
            key = name.removesuffix("inv_freq").rstrip("_") or layer
            scaling = getattr(module, (key + "_" if name != "inv_freq" else "") + "attention_scaling", 1.0)
            found[key] = [float(scaling), *buffer.double().tolist()]
    if not found:  # computed anew at each call
        inv_freq, scaling = module.rope_init_fn(module.config, None, length)
        found[layer] = [float(scaling), *inv_freq.double().tolist()]
    return found


def run_past_the_trained_length(module, layers):
    x, positions = torch.zeros(1, 1), torch.tensor([[0, LONG]])
    ways = [lambda: module(x, positions), lambda: module(x, positions.expand(3, 1, 2))]
    if layers:
        ways = [lambda: [module(x, positions, layer) for layer in layers], *ways]
    for way in ways:
        try:
            way()
            return
        except (TypeError, RuntimeError, IndexError, AttributeError):
            continue


def effective(config):
    """What rotates: name -> [scaling, frequencies...], first as made and then after a long text."""
    found = {}
    for layer, module in rotary_modules(config).items():
        start = frequencies(module, layer)
        run_past_the_trained_length(module, [key for key in start if key])
        after = frequencies(module, layer, LONG)
        found.update(start)
        found.update({"long " + key: value for key, value in after.items()})
    return found


def text_config(config):
    for name in ("thinker_config", "text_config", "decoder_config"):
        inner = getattr(config, name, None)
        if isinstance(inner, type(config).__mro__[-2]) or hasattr(inner, "to_dict"):
            return text_config(inner)
    return config


def same(a, b):
    if a.keys() != b.keys():
        return False
    return all(len(a[key]) == len(b[key]) and torch.allclose(torch.tensor(a[key]).double(), torch.tensor(b[key]).double(),
                                                             rtol=1e-5, atol=0) for key in a)


def load(folder):
    try:
        return effective(text_config(AutoConfig.from_pretrained(folder)))
    except Exception as error:  # noqa: BLE001 - any refusal of the stock stack is an answer
        return f"{type(error).__name__}: {error}"


# ---- the two halves


def stem(name):
    """A case without its spelling."""
    return name.removesuffix("-type").removesuffix("-both")


def write(answers, root):
    mine = root / ERA
    shutil.rmtree(mine, ignore_errors=True)
    expected, refused, unknown = {}, collections.Counter(), set()
    for name, model_type, values in rope_cases.cases(ERA, CONFIG_MAPPING):
        folder = mine / "stock" / name
        try:
            config = CONFIG_MAPPING[model_type](**copy.deepcopy(values))
            config.save_pretrained(folder)
            expected[name] = effective(text_config(config))
        except Exception as error:  # noqa: BLE001 - what the era itself refuses is no case
            refused[f"{model_type}: {type(error).__name__} {str(error).split(chr(10))[0][:90]}"] += 1
            unknown.add(stem(name))
            shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(mine / "stock", mine / "fixed")
    names = sorted(expected)
    lines = "".join(f"{mine / 'fixed' / name}\n" for name in names)
    said = subprocess.run([answers], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
    unknown -= {stem(name) for name in names}
    (mine / "unknown.json").write_text(json.dumps(sorted(unknown)))
    (mine / "expected.json").write_text(json.dumps(expected))
    (mine / "said.json").write_text(json.dumps(dict(zip(names, said))))
    print(f"{ERA}: {len(names)} configs of {len({n.split('.')[0] for n in names})} families; "
          f"{sum(refused.values())} more that it refuses itself")
    return names, compare(mine, names, expected, "fixed"), refused


def compare(folder, names, expected, which):
    wrong = []
    for name in names:
        got = load(folder / which / name)
        if isinstance(got, str) or not same(got, expected[name]):
            wrong.append((name, got if isinstance(got, str) else "other frequencies"))
    return wrong


def read(root):
    theirs = root / OTHER
    expected = json.loads((theirs / "expected.json").read_text())
    said = json.loads((theirs / "said.json").read_text())
    unknown = set(json.loads((root / ERA / "unknown.json").read_text()))
    names = [n for n in sorted(expected) if n.split(".")[0] in CONFIG_MAPPING and stem(n) not in unknown]
    unfixed = {name for name, _ in compare(theirs, names, expected, "stock")}
    wrong = [(n, why) for n, why in compare(theirs, names, expected, "fixed")]
    new = [n for n, _ in wrong if n not in unfixed]
    print(f"{ERA} reads {len(names)} configs of {OTHER}: as written {len(unfixed)} rotate otherwise or not at all, "
          f"repaired {len(wrong)} ({len(new)} of them only since)")
    return names, wrong, said


def main():
    if sys.argv[1] == "write":
        names, wrong, refused = write(sys.argv[2], pathlib.Path(sys.argv[3]))
        for why, count in sorted(refused.items()):
            print(f"  refused by {ERA} itself: {count} x {why}")
    else:
        names, wrong, said = read(pathlib.Path(sys.argv[2]))
        wrong = [(n, f"{why} [{said[n]}]") for n, why in wrong]
    for name, why in wrong:
        print(f"FAILED {name}: {why[:300]}")
    print(f"{len(names) - len(wrong)} passed, {len(wrong)} failed")
    return bool(wrong) or not names


if __name__ == "__main__":
    sys.exit(main())
