#!/usr/bin/env python3
"""Writes tests/golden/yaml/: what the real PyYAML reads and writes.

Run with a Python that has PyYAML (pure, not the C loader): tools/make_yaml_golden.py
"""

import datetime
import json
import math
import pathlib

import yaml

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "yaml"

WORDS = """yes Yes YES yEs no No NO nO y Y n N true True TRUE tRUE false False FALSE on On ON oN off Off OFF oFF
~ null Null NULL nULL None none nil undefined""".split()
INTEGERS = """0 -0 +0 1 -1 +1 7 08 09 010 012 0777 -0777 +010 0o17 0O17 00 007 0_7 0_ 0_8 1_000 1__0 1_ _1 -_1 12_345_678
0b0 0b1010 -0b11 +0b11 0b1_0 0b 0b2 0b12 0B1 0x0 0xFF 0xff -0xA +0xa 0x_f 0xG 0x 0X1 0xdead_beef
9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809 123456789012345678901234567890
0x7fffffffffffffff 0x8000000000000000 0xffffffffffffffffff 01777777777777777777777 1:30 01:30 1:60 1:59 1:5 1:05 190:20:30
-190:20:30 +1:2:3 1_0:30 0:30 1:30: :30 1::30 1:3:99 999999999999999999:59 1:00:00:00""".split()
FLOATS = """1.0 -1.0 +1.0 1. -1. 0. .5 -.5 +.5 . .. ._1 1._ 1_0.5 1.5_0 1_.5 _1.5 1e3 1E3 1e+3 1.0e3 1.0e+3 1.0E+3 1.0e-3
1.e+3 1.e3 .5e+3 .5e3 .5e-10 -1.5e+3 1.0e+ 1.0e 1.5e+3_0 1.0e+400 -1.0e+400 1.0e-400 4.9e-324 0.1 3.14159265358979
0.30000000000000004 1.7976931348623157e+308 100000000000000000000.0 1:30.5 190:20:30.15 -1:30.5 01:30. 0:0.0 1:30.5e+3
1:60.0 .inf .Inf .INF .iNF -.inf +.inf -.INF +.Inf inf -inf .nan .NaN .NAN .nAN .Nan -.nan +.nan nan NaN 2e-5 5.0e-7 5e-7
1.2.3 4.40.0 0x1.8 1,5 12e03 0.0 -0.0 00.5 09.5 1.5f""".split()
DATES = ["2001-12-14", "2001-1-1", "2001-12-1", "2001-01-01", "0001-01-01", "2024-02-29", "2001-12-14t21:59:43.10-05:00",
         "2001-12-14 21:59:43.10 -5", "2001-12-15 2:59:43.10", "2001-12-14T21:59:43Z", "2001-12-14 21:59:43 Z",
         "2001-1-1 1:02:03", "2001-12-14T1:2:3", "2001-12-14 21:59", "20011214", "2001-12-14T21:59:43+0530",
         "2001-12-14T21:59:43+05:30", "2001-12-14T21:59:43.", "01-12-14", "2001/12/14", "2001-12-14T", "2001-12-14 x"]
REFUSED = ["2023-13-45", "2001-02-30", "2023-02-29", "0000-01-01", "2001-12-14 25:00:00", "2001-12-14 21:60:00", "0b_", "0x_", "-0x_",
           "=", "<<", "!!int 12.5", "!!bool maybe", "!!float x", "!foo 1", "!!python/object:os.system x", "[1, 2", "{a: 1",
           "\"open", "a: b: c", "- a\nb", "%", "@x", "`x", "*nowhere", "\tx", "a\n---\nb", "? [a]\n: 1", "<<: 3", "<<: [1]", "{<<: {a: 1}, <<: 2}",
           "[&a 1, &a 2]", "!!seq x", "!!map [1]", "!!str [1]"]
TEXTS = ["a", "a b", "org/name", "meta-llama/Llama-3.1-8B", "C:\\x", "a:b", "a: ", "-", "-a", "--", "?", "?a", ":", ":a", "a#b", "'1'", "\"1\"",
         "'yes'", "\"no\"", "''", "\"\"", "'it''s'", "\"\\u00e9\\x41\\n\\t\\\\\"", "'a\n  b'", "'a\n\n  b'", "\"a\\\n  b\"", "a\n  b", "|\n a\n b\n", "|-\n a\n b\n",
         "|+\n a\n\n", ">\n a\n b\n\n c\n", ">-\n a\n b\n", "|2\n   a\n", "é", "日本", "😀", "! 12", "! \"12\"", "!!str 12", "!!int \"12\"",
         "!!float 12", "!!float 1.5", "!!bool \"yes\"", "!!null \"\"", "!!null x", "!!timestamp 2001-12-14", "!!str", "1.2.3.4", "12:30pm", "12h", "v1.0",
         "<|im_end|>", "</s>", "x", "no.", "on/off", "null.", "truely", "e1", "1e", "=x", "<<x", "0.1.0"]


def value_of(loaded):
    if loaded is None:
        return {"kind": "null"}
    if isinstance(loaded, bool):
        return {"kind": "bool", "value": loaded}
    if isinstance(loaded, int):
        return {"kind": "int", "value": str(loaded)}
    if isinstance(loaded, float):
        return {"kind": "float", "value": "nan" if math.isnan(loaded) else loaded.hex()}
    if isinstance(loaded, (datetime.date, datetime.datetime)):
        return {"kind": "timestamp"}
    if isinstance(loaded, str):
        return {"kind": "string", "value": loaded}
    return {"kind": "list" if isinstance(loaded, list) else "map"}


def read(text):
    try:
        return {"text": text, **value_of(yaml.safe_load(text))}
    except Exception:  # PyYAML raises ValueError and others beside its own
        return {"text": text, "kind": "refused"}


def spread(words):
    """Each word on its own, and as a member, where it must have the same type."""
    return [read(word) for word in words]


STRINGS = ["", " ", "a", " a", "a ", "a b", "yes", "No", "on", "off", "y", "n", "true", "null", "~", "None", "0", "1", "-1", "0.1", "1e3", "1.0e+3",
           "1_000", "1:30", "012", "08", "0x1F", "0b1", ".5", "-.5", ".inf", ".nan", "2001-12-14", "2001-12-14 21:59:43", "2023-13-45", "=", "<<", "=a",
           "-", "- a", "-a", "--", "---", "--- a", "...", "...a", "?", "? a", "?a", ":", ": a", ":a", "a:", "a: b", "a:b", "a :b", "a #b", "a# b", "#a", "a#",
           "[a]", "{a}", "a[b]", "a, b", ",a", "&a", "*a", "!a", "|", "|a", ">", ">a", "'a'", "it's", "\"a\"", "a\"b", "%a", "@a", "`a`", "a`b", "\\", "a\\b",
           "\t", "a\tb", "\n", "a\n", "\na", "a\nb", "a\n\nb", "a\n b", "a \nb", "a\nb\n", "a\r\nb", "a\rb", "\0", "\x07", "\x1b", "\x7f", "\x80", "\x85", "a\x85b",
           "\xa0", "a\xa0b", "é", "日本語", "😀", "a😀\tb", "\u2028", "a\u2028b", "\u2029", "\ufeff", "a\ufeffb", "\ufffd", "\ufffe", "\U0010ffff", "\U0010fffe",
           "org/name", "apache-2.0", "<|im_end|>", "</s>", "https://huggingface.co/a", "a: 'b'", "it's: x", "it's\nso", "it's\tso",
           "word " * 40 + "end", "x" * 300, "a\n\n\nb'c", "trailing\n\n", "don't # this", "key: 'v' \"w\"", "1.2.3", "v1", "1e", "12e03", "+1", "+.5",
           "null ", "!!str", "a  b", "a\u3000b"]

VALUES = [
    {}, [], {"a": {}}, {"a": []}, {"a": None}, {"a": True, "b": False}, {"a": 1, "b": -1, "c": 12345678901234567890},
    {"a": 1.0, "b": 0.1, "c": 1e16, "d": 1e-5, "e": 123456.789, "f": 1e300, "g": -0.0, "h": 1e15, "i": 0.0001, "j": 1.5e-7, "k": 1e22},
    {"tags": ["a", "b"]}, {"z": 1, "a": 2}, {"a": {"b": {"c": ["d", {"e": "f"}]}}}, [["a", "b"], ["c"]], [[], {}], [{"a": 1, "b": 2}, {"c": 3}],
    [[["deep"]]], {"a": [["b"], "c"]}, {"a": [{"b": [{"c": []}]}]},
    {"model-index": [{"name": "m", "results": [{"task": {"type": "text-generation", "name": "Text Generation"},
     "dataset": {"name": "d", "type": "org/d", "config": "default", "split": "test", "args": {"k": [1, 2]}},
     "metrics": [{"type": "accuracy", "value": 0.5, "name": "Acc"}, {"type": "f1", "value": 1}]}]}]},
    {"widget": [{"text": "Hello: world", "example_title": "it's"}, {"messages": [{"role": "user", "content": "a\nb"}]}]},
    {"yes": 1, "1": 2, "": 3, "a b": 4, "a: b": 5, "#": 6, "é": 7, "null": 8}, {"k" * 122: 1}, {"k" * 123: 2}, {"k" * 200: {"a": [1]}}, {"k" * 200: [1, 2], "b": 1},
    {"k" * 200: []}, {"a\nb": 1}, {"a\nb": {"c": 2}}, {"text": "a\nb\n"}, {"l": ["a\nb", "c: d"]}, {"l": [{"t": "a\nb"}]}, {"n": {"t": "a\n\nb"}},
    {"a": "x", "b": ["x", "x"]}, [None, True, 1, 1.5, "s"],
]


def dump(value):
    return yaml.dump(value, sort_keys=False, allow_unicode=True, width=math.inf)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    scalars = spread(WORDS + INTEGERS + FLOATS + DATES + TEXTS + REFUSED)
    (FOLDER / "scalars.json").write_text(json.dumps(scalars, indent=1) + "\n")
    # A next-line character does not survive PyYAML's own reading: such strings are left out.
    sound = [text for text in STRINGS if yaml.safe_load(dump({"k": text})) == {"k": text}]
    strings = [{"value": text, "yaml": dump({"k": text})[len("k: "):-1]} for text in sound]
    blocks = [{"value": value, "yaml": dump(value)} for value in VALUES]
    (FOLDER / "dump.json").write_text(json.dumps({"strings": strings, "blocks": blocks}, indent=1) + "\n")
    print(f"PyYAML {yaml.__version__}: {len(scalars)} scalars, {len(strings)} strings, {len(blocks)} blocks")


if __name__ == "__main__":
    main()
