#!/usr/bin/env python3
"""The official safetensors package beside ours: its verdict on every file of the vectors, its bytes for ours.

    official_safetensors_test.py PROGRAM   (the slipway program; run by the Python of the oracles' venv)

Reader: the official verdict is that of the vectors; ours is the same, or stricter and listed here. Writer:
what `slipway save` writes is, byte for byte, what save_file writes for the same tensors. JSON: Python's json
reads the values that we print. The last line is "N passed, N failed".
"""
import base64
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
CASES = json.loads((ROOT / "tests/golden/safetensors/safetensors_cases.json").read_text())["cases"]
# Files that the official reader takes and we refuse, because two readers could see different models in them.
STRICTER = {case["id"] for case in CASES if case["official"] == "accept" and case["strict"] == "reject"}


def official_accepts(path):
    try:
        with safe_open(path, framework="pt") as file:
            list(file.keys())
        return True
    except (SafetensorError, OSError, ValueError):
        return False


def ours_accepts(folder):
    done = subprocess.run([PROGRAM, "inspect", str(folder), "--json", "-q"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    problems = json.loads(done.stdout.splitlines()[-1])["problems"]
    return not any(problem["code"] == "weights-damaged" for problem in problems)


def check_reader(work):
    for number, case in enumerate(CASES):
        folder = work / f"case-{number}"
        folder.mkdir()
        path = folder / "model.safetensors"
        content = base64.b64decode(case["file_b64"])
        with open(path, "wb") as out:
            out.write(content)
            out.truncate(max(case.get("size", len(content)), len(content)))
        official, ours = official_accepts(path), ours_accepts(folder)
        good = official == (case["official"] == "accept") and (
            ours == official or (official and not ours and case["id"] in STRICTER))
        yield good, f"reader {case['id']}: official {official}, ours {ours}"


def check_writer(work):
    torch.manual_seed(5)
    dtypes = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
              torch.int8, torch.uint8, torch.bool, torch.float8_e4m3fn, torch.float8_e5m2]
    tensors = {f"layers.{i}.t{i % 5}é": torch.randint(0, 2, (i % 4 + 1, i % 3)).to(dtypes[i % len(dtypes)]) for i in range(60)}
    for name, some in {"mixed": tensors, "one": {"w": torch.randn(7, 3)}, "empty": {"e": torch.zeros(0, 4)}}.items():
        source, out = work / f"in-{name}", work / f"out-{name}"
        source.mkdir()
        save_file(some, source / "model.safetensors", metadata={"format": "pt"})
        done = subprocess.run([PROGRAM, "save", str(source), "--out", str(out), "--json", "-q"], capture_output=True,
                              text=True, check=False)
        same = done.returncode == 0 and (out / "model.safetensors").read_bytes() == (source / "model.safetensors").read_bytes()
        yield same, f"writer {name}: {done.stdout[-300:]}"


def check_casts(work):
    torch.manual_seed(6)
    wide = {"w": torch.randn(300_000) * torch.logspace(-38, 4, 300_000), "b": torch.randn(1001) * 1e-7}
    source = work / "wide"
    source.mkdir()
    save_file(wide, source / "model.safetensors", metadata={"format": "pt"})
    for name, dtype in {"bfloat16": torch.bfloat16, "float16": torch.float16}.items():
        out = work / f"cast-{name}"
        subprocess.run([PROGRAM, "save", str(source), "--out", str(out), "--dtype", name, "-q"], check=True,
                       capture_output=True)
        ours = load_file(out / "model.safetensors")
        yield all(torch.equal(ours[key], wide[key].to(dtype)) for key in wide), f"cast to {name} equals torch's"


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="slipway-official-"))
    passed = failed = 0
    try:
        for check in (check_reader, check_writer, check_casts):
            for good, text in check(work):
                passed, failed = passed + good, failed + (not good)
                if not good:
                    print("FAILED ", text)
    finally:
        shutil.rmtree(work)
    print(f"stricter than the official reader, on purpose: {', '.join(sorted(STRICTER))}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
