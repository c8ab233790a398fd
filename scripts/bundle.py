"""What ./dev dist packs: the program, the libraries it names, the loader, and their licences. It needs nothing of the machine.

A bundle is a list of files, sorted by path; the archive and the wheel hold the same one.
"""
import dataclasses
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIBRARIES = "lib/slipway"
DOCUMENTS = "share/doc"
COMMON_LICENCES = pathlib.Path("/usr/share/common-licenses")
LOADER = re.compile(r"ld-linux-[\w-]+\.so\.\d+")
# Flags that make a compiler use what the oldest x86-64 does not have; functions that ask the processor first are marked one by one.
BEYOND_BASELINE = re.compile(r"\s-(march=|mcpu=|mtune=native|mavx|mbmi|mfma|msha|mssse3|msse4|maes|mpopcnt)\S*")


@dataclasses.dataclass(frozen=True, order=True)
class File:
    path: str
    data: bytes = dataclasses.field(repr=False)
    executable: bool = False


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def stripped(path):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "stripped"
        run("strip", "-o", str(out), str(path))
        return out.read_bytes()


def libraries_of(program):
    """Name in the program -> file, the loader among them: what ldd finds, wherever it is named."""
    found = {}
    for line in run("ldd", str(program)).splitlines():
        words = line.split()
        if "not found" in line:
            raise SystemExit(f"dist: {program} needs {words[0]}, which is not here")
        path = next((word for word in words if word.startswith("/")), None)
        if path:
            found[pathlib.PurePath(words[0]).name] = pathlib.Path(path)
    return found


def spellings(path):
    """/lib may be a link to /usr/lib, and dpkg knows a file by one of the names."""
    names = {str(path), str(path.resolve()), str(path.parent.resolve() / path.name)}
    return names | {"/usr" + name for name in names} | {name.removeprefix("/usr") for name in names}


def packages_of(libraries):
    """Debian package -> the names of the libraries that came with it."""
    asked = {spelling: name for name, path in libraries.items() for spelling in spellings(path)}
    told = subprocess.run(["dpkg-query", "-S", *sorted(asked)], capture_output=True, text=True, check=False).stdout
    owners = {}
    for line in told.splitlines():
        owner, _, path = line.rpartition(": ")
        if path in asked:
            owners[asked[path]] = owner.split(":")[0]
    packages = {}
    for name, path in libraries.items():
        if name not in owners:
            raise SystemExit(f"dist: no package says that {path} is its own, so its licence is not known")
        packages.setdefault(owners[name], set()).add(name)
    return packages


def about(package):
    text = run("dpkg-query", "-W", "-f", "${Version}\t${source:Package}\t${source:Version}\n", package)
    return text.splitlines()[0].split("\t")


def licences(packages):
    """The copyright file of each package, and the licences of Debian that they refer to instead of repeating."""
    files, common = {}, {"Apache-2.0"}
    for package in sorted(packages):
        path = pathlib.Path("/usr/share/doc") / package / "copyright"
        if not path.exists():
            raise SystemExit(f"dist: {path} is missing, the licence of {package}; install that package anew, with its documents")
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        files[f"{DOCUMENTS}/{package}/copyright"] = text
        common |= set(re.findall(rf"{COMMON_LICENCES}/([\w.-]*\w)", text))
    for name in common:
        if (COMMON_LICENCES / name).is_file():
            files[f"{DOCUMENTS}/common-licenses/{name}"] = (COMMON_LICENCES / name).read_text(encoding="utf-8")
    return files


def table(packages):
    rows = ["# Libraries in this bundle", "",
            "slipway is Apache-2.0 (LICENSE). The files of lib/slipway beside the program are Debian's, unchanged; each licence lies in the",
            "folder of its package here, and Debian gives the sources of each under the name and version below.", "",
            "| library | package | source |", "| --- | --- | --- |"]
    for package, names in sorted(packages.items()):
        version, source, source_version = about(package)
        rows.append(f"| {', '.join(sorted(names))} | {package} {version} | {source} {source_version} |")
    return "\n".join(rows) + "\n"


def check_baseline(build):
    found = BEYOND_BASELINE.search((build / "compile_commands.json").read_text())
    if found:
        raise SystemExit(f"dist: {build} was compiled with {found[0].strip()}; the bundle must run on every processor of its kind")


def make(build):
    """The files of the bundle, from a build folder that holds bin/slipway and launcher."""
    check_baseline(build)
    program = build / "bin" / "slipway"
    libraries = libraries_of(program)
    packages = packages_of(libraries)
    files = [File("bin/slipway", stripped(build / "launcher"), True), File(f"{LIBRARIES}/slipway", stripped(program), True),
             File(f"{DOCUMENTS}/slipway/LICENSE", (ROOT / "LICENSE").read_bytes()),
             File("share/man/man1/slipway.1", (ROOT / "docs/slipway.1").read_bytes()),
             File(f"{DOCUMENTS}/slipway/libraries.md", table(packages).encode())]
    files += [File(f"{LIBRARIES}/{name}", path.read_bytes(), bool(LOADER.fullmatch(name))) for name, path in libraries.items()]
    files += [File(path, text.encode(errors="surrogateescape")) for path, text in licences(packages).items()]
    if not any(LOADER.fullmatch(name) for name in libraries):
        raise SystemExit(f"dist: {program} names no loader")
    return sorted(files)
