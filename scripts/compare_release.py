#!/usr/bin/env python3
"""Compares a fetched release with the run it came from: compare_release.py RUN COPY ORIGINAL."""
import hashlib
import json
import pathlib
import sys

run, copy, original = map(pathlib.Path, sys.argv[1:4])


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


manifest = json.loads((copy / ".slipway.json").read_text())["files"]
wrong = [name for name, digest in manifest.items() if sha256(copy / name) != digest or sha256(run / name) != digest]
weights = [name for name in manifest if name.endswith(".safetensors")]
touched = [name for name in weights if sha256(copy / name) != sha256(original / name)]
stops = json.loads((copy / "generation_config.json").read_text())["eos_token_id"]
before = json.loads((original / "generation_config.json").read_text())["eos_token_id"]
cache = json.loads((copy / "config.json").read_text())["use_cache"]
kept_home = [name for name in ("training_args.bin", "trainer_state.json") if (copy / name).exists()]

print(f"{len(manifest)} files fetched, {len(wrong)} differ from what was published")
print(f"{len(weights)} weight files, {len(touched)} differ from what the trainer wrote")
print(f"stop ids: {before} in the run, {stops} published; use_cache: {str(cache).lower()}")
print(f"training state published: {', '.join(kept_home) or 'none'}")
sys.exit(1 if wrong or touched or kept_home or before == stops or cache is not True else 0)
