#!/usr/bin/env python3
"""Makes src/jinja/unicode_data.cc from the Unicode tables of the Python that runs it (3.11: Unicode 14).

    tools/unicode_tables.py > src/jinja/unicode_data.cc
"""
import sys
import unicodedata

FLAGS = ("printable", "alpha", "decimal", "digit", "numeric", "lower", "upper", "title", "space", "start", "follow",
         "ignorable")


def mask(code):
    char = chr(code)
    has = {
        "printable": char.isprintable(), "alpha": char.isalpha(), "decimal": char.isdecimal(), "digit": char.isdigit(),
        "numeric": char.isnumeric(), "lower": char.islower(), "upper": char.isupper(),
        "title": unicodedata.category(char) == "Lt", "space": char.isspace(), "start": char.isidentifier(),
        "follow": ("a" + char).isidentifier(),
        # "\u03b1" + char + "\u03a3": the sigma is final only if what stands before it, past ignorable ones, is cased.
        "ignorable": ("\u03b1" + char + "\u03a3").lower()[-1] == "\u03c2" and
                     (char + "\u03a3").lower()[-1] != "\u03c2",
    }
    return sum(1 << bit for bit, flag in enumerate(FLAGS) if has[flag])


def runs():
    last = None
    for code in range(sys.maxunicode + 1):
        here = mask(code)
        if here != last:
            yield code, here
            last = here


def itself(char):
    return char


def mappings(change, otherwise=itself):
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        # Alone a sigma is not final; Python's lower() knows that.
        to = change(char)
        if to != otherwise(char):
            yield code, [ord(one) for one in to] + [0] * (3 - len(to))


def rows(items, each):
    for at in range(0, len(items), each):
        print("    " + " ".join(items[at:at + each]))


def main():
    print("// Made by tools/unicode_tables.py from Unicode " + unicodedata.unidata_version + ".")
    print('#include "jinja/unicode_data.h"\n\nnamespace slipway::jinja {\n\n// clang-format off')
    print("constexpr Run kRuns[] = {")
    rows([f"{{{code:#x}, {flags:#x}}}," for code, flags in runs()], 6)
    print("};\nconst std::span<const Run> runs{kRuns};\n")
    for name in ("lower", "upper", "title", "casefold"):
        table = mappings(getattr(str, name), str.upper if name == "title" else itself)
        print(f"constexpr CaseMapping k{name.title()}Map[] = {{")
        rows([f"{{{code:#x}, {{{', '.join(map(hex, to))}}}}}," for code, to in table], 4)
        print(f"}};\nconst CaseTable {name}_mappings{{k{name.title()}Map}};\n")
    print("// clang-format on\n\n}  // namespace slipway::jinja")


if __name__ == "__main__":
    main()
