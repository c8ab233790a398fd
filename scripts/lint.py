#!/usr/bin/env python3
"""The house's rules, checked: floors, doors to the world, sizes, words, layout, links, generated pages."""
import collections
import itertools
import pathlib
import re
import subprocess
import sys

import defects_page

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
BLOB_BYTES_MAX = 3 << 20

# Which includes open a door, and who may go through it.
DOORS = {
    r"<(fcntl|unistd|sys/\w+|netdb|poll|signal|termios)\.h>": ("os",),
    r"<curl/": ("os",), r"<boost/": ("os",), r"<yaml\.h>": ("text",), r"<sqlite3\.h>": ("server",),
    r"<openssl/": ("base", "os"), r"<(fstream|filesystem|iostream)>": (), r"<random>": ("os",), r"<thread>": ("os",),
}
WORDS = {
    r"\bTODO\b|\bFIXME\b|\bXXX\b": "finish it, or say it in the docs",
    r"\bstd::(cout|cerr|ofstream|ifstream|random_device)\b": "only os touches the world",
    r"\b(getenv|system_clock::now|steady_clock::now|sleep_for)\b": "the world comes in by argument",
    r"\b(utils|helpers|manager)\b": "say what it is for",
}
WORDS_FREE = re.compile(r"src/os/|_test\.cc$|_test_support\.cc$|^tests/|^bench/|^tools/|^scripts/|^examples/")

problems = []


def bad(path, line, text):
    problems.append(f"{path}:{line}: {text}")


def tracked(*patterns):
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", *patterns], cwd=ROOT,
                         capture_output=True, text=True, check=True).stdout
    return [name for name in out.splitlines() if (ROOT / name).is_file()]


def read_floors():
    floors = {}
    for line in (ROOT / "docs/layers.txt").read_text().splitlines():
        words = line.split("#")[0].split()
        if not words:
            continue
        unknown = set(words[1:]) - floors.keys()
        if unknown:  # so that a cycle cannot be written down
            sys.exit(f"docs/layers.txt: {words[0]} names {unknown}, which does not stand above it")
        floors[words[0]] = set(words)
    return floors


def public_floors():
    table = {}
    for name in tracked("include/slipway/*.h"):
        found = re.search(r"^// Floor\s+(\w+)", (ROOT / name).read_text(), re.M)
        if found:
            table[pathlib.Path(name).name] = found[1]
        else:
            bad(name, 1, "a public header says its floor in a '// Floor' line")
    return table


def floor_of(name, public):
    parts = pathlib.PurePath(name).parts
    return public.get(parts[-1]) if parts[0] == "include" else parts[1]


def check_includes(name, lines, floors, public):
    floor = floor_of(name, public)
    allowed = floors.get(floor)
    test = name.endswith("_test.cc") or "_test_support" in name
    for number, line in enumerate(lines, 1):
        found = re.match(r'#include\s+(["<][^">]+[">])', line)
        if not found:
            continue
        target = found[1]
        used = re.match(r'"(\w+)/([\w.]+)', target)
        if used and allowed is not None and not test:
            other = public.get(used[2]) if used[1] == "slipway" else used[1]
            if other not in allowed:
                bad(name, number, f"{floor} may not use {other} (docs/layers.txt)")
        for door, who in DOORS.items():
            if re.match(door, target) and floor not in who and not test:
                bad(name, number, f"{target} is a door that only {', '.join(who) or 'nobody'} opens")


def check_words(name, lines):
    if WORDS_FREE.search(name):
        return
    for number, line in enumerate(lines, 1):
        for word, why in WORDS.items():
            if re.search(word, line):
                bad(name, number, f"'{re.search(word, line)[0]}': {why}")


def check_sizes(name, lines):
    if name.endswith("_data.cc"):
        return
    if len(lines) > FILE_LINES_MAX:
        bad(name, 1, f"{len(lines)} lines; split it into rooms (at most {FILE_LINES_MAX})")
    start = None
    for number, line in enumerate(lines, 1):
        if re.match(r"^(  )?[\w:<>~].*\) ?(const )?(override )?(noexcept )?\{$", line) and not line.lstrip().startswith("namespace"):
            start = (number, len(line) - len(line.lstrip()))
        elif start and line.rstrip() in (" " * start[1] + "}", " " * start[1] + "};"):
            if number - start[0] > FUNCTION_LINES_MAX:
                bad(name, start[0], f"a function of {number - start[0]} lines (at most {FUNCTION_LINES_MAX})")
            start = None


def check_header(name, lines):
    if "#pragma once" not in lines:
        bad(name, 1, "a header begins with a comment and #pragma once")
    tail = name.split("/", 1)[1]
    if not lines or not lines[0].startswith(f"// {tail} -"):
        bad(name, 1, f"the first line says '// {tail} - what it is for'")


def check_contract(name, lines):
    """The formatter breaks a comment that is too wide and knows nothing of its columns."""
    labelled = False
    for number, line in enumerate(itertools.takewhile(lambda each: each.startswith("//"), lines), 1):
        if labelled and re.match(r"// \S(?!\S* {2,})", line) or re.match(r"// .*\S (Contract|Errors|Limits|Threads|Source) {3,}\S", line):
            bad(name, number, "what goes on under a label stands under its text, and every label on a line of its own")
        labelled = labelled or re.match(r"// (Contract|Errors|Limits|Threads|Source)\b", line)


def check_layout(names):
    done = subprocess.run(["clang-format-19", "--dry-run", "-Werror", *names], cwd=ROOT, capture_output=True, text=True)
    for line in done.stderr.splitlines():
        if "error:" in line:
            problems.append(line.replace(str(ROOT) + "/", "") + " (./dev fmt)")


def check_headers_alone(names):
    for name in names:
        done = subprocess.run(["g++", "-std=c++23", "-fsyntax-only", "-Iinclude", "-Isrc", "-x", "c++", "-include", name,
                               "/dev/null"], cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            bad(name, 1, "does not compile alone: " + done.stderr.splitlines()[0])


def check_documents():
    for name in tracked("*.md"):
        if name.startswith("examples/"):
            continue
        text = (ROOT / name).read_text()
        plain = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
        titles = len(re.findall(r"^# ", plain, re.M))
        if titles != 1:
            bad(name, 1, f"{titles} titles; a document has one")
        for link in re.findall(r"\]\(([^)#\s]+)", plain):
            if not re.match(r"https?:|mailto:", link) and not (ROOT / name).parent.joinpath(link).exists():
                bad(name, 1, f"the link {link} leads nowhere")


def check_blobs():
    for name in tracked("*"):
        size = (ROOT / name).stat().st_size
        if size > BLOB_BYTES_MAX:
            bad(name, 1, f"{size} bytes; a committed file has at most {BLOB_BYTES_MAX}")


def main():
    floors, public = read_floors(), public_floors()
    sources = tracked("include/*.h", "src/*.h", "src/*.cc")
    for name in sources:
        lines = (ROOT / name).read_text().splitlines()
        check_includes(name, lines, floors, public)
        check_sizes(name, lines)
        check_words(name, lines)
        if name.endswith(".h"):
            check_header(name, lines)
            check_contract(name, lines)
    check_layout(tracked("include/*.h", "src/*.h", "src/*.cc", "tests/*.cc", "tests/*.h", "tools/*.cc", "bench/*.cc"))
    check_headers_alone([name for name in sources if name.startswith("include/")])
    check_documents()
    check_blobs()
    for text in defects_page.problems(ROOT, tracked):
        bad("docs/defects.md", 1, text)
    print("\n".join(problems))
    counts = collections.Counter(p.split(":", 1)[0] for p in problems)
    print(f"lint: {len(sources)} sources, {len(problems)} findings in {len(counts)} files")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
