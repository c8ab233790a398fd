#!/usr/bin/env python3
"""Writes tests/golden/json/printing.json: values as Python's json prints them, in four styles."""
import json
import pathlib

VALUES = [
    {}, [], {"a": {}, "b": []}, {"b": 1, "a": [1, 2.5, -0.0, 1e-05, 1e16, 1e15, 123456789.125, 0.0001]},
    {"text": "caf\u00e9 \u8239 \U0001F6A2", "control": "\x00\x1f\x7f\n\r\t\b\f\\\"/"},
    [True, False, None, 500000.0, 1e-06, 0.02, 1e100, 5e-324, 1.7976931348623157e308, 2**63 - 1],
    {"nested": {"list": [[1], [[2]]], "empty": {"x": None}}},
]
STYLES = {
    "indent2_ascii": dict(indent=2), "indent2_raw": dict(indent=2, ensure_ascii=False), "indent4": dict(indent=4),
    "one_line": dict(), "compact_raw": dict(separators=(",", ":"), ensure_ascii=False),
}
rows = [{name: json.dumps(value, **style) for name, style in STYLES.items()} for value in VALUES]
path = pathlib.Path(__file__).parent.parent / "tests/golden/json/printing.json"
path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
