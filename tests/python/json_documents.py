"""Documents for json_against_python_test.py: JSON in every spelling, as Python prints it, and damaged."""
import json

NUMBERS = ["0", "-0", "7", "-12", "1e5", "1E+400", "-1E400", "1e-400", "5e-324", "2.2250738585072011e-308", "0.1000",
           "-0.0", "1.0", "1e-05", "1E05", "9007199254740993", "9223372036854775807", "9223372036854775808",
           "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
           "1000000000000000019884624838656", "0.1", "123456789.125", "1.7976931348623157e308", "1.7976931348623159e308"]
ODD_NUMBERS = ["NaN", "Infinity", "-Infinity"]
PIECES = ["a", "b", "key", "model_type", " ", "é", "船", "\U0001F6A2", "\U0010FFFF", "\x7f", "\u2028", "\ufeff", "\x00",
          "\x1f", "\n", "\r", "\t", "\b", "\f", "/", "\\", '"', "{", "}", ",", ":", "0"]
ESCAPES = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
LONE = ["\\ud800", "\\uDBFF", "\\udc00", "\\uDFFF", "\\ud83d\\ud83d", "\\udea2\\ud83d", "\\ud83d\\n", "\\ud83dx"]
BLANKS = ["", "", "", " ", "\n", "\r\n", "\t", "  \n\t ", "\r", "\n\n    "]
# Bytes that a mutation puts in: what the grammar is made of, what it forbids, halves of UTF-8.
DAMAGE = [bytes([c]) for c in b'{}[],:"\\0123456789+-.eEuntfNI \n\r\t\x00\x01/\x7f\x80\xc3\xff'] + [
    b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"//", b"''", b"\\u12", b"\\x", b"1.", b"01"]


class Spelled:
    """Writes a random value in random spelling, or builds one for Python's json to print."""

    def __init__(self, dice):
        self.dice = dice
        self.blanks = dice.choice([[""], ["", " "], BLANKS])
        self.twins = dice.random() < 0.04
        self.lone = dice.random() < 0.04
        self.depth = dice.choice([1, 2, 3, 4])

    def blank(self):
        return self.dice.choice(self.blanks)

    def characters(self):
        return "".join(self.dice.choices(PIECES, k=self.dice.choice([0, 1, 1, 2, 3, 6])))

    def spell(self, char):
        if char in ESCAPES and (char != "/" or self.dice.random() < 0.5):
            return ESCAPES[char] if self.dice.random() < 0.8 else f"\\u{ord(char):04X}"
        if ord(char) >= 0x20 and self.dice.random() < 0.7:
            return char
        units = char.encode("utf-16-be").hex(" ", 2).split()
        return "".join("\\u" + (unit.upper() if self.dice.random() < 0.5 else unit) for unit in units)

    def string(self):
        text = "".join(map(self.spell, self.characters()))
        if self.lone and self.dice.random() < 0.3:
            text += self.dice.choice(LONE)
        return f'"{text}"'

    def number(self):
        pick = self.dice.random()
        if pick < 0.5:
            return self.dice.choice(NUMBERS)
        if pick < 0.6:
            return self.dice.choice(ODD_NUMBERS)
        if pick < 0.605:
            return "1" * self.dice.choice([300, 400, 4300, 4301])
        if pick < 0.8:
            return str(self.dice.randrange(-2**self.dice.randrange(1, 80), 2**70))
        return repr(self.dice.uniform(-1, 1) * 10.0 ** self.dice.randrange(-320, 308))

    def scalar(self):
        return self.dice.choice([self.number, self.number, self.string, self.string, lambda: "null", lambda: "true",
                                 lambda: "false"])()

    def members(self, level):
        keys = [self.string() for _ in range(self.dice.randrange(5))]
        if self.dice.random() < 0.4:
            keys.sort()
        if not self.twins:  # twins come by themselves, in different spellings too: keep the first of each
            seen = {}
            for key in keys:
                seen.setdefault(json.loads(key), key)
            keys = list(seen.values())
        elif keys:
            keys.append(self.dice.choice(keys))
        return [f"{self.blank()}{key}{self.blank()}:{self.blank()}{self.value(level + 1)}{self.blank()}" for key in keys]

    def value(self, level):
        pick = self.dice.random()
        if level >= self.depth or (level > 0 and pick < 0.4):
            return self.scalar()
        if pick < 0.85 if level == 0 else pick < 0.75:
            return "{" + (",".join(self.members(level)) or self.blank()) + "}"
        items = [f"{self.blank()}{self.value(level + 1)}{self.blank()}" for _ in range(self.dice.randrange(5))]
        return "[" + (",".join(items) or self.blank()) + "]"

    def text(self):
        return self.blank() + self.value(0) + self.blank()


def deep(dice):
    levels = dice.choice([100, 127, 128, 129, 130, 140, 100_000 if dice.random() < 0.1 else 126])
    if dice.random() < 0.5:
        return "[" * levels + dice.choice(["", "1"]) + "]" * levels
    return '{"a":' * levels + dice.choice(["{}", "1", "[]"]) + "}" * levels


def printed(dice):
    """A value as Python's json prints it, and the style: see style_of in json_answers.cc."""
    while True:
        try:
            value = json.loads(Spelled(dice).text())
            json.dumps(value, ensure_ascii=False).encode()
            break
        except ValueError:  # half a surrogate, or a number too long for Python
            pass
    indent, ascii_only = dice.choice([None, 1, 2, 4]), dice.random() < 0.5
    wide = indent is not None or dice.random() < 0.5
    end = dice.choice(["", "\n"])
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only, separators=None if wide else (",", ":")) + end
    return text, ("-" if indent is None else str(indent)) + "a" * ascii_only + "n" * bool(end) + "p" * wide


def damaged(dice, content):
    for _ in range(dice.choice([1, 1, 2, 3])):
        at = dice.randrange(len(content) + 1)
        width = dice.choice([0, 0, 1, 1, 1, 3])
        new = dice.choice([b"", dice.choice(DAMAGE), dice.choice(DAMAGE)])
        content = content[:at] + new + content[at + width:]
    return content[:dice.randrange(len(content) + 1)] if dice.random() < 0.1 else content


def document(dice):
    """One document's bytes, and the style Python printed it in or None."""
    pick = dice.random()
    if pick < 0.40:
        text, style = printed(dice)
        return text.encode(), style
    if pick < 0.41:
        return deep(dice).encode(), None
    content = Spelled(dice).text().encode()
    return (damaged(dice, content) if pick < 0.51 else content), None


def new_value(dice):
    """The text of a value to set: any spelling that both sides read the same."""
    while True:
        spelled = Spelled(dice)
        spelled.twins = spelled.lone = False
        spelled.depth = dice.choice([0, 0, 1, 2])
        text = spelled.text()
        if len(text) < 4000:
            return text


def new_key(dice):
    return Spelled(dice).characters()
