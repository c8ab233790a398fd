"""Writes the wheel: the Python package of python/slipway, the bundle inside of it, and what pip wants to know."""
import base64
import hashlib
import io
import pathlib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "python" / "slipway"
BUNDLE = "slipway/_bundle"
EPOCH = (1980, 1, 1, 0, 0, 0)  # a zip knows none before; the same files give the same wheel
# docs/decisions/0006-the-bundle-carries-its-libc.md
PLATFORMS = ("manylinux2014", "manylinux_2_17", "musllinux_1_1")

METADATA = """\
Metadata-Version: 2.1
Name: slipway
Version: {version}
Summary: The last stage of fine-tuning: a finished run becomes a correct, verified, published model
License: Apache-2.0
Requires-Python: >=3.9
Classifier: Environment :: Console
Classifier: License :: OSI Approved :: Apache Software License
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: C++
Classifier: Programming Language :: Python :: 3
Classifier: Typing :: Typed
Description-Content-Type: text/markdown

Slipway aligns what a training run left, writes its model card, checks every weight and publishes to the Hugging Face Hub in one commit.
The program is native and comes with all that it needs: `slipway --help`; from Python, `import slipway`.
"""
ENTRY_POINTS = "[console_scripts]\nslipway = slipway.__main__:main\n"


def tags(machine):
    return [f"{platform}_{machine}" for platform in PLATFORMS]


def name(version, machine):
    return f"slipway-{version}-py3-none-{'.'.join(tags(machine))}.whl"


def digest(data):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def package_files():
    paths = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".pyi") or path.name == "py.typed"]
    if PACKAGE / "__main__.py" not in paths:
        raise SystemExit(f"dist: {PACKAGE}/__main__.py is missing; the command of the wheel is its main()")
    return {f"slipway/{path.relative_to(PACKAGE)}": path.read_bytes() for path in paths}


def make(version, machine, files):
    """The bytes of the wheel that holds `files`, a bundle."""
    info = f"slipway-{version}.dist-info"
    wheel = "Wheel-Version: 1.0\nGenerator: slipway\nRoot-Is-Purelib: false\n" + "".join(
        f"Tag: py3-none-{tag}\n" for tag in tags(machine))
    entries = package_files()
    entries |= {f"{BUNDLE}/{file.path}": file.data for file in files}
    entries |= {f"{info}/{key}": text.encode() for key, text in
                {"METADATA": METADATA.format(version=version), "WHEEL": wheel, "entry_points.txt": ENTRY_POINTS}.items()}
    entries[f"{info}/licenses/LICENSE"] = (ROOT / "LICENSE").read_bytes()
    record = f"{info}/RECORD"
    rows = [f"{path},{digest(data)},{len(data)}" for path, data in sorted(entries.items())]
    entries[record] = "\n".join([*rows, f"{record},,", ""]).encode()
    executables = {f"{BUNDLE}/{file.path}" for file in files if file.executable}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        # The metadata last, as the format advises.
        for path in sorted(entries, key=lambda path: (path.startswith(info), path == record, path)):
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.create_system = 3  # Unix: pip takes the executable bit from there
            entry.external_attr = (0o100755 if path in executables else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, entries[path], compresslevel=6)
    return out.getvalue()
