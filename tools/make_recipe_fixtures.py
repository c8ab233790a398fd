#!/usr/bin/env python3
"""Writes tests/golden/recipes/ from a git directory of the alignment-handbook: each of its recipes anew, and what it says.

    make_recipe_fixtures.py GIT_DIR

Keys and values are the handbook's; order, layout and comments are ours, and every chat template is the same short stand-in.
expected.json is read from the handbook's own files by PyYAML, after the handbook's scripts.
"""
import json
import pathlib
import re
import subprocess
import sys

import yaml

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "recipes"
SOURCES = {"main": "925acdf", "v0.3.0": "v0.3.0", "v0.2.0": "v0.2.0"}
TEMPLATE = "{% for message in messages %}{{ message['role'] + ': ' + message['content'] }}{% endfor %}"
SECTIONS = [
    ("Where it goes", r"hub_|push_|output_dir|overwrite|save_|run_name|report_to|logging|log_"),
    ("What it starts from", r"model_|tokenizer_|torch_dtype|attn_|use_flash|trust_|chat_template|eos_token|load_in|use_peft|lora_"),
    ("What it learns from", r"dataset_|preprocessing|packing|padding"),
    ("How it learns", r""),
]


def git(folder, *words):
    return subprocess.run(["git", "-C", folder, *words], capture_output=True, check=True, text=True).stdout


def scalar(node):
    if node.tag == "tag:yaml.org,2002:str":
        plain = yaml.safe_dump(node.value, width=10**6, allow_unicode=True).removesuffix("...\n").strip()
        return plain if "\n" not in node.value else json.dumps(node.value)
    return node.value


def lines(key, node, indent=""):
    if isinstance(node, yaml.ScalarNode):
        return [f"{indent}{key}: {scalar(node)}"]
    if isinstance(node, yaml.SequenceNode) and all(isinstance(item, yaml.ScalarNode) for item in node.value):
        return [f"{indent}{key}: [{', '.join(scalar(item) for item in node.value)}]"]
    out = [f"{indent}{key}:"]
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            out += lines(name.value, value, indent + "  ")
        return out
    for entry in node.value:
        rows = [row for name, value in sorted(entry.value, key=lambda pair: pair[0].value) for row in lines(name.value, value, indent + "    ")]
        rows[0] = f"{indent}  - {rows[0].strip()}"
        out += rows
    return out


def written_anew(text):
    pairs = {key.value: value for key, value in yaml.compose(text).value}
    out = []
    for title, pattern in SECTIONS:
        keys = sorted(key for key in pairs if re.match(pattern, key))
        if keys:
            out.append(f"# {title}")
        for key in keys:
            node = pairs.pop(key)
            if key == "chat_template":
                node = yaml.ScalarNode("tag:yaml.org,2002:str", TEMPLATE)
            out += lines(key, node)
    return "\n".join(out) + "\n"


def text_of(value):
    return "" if value is None else str(value)


def data_sets(recipe):
    """[id, config, split, share, revision] of each, and the split that a single one is evaluated on."""
    splits = recipe.get("dataset_splits") or []
    train, test = (", ".join(split for split in splits if word in split) for word in ("train", "test"))
    configs = recipe.get("dataset_configs") or []
    rows = [[name, configs[i] if i < len(configs) else "", train, text_of(share), ""] for i, (name, share) in enumerate((recipe.get("dataset_mixer") or {}).items())]
    if recipe.get("dataset_name"):
        rows.append([recipe["dataset_name"], text_of(recipe.get("dataset_config")), text_of(recipe.get("dataset_train_split")), "", ""])
        test = text_of(recipe.get("dataset_test_split"))
    for entry in (recipe.get("dataset_mixture") or {}).get("datasets", []):
        rows.append([entry["id"], text_of(entry.get("config")), text_of(entry.get("split")), text_of(entry.get("weight")), ""])
    return rows, test if len(rows) == 1 else ""


# Keys of which there is something to say, with the releases whose scripts have no such field.
DEAD = {"hub_model_revision": SOURCES, "overwrite_output_dir": SOURCES, "use_flash_attention_2": ["v0.3.0", "main"]}


def said_by(name, recipe):
    rows, test = data_sets(recipe)
    target = recipe.get("hub_model_id") or recipe["output_dir"].rstrip("/").split("/")[-1]
    return {"file": name, "keys": len(recipe), "base": recipe["model_name_or_path"], "base_revision": recipe.get("model_revision"),
            "output_dir": recipe["output_dir"], "push": bool(recipe.get("push_to_hub")), "target": target,
            "branch": recipe.get("hub_revision") or "main", "private": recipe.get("hub_private_repo"), "data_sets": rows, "eval_split": test,
            "noted": sorted(key for key in recipe if name.split("/")[0] in DEAD.get(key, []))}


def main():
    folder, expected = sys.argv[1], []
    for source, revision in SOURCES.items():
        for path in git(folder, "ls-tree", "-r", "--name-only", revision, "recipes").split():
            if not path.endswith(".yaml") or "accelerate" in path:
                continue
            text = git(folder, "show", f"{revision}:{path}")
            name = f"{source}/{path.removeprefix('recipes/').replace('/', '-').replace('-config_', '-').replace('-config.', '.')}"
            anew = written_anew(text)
            first, second = yaml.safe_load(text), yaml.safe_load(anew)
            first.pop("chat_template", None), second.pop("chat_template", None)
            assert first == second, name
            (GOLDEN / name).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / name).write_text(anew)
            expected.append(said_by(name, yaml.safe_load(text)))
    rows = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in expected)
    (GOLDEN / "expected.json").write_text('{"cases": [\n' + rows + "\n]}\n")
    print(len(expected), "recipes")


if __name__ == "__main__":
    main()
