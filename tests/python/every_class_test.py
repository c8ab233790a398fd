#!/usr/bin/env python3
"""Every model class of this era's transformers, as its own default config makes it, is whole to doctor and verify: the tensors'
names and shapes as headers, over bytes that are holes. Takes ten minutes, so ./dev soak runs it.

    every_class_test.py PROGRAM   (run by the Python of either era's venv)

Left out are classes whose default config is none, or that need packages which are not there; how many is said.
"""
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import warnings

os.environ.update(TRANSFORMERS_VERBOSITY="error", HF_HUB_OFFLINE="1")
warnings.filterwarnings("ignore")
MAPPINGS = ("MODEL_FOR_CAUSAL_LM_MAPPING", "MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING", "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING",
            "MODEL_FOR_MASKED_LM_MAPPING", "MODEL_MAPPING", "MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING")
# The default config makes layers of no width; the class, long deprecated, ties by a key of its own.
NOT_USED = {"LwDetrModel", "OpenLlamaForCausalLM"}
STOPS = {"layer-odd", "model-damaged", "weights-damaged"}  # the others are of files that are not there
DTYPES = {"torch.float32": ("F32", 4), "torch.bool": ("BOOL", 1), "torch.int64": ("I64", 8), "torch.int32": ("I32", 4), "torch.bfloat16": ("BF16", 2),
          "torch.float16": ("F16", 2), "torch.uint8": ("U8", 1)}


def classes():
    from transformers.models.auto import modeling_auto
    seen = set()
    for name in MAPPINGS:
        mapping = getattr(modeling_auto, name, {})
        for config in list(mapping.keys()):
            try:
                found = mapping[config]
            except (ValueError, ImportError):
                continue
            for model in found if isinstance(found, tuple) else (found,):
                if model.__name__ not in seen | NOT_USED:
                    seen.add(model.__name__)
                    yield config, model


def tensors_of(model):
    """What save_pretrained would write: nothing twice, and from version 5 on under the names that version 4 gave."""
    seen, tensors = set(), {}
    for name, value in model.state_dict(keep_vars=True).items():
        if id(value) not in seen:
            seen.add(id(value))
            tensors[name] = value
    try:
        from transformers.core_model_loading import revert_weight_conversion
    except ImportError:
        return tensors
    return revert_weight_conversion(model, tensors)


def write(folder, config, tensors):
    header, end = {}, 0
    for name, value in tensors.items():
        dtype, width = DTYPES[str(value.dtype)]
        header[name] = {"dtype": dtype, "shape": list(value.shape), "data_offsets": [end, end + width * value.numel()]}
        end += width * value.numel()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(folder / "model.safetensors", "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        out.truncate(8 + len(text) + end)
    (folder / "config.json").write_text(config)
    (folder / "tokenizer.json").write_text('{"added_tokens": [], "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}')


def findings(program, verb, folder):
    done = subprocess.run([program, verb, folder, "--json", "-q"], capture_output=True, text=True, check=False)
    return [each for each in json.loads(done.stdout.splitlines()[-1]).get("findings", []) if each["code"] in STOPS]


def small(tensors):
    """Other extents, the same where they were the same: few bytes to read."""
    import torch
    extents = {}
    return {name: torch.empty([extents.setdefault(extent, len(extents) % 7 + 1) for extent in value.shape], dtype=value.dtype, device="meta")
            for name, value in tensors.items()}


def main():
    import torch
    program, passed, failed, left = str(pathlib.Path(sys.argv[1]).resolve()), 0, 0, []
    for config_class, model_class in classes():
        try:
            with torch.device("meta"):
                config = config_class()
                config.architectures = [model_class.__name__]
                tensors = tensors_of(model_class(config))
                text = config.to_json_string(use_diff=False)
        except Exception as error:  # noqa: BLE001 - whatever a default config lacks
            left.append(f"{model_class.__name__} ({type(error).__name__})")
            continue
        with tempfile.TemporaryDirectory() as work:
            folder = pathlib.Path(work)
            write(folder, text, tensors)
            said = findings(program, "doctor", folder)
            write(folder, "{}", small(tensors))
            said += findings(program, "verify", folder)
        failed += bool(said)
        passed += not said
        for each in said:
            print(f"FAILED {model_class.__name__}: {each['code']}: {each['message']}", flush=True)
    print(f"left out: {', '.join(left)}")
    print(f"{passed} passed, {failed} failed")
    return bool(failed or passed < 300)


if __name__ == "__main__":
    sys.exit(main())
