#!/usr/bin/env python3
"""Our table of recipe keys (src/recipe/keys_data.cc) beside the settings that this era's packages really have.

    recipe_keys_test.py   (run once with each era's Python)

Every field of every class of settings of transformers and trl is a key of this era's column, of the type that it has, and
every key of the column is such a field, but for those that the handbook's scripts or the parser add. trl's parser refuses
what we call unknown. The last line is "N passed, N failed".
"""
import dataclasses
import enum
import importlib
import pkgutil
import pathlib
import re
import sys
import tempfile
import types
import typing
import warnings

import transformers
import trl
from transformers import Seq2SeqTrainingArguments, TrainingArguments

ERA = int(transformers.__version__.split(".")[0])
TABLE = pathlib.Path(__file__).resolve().parent.parent.parent / "src/recipe/keys_data.cc"
ADDED = {"env", "datasets", "dataset_mixture", "chat_template"}
LETTERS = {bool: "b", int: "i", float: "f", str: "s", list: "l", tuple: "l", dict: "m"}


def column():
    """key -> letters, of this era."""
    rows = re.findall(r'\{"(\w+)", "(\w*)", (\d+)\}', TABLE.read_text())
    return {key: kinds for key, kinds, takers in rows if int(takers) >> (ERA - 1) & 1}


def modules():
    yield from (f"trl.trainer.{one.name}" for one in pkgutil.iter_modules(importlib.import_module("trl.trainer").__path__))
    package = importlib.import_module("trl.experimental")
    yield from (one.name for one in pkgutil.walk_packages(package.__path__, "trl.experimental.", onerror=lambda name: None))


def classes():
    found = {TrainingArguments, Seq2SeqTrainingArguments, importlib.import_module("trl.scripts.utils").ScriptArguments}
    for name in modules():
        if name.endswith("_config"):
            found |= {one for one in vars(importlib.import_module(name)).values() if dataclasses.is_dataclass(one) and one.__module__ == name}
    return found


def letters(hint):
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return set().union(*(letters(one) for one in typing.get_args(hint)))
    if typing.get_origin(hint) is typing.Literal:
        return {"s"}
    kind = typing.get_origin(hint) or hint
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"s"}
    return {LETTERS[kind]} if kind in LETTERS else set()


def fields():
    """key -> letters of its type, over all classes."""
    found = {}
    for one in classes():
        hints = typing.get_type_hints(one)
        for field in dataclasses.fields(one):
            if field.init:
                found.setdefault(field.name, set()).update(letters(hints[field.name]))
    return found


def parser_takes(key):
    """Whether trl's parser takes the key in a file of settings."""
    parser = trl.TrlParser([trl.ScriptArguments, trl.SFTConfig, trl.ModelConfig])
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(f"{key}: null\ndataset_name: a\noutput_dir: out\nuse_cpu: true\nbf16: false\n")
        file.flush()
        try:
            parser.parse_args_and_config(["--config", file.name])
        except ValueError as error:
            if key in str(error):
                return False
            raise
    return True


def main():
    warnings.simplefilter("ignore")
    ours, theirs, failures, passed = column(), fields(), [], 0
    for key in sorted(ours.keys() | theirs.keys()):
        if key not in theirs and key not in ADDED:
            why = "no class has it"
        elif key not in ours:
            why = "not in our table"
        else:
            missing = theirs.get(key, set()) - set(ours[key])
            why = f"can be {sorted(missing)} too" if missing and ours[key] else None
        passed += why is None
        if why:
            failures.append(f"FAILED {key}: {why}")
    for key, wanted in (("learning_rate", True), ("hub_revision", True), ("hub_model_revision", False), ("push_to_hubb", False),
                        ("overwrite_output_dir", ERA == 4), ("evaluation_strategy", False)):
        found = parser_takes(key)
        passed += found == wanted
        if found != wanted or (wanted != (key in ours)):
            failures.append(f"FAILED {key}: trl's parser {'takes' if found else 'refuses'} it")
    print("\n".join(failures))
    print(f"transformers {transformers.__version__}, trl {trl.__version__}: {len(theirs)} settings")
    print(f"{passed} passed, {len(failures)} failed")
    sys.exit(bool(failures))


main()
