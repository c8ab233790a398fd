#!/usr/bin/env python3
"""Tokenizers of finished runs, repaired by our rules, as this era of transformers loads them.

    tokenizer_eras_test.py PROGRAM   (the folder_rules program of a build)

Every example run of both eras, and copies of them bent into the forms that trainers leave: each must load, give the
ids that its tokenizer.json gives, know the special tokens of its tokenizer_config.json as such, and have its chat
template. How many load as they are is printed too. The last line is "N passed, N failed".
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import example_runs
import tokenizers
import transformers
from transformers import AutoTokenizer

transformers.logging.set_verbosity_error()
NAMED = ("bos_token", "eos_token", "pad_token", "unk_token")
TEXTS = ["What does the crane do?", " It  lifts the ship.\n", "<|im_start|>user\nHello<|im_end|>\n", "Élan 123", ""]


def read(folder, name):
    path = folder / name
    return json.loads(path.read_text()) if path.exists() else {}


def change(folder, **values):
    config = read(folder, "tokenizer_config.json")
    config.update(values)
    config = {key: value for key, value in config.items() if value != "gone"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def as_it_is(folder):
    pass


def no_class_of_its_own(folder):
    change(folder, tokenizer_class="TokenizersBackend")


def template_in_the_config(folder):
    file = folder / "chat_template.jinja"
    if file.exists():
        change(folder, chat_template=file.read_text())
        file.unlink()


def trained_with_truncation(folder):
    change(folder, name_or_path="/scratch/me/base", tokenizer_file="/scratch/me/base/tokenizer.json")
    path = folder / "tokenizer.json"
    tokenizer = tokenizers.Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(max_length=3)
    tokenizer.enable_padding(length=5)
    tokenizer.save(str(path))


FORMS = [as_it_is, no_class_of_its_own, template_in_the_config, trained_with_truncation]


class Facts:
    """What must survive, read from the files before anything is repaired."""

    def __init__(self, folder):
        config = read(folder, "tokenizer_config.json")
        self.named = {key: self.text(config.get(key)) for key in NAMED if key in config}
        extra = config.get("additional_special_tokens") or config.get("extra_special_tokens") or []
        self.special = {self.text(token) for token in extra} | {text for text in self.named.values() if text}
        file = folder / "chat_template.jinja"
        self.template = file.read_text() if file.exists() else config.get("chat_template")
        plain = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        plain.no_truncation()
        plain.no_padding()
        self.ids = [plain.encode(text).ids for text in TEXTS]

    @staticmethod
    def text(token):
        return token["content"] if isinstance(token, dict) else token

    def of(self, folder):
        """Why the folder does not load as the run was, or None."""
        try:
            loaded = AutoTokenizer.from_pretrained(folder)
            found = [loaded(text)["input_ids"] for text in TEXTS]
        except Exception as error:  # noqa: BLE001 - any refusal of the stock stack is an answer
            return f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
        if found != self.ids:
            return "other ids"
        if not self.special <= set(loaded.all_special_tokens):
            return f"not special: {self.special - set(loaded.all_special_tokens)}"
        if {key: getattr(loaded, key) for key in self.named} != self.named:
            return "other special tokens"
        return None if loaded.chat_template == self.template else "another chat template"

    def files_of(self, folder):
        """What engines that read the files themselves find there."""
        config, raw = read(folder, "tokenizer_config.json"), read(folder, "tokenizer.json")
        mapped = read(folder, "special_tokens_map.json")
        assert raw["truncation"] is None and raw["padding"] is None, "truncation or padding is left"
        assert config.get("chat_template") == self.template, "no chat template in tokenizer_config.json"
        assert {key: self.text(mapped.get(key)) for key in self.named} == self.named, "another special_tokens_map.json"
        assert "/scratch" not in json.dumps(config), "a path is left"


def main():
    program, failures, count, loaded_before = sys.argv[1], [], 0, 0
    with tempfile.TemporaryDirectory() as work:
        cases = []
        for run in example_runs.runs():
            for form in FORMS:
                folder = pathlib.Path(work) / run.name / form.__name__
                shutil.copytree(run.folder, folder, ignore=shutil.ignore_patterns("*.safetensors", "checkpoint-*"))
                form(folder)
                facts = Facts(folder)
                loaded_before += facts.of(folder) is None
                cases.append((f"{run.name}, {form.__name__}", folder, facts, run.base))
        lines = "".join(f"{folder}\t{base}\n" for _, folder, _, base in cases)
        said = subprocess.run([program], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
        for (name, folder, facts, _), codes in zip(cases, said, strict=True):
            count += 1
            why = facts.of(folder)
            try:
                facts.files_of(folder)
            except AssertionError as error:
                why = why or str(error)
            if why:
                failures.append(f"FAILED {name}: {why} [{codes}]")
    print("\n".join(failures))
    print(f"transformers {transformers.__version__}: {loaded_before} of {count} load as they were left")
    print(f"{count - len(failures)} passed, {len(failures)} failed")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
