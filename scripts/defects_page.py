"""docs/defects.md, held against the tests it names."""
import re

COUNT = 75
ROW = re.compile(r"^\| D-(\d\d) \| ([CHM]) \| (.+?) \| (.*?) \| (.+?) \|$", re.M)


def problems(root, tracked):
    """What is wrong with the page, a sentence each."""
    page = (root / "docs/defects.md").read_text()
    sources = [root / name for name in tracked("src/*_test.cc", "tests/*.cc")]
    known = {".".join(found) for source in sources
             for found in re.findall(r"\bTEST(?:_F|_P)?\((\w+),\s*(\w+)\)", source.read_text())}
    rows = ROW.findall(page)
    if [int(row[0]) for row in rows] != list(range(1, COUNT + 1)):
        yield f"{len(rows)} well-formed rows; there are {COUNT} defects, in order"
    run = "\n".join(path.read_text() for path in sorted((root / "scripts/suites.d").glob("*.sh")))
    coming = []
    for number, severity, _, _, proof in rows:
        named = re.findall(r"`([A-Z]\w*\.[A-Z]\w*)`", proof)
        files = re.findall(r"`((?:tests|bench)/[\w/]+\.py)`", proof)
        yield from (f"D-{number} names {test}, which no source has" for test in named if test not in known)
        yield from (f"D-{number} names {file}, which is not there" for file in files if not (root / file).exists())
        yield from (f"D-{number} names {file}, which no suite runs" for file in files if file.startswith("tests/") and file not in run)
        if proof.startswith("*to come"):
            coming.append(severity)
        elif not named and not files:
            yield f"D-{number} names no test"
    proven = {mark: sum(row[1] == mark for row in rows) - coming.count(mark) for mark in "CHM"}
    wanted = (f"**{sum(proven.values())} of {COUNT} have their tests** ({proven['C']} of severity C, {proven['H']} of H, "
              f"{proven['M']} of M); {len(coming)} are to come.")
    if wanted not in page:
        yield f"the count is wrong; it is: {wanted}"
