#!/usr/bin/env python3
"""Writes src/recipe/keys_data.cc: every key that a recipe may have, of which type, and who takes it.

    make_recipe_keys.py ERA=SOURCE[,SOURCE...] ...    (all of ERAS, in their order)

A SOURCE is a wheel, the folder that a package is installed in, or a file of settings. Their dataclasses are read, never run.
What was given for the committed table stands in docs/recipes.md.
"""
import ast
import pathlib
import re
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ERAS = ("handbook02", "handbook03", "handbook", "v4", "v5")
FILES = re.compile(r"(^|/)(transformers/training_args(_seq2seq)?|trl/(trainer|experimental)/(.*/)?\w+_config|trl/(scripts|trainer)/utils)\.py$")
CLASSES = re.compile(r"Config$|Arguments$|_BaseConfig$")
NOT_KEYS_OF_A_FILE = {"DatasetConfig", "DatasetMixtureConfig", "JudgeConfig"}
# Of TrlParser and of trl's own mixtures, which are top-level keys there.
BY_HAND = {"env": ("m", ("handbook", "v4", "v5")), "datasets": ("l", ("v4", "v5"))}


def texts(source):
    path = pathlib.Path(source)
    if path.suffix == ".whl":
        archive = zipfile.ZipFile(path)
        return [archive.read(name).decode() for name in archive.namelist() if FILES.search(name)]
    if path.is_file():
        return [path.read_text()]
    return [file.read_text() for file in sorted(path.rglob("*.py")) if FILES.search(file.as_posix())]


def is_dataclass(node):
    return any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list)


def is_given(item):
    """Whether a value can be given for this field."""
    call = item.value
    keywords = {word.arg: word.value for word in call.keywords} if isinstance(call, ast.Call) else {}
    return "init" not in keywords or getattr(keywords["init"], "value", True)


def fields(text):
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.ClassDef) or not is_dataclass(node) or not CLASSES.search(node.name):
            continue
        if node.name in NOT_KEYS_OF_A_FILE:
            continue
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and not item.target.id.startswith("_") and "ClassVar" not in ast.unparse(item.annotation) and is_given(item):
                yield item.target.id, letters(ast.unparse(item.annotation))


def letters(annotation):
    """b, i, f, s, l, m: what a YAML value of this type can be; "" for what has no such form."""
    outer = re.sub(r"\b(list|List|dict|Dict|Tuple|tuple)\[[^\[\]]*(\[[^\[\]]*\])*[^\[\]]*\]", r"\1", annotation)
    found = {letter for word, letter in (("bool", "b"), ("int", "i"), ("float", "f"), ("str", "s"), ("list", "l"), ("List", "l"),
                                         ("tuple", "l"), ("Tuple", "l"), ("dict", "m"), ("Dict", "m")) if re.search(rf"\b{word}\b", outer)}
    if re.search(r"Strategy|SchedulerType|OptimizerNames|Literal", outer):
        found.add("s")
    return found


def main():
    sources = dict(word.split("=", 1) for word in sys.argv[1:])
    assert tuple(sources) == ERAS, f"{tuple(sources)} is not {ERAS}"
    table = {key: (set(kinds), set(eras)) for key, (kinds, eras) in BY_HAND.items()}
    for era, given in sources.items():
        for text in (text for source in given.split(",") for text in texts(source)):
            for key, kinds in fields(text):
                row = table.setdefault(key, (set(), set()))
                row[0].update(kinds)
                row[1].add(era)
    out = "// Made by tools/make_recipe_keys.py; do not edit.\n#include \"recipe/keys.h\"\n\n// clang-format off\n"
    out += "namespace slipway::recipe {\nnamespace {\n\n// Sorted by key.\nconstexpr RecipeKey kKeys[] = {\n"
    for key in sorted(table):
        kinds, eras = table[key]
        bits = sum(1 << ERAS.index(era) for era in eras)
        out += f"    {{\"{key}\", \"{''.join(letter for letter in 'bifslm' if letter in kinds)}\", {bits}}},\n"
    out += "};\n\n}  // namespace\n\nstd::span<const RecipeKey> recipe_keys() { return kKeys; }\n\n}  // namespace slipway::recipe\n"
    (ROOT / "src" / "recipe" / "keys_data.cc").write_text(out)
    print(len(table), "keys;", {era: sum(era in eras for _, eras in table.values()) for era in ERAS})


if __name__ == "__main__":
    main()
