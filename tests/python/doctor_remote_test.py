"""Doctor on a repository of 10 GB: it reads headers and small files by ranges, and tokenizer.json once.

    doctor_remote_test.py PROGRAM
"""
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import urllib.parse

from ground import PROGRAM, ROOT, WORK, check, hub, run_checks, slipway
from stored import digest_of, store_object

HIDDEN, ROWS, INNER, LAYERS = 8192, 300_000, 1024, 2
TOKENIZER_BYTES_MIN = 15_000_000
OTHER_BYTES_MAX = 2_000_000


def tensors():
    """Name and shape of a Llama that weighs 10 GB, by the shard they lie in."""
    first, second = {"model.embed_tokens.weight": [ROWS, HIDDEN]}, {"lm_head.weight": [ROWS, HIDDEN], "model.norm.weight": [HIDDEN]}
    for layer in range(LAYERS):
        name = f"model.layers.{layer}."
        for part in "qkvo":
            first[f"{name}self_attn.{part}_proj.weight"] = [HIDDEN, HIDDEN]
        first |= {f"{name}mlp.gate_proj.weight": [INNER, HIDDEN], f"{name}mlp.up_proj.weight": [INNER, HIDDEN],
                  f"{name}mlp.down_proj.weight": [HIDDEN, INNER], f"{name}input_layernorm.weight": [HIDDEN],
                  f"{name}post_attention_layernorm.weight": [HIDDEN]}
    return {"model-00001-of-00002.safetensors": first, "model-00002-of-00002.safetensors": second}


def write_shard(path, shapes):
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in sorted(shapes.items()):
        size = 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        out.truncate(8 + len(text) + at)
    return at


def write_model(folder):
    shutil.copytree(ROOT / "examples/runs/chatml-full", folder)
    for old in folder.glob("model*"):
        old.unlink()
    config = json.loads((folder / "config.json").read_text())
    config |= {"hidden_size": HIDDEN, "vocab_size": ROWS, "intermediate_size": INNER, "num_hidden_layers": LAYERS,
               "num_attention_heads": 64, "num_key_value_heads": 64, "head_dim": 128}
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    vocab = tokenizer["model"]["vocab"]
    free = max([*vocab.values(), *(token["id"] for token in tokenizer["added_tokens"])]) + 1
    vocab |= {f"a word of the test, number {number}": number for number in range(free, ROWS - 100)}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, indent=2))
    total = sum(write_shard(folder / name, shapes) for name, shapes in tensors().items())
    where = {name: file for file, shapes in tensors().items() for name in shapes}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": total}, "weight_map": where}))
    return total


class CountingDoor:
    """Passes connections on to the Hub and counts what comes back."""

    def __init__(self, endpoint):
        self.hub = urllib.parse.urlsplit(endpoint)
        self.received = 0
        self.door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.door.getsockname()[1]}"

    def accept(self):
        while True:
            client, _ = self.door.accept()
            server = socket.create_connection((self.hub.hostname, self.hub.port))
            threading.Thread(target=self.copy, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self.copy, args=(server, client, True), daemon=True).start()

    def copy(self, source, target, counted):
        try:
            while piece := source.recv(1 << 16):
                target.sendall(piece)
                self.received += len(piece) if counted else 0
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


@check
def of_ten_gigabytes_doctor_reads_the_headers_and_the_small_files():
    run = WORK / "large"
    total = write_model(run)
    assert total > 10_000_000_000, total
    tokenizer_bytes = (run / "tokenizer.json").stat().st_size
    assert tokenizer_bytes >= TOKENIZER_BYTES_MIN, tokenizer_bytes
    with hub() as endpoint:
        slipway("repo", "create", "me/large", "--public")
        for name in tensors():
            store_object(WORK / "hub", run / name, digest_of(run / name))
        pushed = slipway("push", run, "me/large")
        assert pushed["bytes"]["sent"] < tokenizer_bytes + OTHER_BYTES_MAX, pushed["bytes"]
        door = CountingDoor(endpoint)
        done = subprocess.run([PROGRAM, "doctor", "hf://me/large", "--json", "-q"], capture_output=True, text=True, check=False,
                              env={**os.environ, "HF_ENDPOINT": door.endpoint})
        result = json.loads(done.stdout.splitlines()[-1])
    found = {(finding["code"], finding["file"]) for finding in result["findings"]}
    assert done.returncode == 5 and ("eos-missing-turn-end", "generation_config.json") in found, result
    assert not found & {("model-damaged", ""), ("weights-damaged", "")}, found
    print(f"received {door.received:,} bytes, {door.received - tokenizer_bytes:,} beside tokenizer.json of {tokenizer_bytes:,}")
    assert tokenizer_bytes <= door.received < tokenizer_bytes + OTHER_BYTES_MAX, door.received


if __name__ == "__main__":
    sys.exit(run_checks())
