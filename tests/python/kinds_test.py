#!/usr/bin/env python3
"""Every kind of model, published, in its stock class of both eras: the run's own weights, and nothing that the kind does not have.

    kinds_test.py PROGRAM write FOLDER   (run by the Python of each era's venv)
    kinds_test.py PROGRAM read FOLDER    (then again by each: it reads what both have written)

`write` lets the stock stack of this era make tiny models of every kind (stock_folders.py, quantised_folders.py, and one with code of its
own), publishes each in place to the embedded Hub and with --out, and holds files and JSON keys before and after side by side: each
difference is a fix that the result lists. `read` loads every folder in its class: what save_pretrained then gives back are the bytes of
the files. Where a class is not in this era, or a quantiser asks for a GPU, that is said.
"""
import contextlib
import functools
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import warnings

import kind_table
import own_code
import quantised_folders
import stock_folders
from ground import CHECKS, PROGRAM, WORK, LeftOut, hub, run_checks, slipway

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(sys.argv[3])
ADDED_FILES = {"README.md", "special_tokens_map.json"}  # where there is no chat template and nothing is generated
TEXT = "the crane lifts cargo"
OF_GENERATION = re.compile("use_cache|eos_token_id|bos_token_id|pad_token_id|do_sample|temperature|top_p|top_k|chat_template")


def era():
    import transformers
    return "v" + transformers.__version__.split(".", maxsplit=1)[0]


def slug(name):
    return re.sub(r"[^a-z0-9]+", "-", name)


def save(each, folder):
    """Version 5 gives a vision tower made from nothing names of its own; of a model that was loaded it keeps them."""
    older = ROOT / "v4" / slug(each.name) / "stock"
    if "vision_config" not in each.settings or era() == "v4" or not older.exists():
        return own_code.save(each, folder)
    model_class(each.model).from_pretrained(older, dtype="auto").save_pretrained(folder)
    return stock_folders.make_tokenizer(each).save_pretrained(folder) if each.specials else folder


def stock_kinds():
    return [*stock_folders.FOLDERS, own_code.FOLDER]


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and ".cache" not in path.parts}


def is_weights(name):
    return name.endswith((".safetensors", ".gguf"))


# ---- what changed, and whether the result says so


def leaves(value, path=()):
    """Dotted keys; a list is one value."""
    if isinstance(value, dict) and value:
        return {key: leaf for name, each in value.items() for key, leaf in leaves(each, (*path, name)).items()}
    return {".".join(path): value}


def changed_keys(before, after):
    old, new = leaves(json.loads(before)), leaves(json.loads(after))
    return {key for key in old.keys() | new.keys() if old.get(key, "absent") != new.get(key, "absent")}


def is_told(fixes, name, key):
    return any(fix["file"] == name and (key == fix["path"] or key.startswith(fix["path"] + ".") or not fix["path"]) for fix in fixes)


def differences(before, after, fixes):
    """(file, key) of each; fails where no fix tells it, and where a fix tells what did not happen."""
    found = set()
    for name in before.keys() | after.keys():
        if before.get(name) == after.get(name):
            continue
        both = name in before and name in after
        found |= {(name, key) for key in changed_keys(before[name], after[name])} if both and name.endswith(".json") else {(name, "")}
    untold = [(name, key) for name, key in found if not is_told(fixes, name, key)]
    assert not untold, f"changed, and no fix tells it: {untold}"
    changed = {name for name, _ in found}
    assert {fix["file"] for fix in fixes} <= changed, f"told, and not done: {[fix for fix in fixes if fix['file'] not in changed]}"
    return found


def nothing_is_added_that_the_kind_has_not(before, found):
    made = {name for name, _ in found if name not in before}
    assert made <= ADDED_FILES, made
    added = {(name, key) for name, key in found if OF_GENERATION.search(key)}
    # A chat template of the tokenizer stands in both places afterwards, as it stood in one.
    assert all(name == "tokenizer_config.json" and key == "chat_template" and "chat_template.jinja" in before for name, key in added), added


# ---- the halves


def repository(name):
    return f"kinds/{era()}-{slug(name)}"


def write(name, save, kind):
    """The stock folder, in place, on the Hub, and with --out: the same files each time."""
    home = ROOT / era() / slug(name)
    shutil.rmtree(home, ignore_errors=True)
    save(home / "stock")
    before = files_of(home / "stock")
    shutil.copytree(home / "stock", home / "in-place")
    result = slipway("publish", home / "in-place", "--to", repository(name), "--public")
    after = files_of(home / "in-place")
    found = differences(before, after, result["fixes"])
    if not kind.generates:
        nothing_is_added_that_the_kind_has_not(before, found)
    assert {file: data for file, data in before.items() if is_weights(file)} == {file: data for file, data in after.items() if is_weights(file)}
    downloaded = files_of(pathlib.Path(download(repository(name))))
    for left_out in (".gitattributes", ".slipway.json"):
        downloaded.pop(left_out, None)
    assert downloaded == after, {file for file in downloaded.keys() ^ after.keys()} or {f for f in after if after[f] != downloaded[f]}
    outside(home, repository(name), after)
    looks_like(kind, after["README.md"].decode())


def outside(home, name, in_place):
    """With --out: what in place gives."""
    shutil.rmtree(home / "out", ignore_errors=True)
    slipway("publish", home / "stock", "--no-push", "--out", home / "out")
    assert not (home / "stock" / "README.md").exists()
    out = files_of(home / "out")
    del out["README.md"], in_place["README.md"]  # it names the repository where there is one
    assert out == in_place, (name, [file for file in out.keys() | in_place.keys() if out.get(file) != in_place.get(file)])
    in_place["README.md"] = (home / "in-place" / "README.md").read_bytes()


def download(name):
    from huggingface_hub import snapshot_download
    return snapshot_download(name)


def front(card, key):
    found = re.search(rf"(?m)^{key}: (.+)$", card.split("\n---\n")[0])
    return found[1] if found else ""


def looks_like(kind, card):
    assert front(card, "pipeline_tag") == kind.tag and front(card, "library_name") == kind.library, card
    code = re.search(r"```python\n(.*?)```", card, re.S)
    assert bool(code) == bool(kind.snippet) and kind.snippet in (code[1] if code else ""), card
    if kind.runs:
        with contextlib.redirect_stdout(io.StringIO()):  # untrained weights may say nothing
            exec(code[1], {"__name__": "snippet"})  # pylint: disable=exec-used


def quantised(each):
    write(each.name, each.save, kind_table.CHAT_QUANTISED if each.weights.endswith(".safetensors") else kind_table.GGUF)
    stock, out = ROOT / era() / slug(each.name) / "stock", WORK / "out"
    digest = hashlib.sha256((stock / each.weights).read_bytes()).hexdigest()
    for folder in ("in-place", "out"):
        assert hashlib.sha256((stock.parent / folder / each.weights).read_bytes()).hexdigest() == digest
        if (stock / "config.json").exists():
            theirs, ours = (json.loads((stock.parent / where / "config.json").read_text()) for where in ("stock", folder))
            assert theirs.get("quantization_config") == ours.get("quantization_config") and theirs.get("quantization") == ours.get("quantization")
    for verb in ("publish", "save"):
        done = subprocess.run([PROGRAM, verb, stock, *(["--no-push"] if verb == "publish" else []), "--out", out, "--dtype", "float32", "-q"],
                              capture_output=True, text=True, check=False)
        assert done.returncode in (1, 2) and "quantised" in done.stderr and not out.exists(), done
    assert not subprocess.run([PROGRAM, "doctor", stock.parent / "in-place", "-q"], check=False).returncode
    assert not subprocess.run([PROGRAM, "verify", stock.parent / "out", "-q"], check=False).returncode
    if each.weights.endswith(".safetensors"):
        cut_has_the_same_tensors(stock, out)


def cut_has_the_same_tensors(stock, out):
    """--max-shard-size moves tensors and changes none."""
    slipway("publish", stock, "--no-push", "--out", out, "--max-shard-size", "100KB")
    assert len(list(out.glob("*.safetensors"))) > 1
    assert raw_tensors(out) == raw_tensors(stock)
    shutil.rmtree(out)


def raw_tensors(folder):
    """name -> dtype, shape and bytes, by the format itself: torch cannot hold every type."""
    found = {}
    for path in folder.glob("*.safetensors"):
        data = path.read_bytes()
        end = 8 + int.from_bytes(data[:8], "little")
        for name, info in json.loads(data[8:end]).items():
            if name != "__metadata__":
                begin, stop = info["data_offsets"]
                found[name] = (info["dtype"], tuple(info["shape"]), data[end + begin:end + stop])
    return found


# ---- in the stock class


def model_class(name):
    import transformers
    if not hasattr(transformers, name):
        raise LeftOut(f"this era has no {name}")
    return getattr(transformers, name)


def loads_whole(each, folder):
    """Nothing missing, nothing left over; saved again, the same tensors."""
    cls = own_code.loader() if each is own_code.FOLDER else model_class(each.model)
    more = {"trust_remote_code": True} if each is own_code.FOLDER else {}
    model, info = cls.from_pretrained(folder, dtype="auto", output_loading_info=True, **more)
    assert type(model).__name__ == each.model
    for key in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        assert not info[key], (key, info[key])
    shutil.rmtree(WORK / "again", ignore_errors=True)
    model.save_pretrained(WORK / "again")
    same_tensors(WORK / "again", folder)


def same_tensors(again, folder):
    """To the bit; what a class holds in 32 bits by itself has the same values there."""
    ours, theirs = tensors_of(folder), tensors_of(again)
    assert ours.keys() == theirs.keys(), ours.keys() ^ theirs.keys()
    for name, value in ours.items():
        wide = str(theirs[name].dtype) == "torch.float32"
        assert theirs[name].equal(value.float() if wide else value), name


def tensors_of(folder):
    from safetensors.torch import load_file
    return {name: value for path in folder.glob("*.safetensors") for name, value in load_file(path).items()}


def ids_by(loader, folder):
    return loader(folder)(TEXT, add_special_tokens=False)["input_ids"]


def tokenizer_loads(folder):
    """It cuts as tokenizer.json says, or as this era cuts with the folder that was not published: a named class builds its own."""
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer
    ours = ids_by(AutoTokenizer.from_pretrained, folder)
    if ours != Tokenizer.from_file(str(folder / "tokenizer.json")).encode(TEXT, add_special_tokens=False).ids:
        assert ours == ids_by(AutoTokenizer.from_pretrained, folder.parent / "stock")


def read(each, folder):
    loads_whole(each, folder)
    if (folder / "tokenizer.json").exists():
        tokenizer_loads(folder)


def read_quantised(each, folder):
    from transformers import AutoConfig
    if not (folder / "config.json").exists():
        return
    config = AutoConfig.from_pretrained(folder)
    said = json.loads((folder / "config.json").read_text()).get("quantization_config")
    assert getattr(config, "quantization_config", None) == said
    tokenizer_loads(folder)
    if each.load is None:
        raise LeftOut("no loader for it runs here; its config and tokenizer were read")
    try:
        model = each.load(folder)
    except RuntimeError as why:
        if "GPU" in str(why):
            raise LeftOut(f"{why}; config and tokenizer were read") from why
        raise
    if not each.construction:  # transformers 5 cannot save it a second time: what the model holds
        held = model.state_dict()
        for name, value in tensors_of(folder).items():
            assert held[name].dtype == value.dtype and held[name].reshape(value.shape).equal(value), name


def main():
    reading = sys.argv[2] == "read"
    if not reading:
        for each in stock_kinds():
            CHECKS.append((each.name, functools.partial(write, each.name, functools.partial(save, each), kind_table.kind_of(each.name))))
        CHECKS.extend((each.name, functools.partial(quantised, each)) for each in quantised_folders.FOLDERS)
        with hub():
            return run_checks()
    os.environ["HF_HUB_OFFLINE"] = "1"
    for writer in ("v4", "v5"):
        for each in stock_kinds():
            CHECKS.append((f"{each.name}, of {writer}", functools.partial(read, each, ROOT / writer / slug(each.name) / "in-place")))
        for each in quantised_folders.FOLDERS:
            CHECKS.append((f"{each.name}, of {writer}", functools.partial(read_quantised, each, ROOT / writer / slug(each.name) / "in-place")))
    return run_checks()


if __name__ == "__main__":
    sys.exit(main())
