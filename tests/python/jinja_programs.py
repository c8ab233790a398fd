"""Random Jinja programs, mostly well typed, with a count of every construct they use; and mutations of templates."""
import collections
import random
import re

TEXTS = ["'a'", "'Hello World'", "''", "'  x y '", "'it\\'s'", "\"q\\\"q\"", "'é ß Σ'", "'a,b,,c'", "'\\n line\\ttab'", "'😀 ok'",
         "'one' 'two'", "'ABC'", "'x-y_z'", "'42'", "'3.5'", "'<b>&</b>'", "'l1\\nl2\\n\\nl4'", "'\\u00e9\\x41'"]
NUMBERS = ["0", "1", "2", "7", "-3", "10", "1_000", "0x1f", "0b11", "255"]
REALS = ["0.5", "1.25", "-2.5", "1e3", "2.0", "1e16", "3.14159", "1e-05"]
TEXT_FILTERS = ["upper", "lower", "title", "capitalize", "trim", "string", "replace('a', 'b')", "replace('l', 'L', 1)", "center(12)",
                "indent", "indent(2, true)", "indent('> ', blank=true)", "truncate(8)", "truncate(6, true, '..', 0)", "reverse",
                "safe", "e", "escape", "forceescape", "urlencode", "default('d')", "d('', true)", "wordwrap(6, break_on_hyphens=false)",
                "striptags", "trim('a ')", "join('-')", "tojson", "pprint", "list|join", "first", "last"]
LIST_FILTERS = ["list", "sort", "sort(reverse=true)", "reverse|list", "unique|list", "map('string')|list", "select|list", "reject('none')|list",
                "select('defined')|list", "batch(2)|list", "batch(3, 'f')|list", "slice(2)|list", "slice(3, 0)|list", "map('upper')|list",
                "select('string')|list", "reject('number')|list", "map('default', 'x')|list"]
NUMBER_FILTERS = ["abs", "int", "float", "round", "round(1)", "round(2, 'floor')", "round(method='ceil')", "string|int", "filesizeformat|length"]
TEXT_TESTS = ["string", "defined", "lower", "upper", "none", "mapping", "iterable", "sequence", "number", "eq 'a'", "in ['a', 'b']", "escaped",
              "undefined", "boolean", "callable", "ne('b')", "filter", "test", "not none", "equalto 'a'", "sameas none"]
NUMBER_TESTS = ["odd", "even", "divisibleby 3", "divisibleby(2)", "integer", "float", "number", "gt 2", "lt(5)", "ge 1", "le(9)", "greaterthan 1",
                "lessthan 3", "true", "false", "sameas none", "==(1)"]
NUMBER_TESTS.remove("==(1)")
TEXT_METHODS = ["upper()", "lower()", "strip()", "lstrip()", "rstrip()", "title()", "capitalize()", "swapcase()", "casefold()", "strip('a')",
                "lstrip('H')", "rstrip('d')", "replace('a', 'zz')", "replace('l', '', 1)", "center(9)", "center(8, '*')", "ljust(6, '.')",
                "rjust(6)", "zfill(6)", "removeprefix('a')", "removesuffix('d')", "expandtabs(4)", "join(['x', 'y'])",
                "format(1, 2)", "split(',')[0]", "split()|join('/')", "rsplit(' ', 1)|join('|')", "splitlines()|join('+')",
                "partition(' ')[2]", "rpartition(',')[0]"]
TEXT_ANSWERS = ["startswith('a')", "endswith('d')", "startswith(('a', 'H'))", "isalpha()", "isdigit()", "isalnum()", "isspace()", "islower()",
                "isupper()", "istitle()", "isnumeric()", "isdecimal()", "isascii()", "isidentifier()", "isprintable()"]
TEXT_COUNTS = ["count('l')", "find('o')", "rfind('o')", "find('l', 3)", "count('')", "find('zz')"]
LOOP_TEXTS = ["loop.index", "loop.index0", "loop.revindex", "loop.revindex0", "loop.first", "loop.last", "loop.length", "loop.depth",
              "loop.depth0", "loop.previtem", "loop.nextitem", "loop.cycle('a', 'b')", "loop.changed(loop.index // 2)", "loop"]
SLICES = ["[1:]", "[:2]", "[-2:]", "[::-1]", "[::2]", "[1:-1]", "[:]", "[5:1:-2]"]
FORMATS = ["'%s-%s' % (A, B)", "'%d' % N", "'%05.1f' % N", "'%x' % (N|abs)", "'%-6s|' % A", "'%(k)s' % {'k': A}", "'{}:{}'.format(A, N)",
           "'{0}{1}{0}'.format(A, B)", "'{k!r}'.format(k=A)", "'{:>8}'.format(A)", "'{:08.3f}'.format(N)", "'{:+d}'.format(N|int)",
           "'{:^9}'.format(A)", "'{:,}'.format(N|int * 1000)", "'%s'|format(A)", "'{a[k]}'.format(a={'k': A})",
           "'{k}'.format_map({'k': A})", "'%r' % (A,)", "'%+.2e' % N", "'{:#x}'.format(N|int)"]
JSONS = ["tojson", "tojson(indent=2)", "tojson(ensure_ascii=true)", "tojson(separators=(',', ':'))", "tojson(sort_keys=true)", "tojson(indent=4, sort_keys=true)"]
LISTS = ["[1, 2, 3]", "['a', 'b', 'c']", "[]", "['x', 1, none]", "range(4)|list", "[3, 1, 2]", "(1, 2)", "names", "[1.5, true]", "range(1, 9, 3)", "('a',)",
         "names + ['z']", "[1] * 3"]
DICTS = ["{'a': 1, 'b': 2}", "{}", "{'k': [1, 2]}", "info", "dict(x=1, y='z')", "{1: 'one', 'two': 2}"]
GROUPS = ["people|map(attribute='name')|join(', ')", "people|selectattr('age', 'gt', 30)|map(attribute='name')|list|string",
          "people|rejectattr('admin')|list|length|string", "people|groupby('city')|list|string",
          "people|sort(attribute='age')|map(attribute='name')|join", "people|sum(attribute='age')|string",
          "people|max(attribute='age')|string", "people|min(attribute='name')|string", "info|dictsort|string",
          "info|items|list|string", "info|dictsort(by='key', reverse=true)|first|string", "people|selectattr('admin')|first|string",
          "people|map(attribute='nick', default='-')|join", "info.items()|list|string", "info.keys()|list|string",
          "info.values()|list|string", "info.get('name', 'x')|string", "info.get('no')|string", "{'a': 'b<'}|xmlattr",
          "{'q': 'a b', 'r': 1}|urlencode", "s|wordcount|string", "info.items()|string", "info|attr('get')|string|length|string"]
WHITESPACE = [("", ""), ("-", ""), ("", "-"), ("-", "-"), ("+", ""), ("", "+")]
DATA = ["text ", "\n", "  \n", "  ", "a\n  b", "é", " x\n", "\r\n", "{ } ", "\t", ""]


class Program:
    def __init__(self, dice):
        self.dice, self.used, self.depth, self.names = dice, collections.Counter(), 0, ["s", "n", "names", "info", "text"]
        self.in_loop = False
        self.macros = []

    def pick(self, kind, choices):
        choice = self.dice.choice(choices)
        self.used[f"{kind} {choice}" if isinstance(choice, str) else kind] += 1
        return choice

    def deeper(self):
        return self.depth < 3 and self.dice.random() < 0.6

    def nested(self, make):
        self.depth += 1
        made = make()
        self.depth -= 1
        return made

    def text(self):
        if self.dice.random() < 0.015:
            return self.any()
        kinds = ["literal", "variable"] if not self.deeper() else \
            ["filter", "method", "concat", "add", "times", "cond", "slice", "format", "index", "or", "json", "call", "group"]
        kind = self.pick("text:", kinds)
        return self.nested(lambda: getattr(self, "text_" + kind)())

    def text_literal(self):
        return self.pick("literal", TEXTS)

    def text_variable(self):
        return self.dice.choice(["s", "text", "info.name", "info['name']", "missing", "names[0]", "info.deep.key"])

    def text_filter(self):
        return f"{self.bracket(self.text())}|{self.pick('filter', TEXT_FILTERS)}"

    def text_method(self):
        return f"{self.bracket(self.text_sure())}.{self.pick('method', TEXT_METHODS)}"

    def text_concat(self):
        return f"({self.text()} ~ {self.any()})"

    def text_add(self):
        return f"({self.text_sure()} + {self.text_sure()})"

    def text_times(self):
        return f"({self.text_sure()} * {self.dice.randint(-1, 3)})"

    def text_cond(self):
        other = f" else {self.text()}" if self.dice.random() < 0.8 else ""
        return f"({self.text()} if {self.truth()}{other})"

    def text_slice(self):
        return f"{self.bracket(self.text_sure())}{self.pick('slice', SLICES)}"

    def text_index(self):
        return f"{self.bracket(self.text_sure())}[{self.dice.randint(-3, 3)}]"

    def text_or(self):
        return f"({self.text()} {self.pick('bool', ['or', 'and'])} {self.text()})"

    def text_format(self):
        return self.filled(self.pick("format", FORMATS))

    def filled(self, made):
        return "(" + re.sub(r"\b[ABN]\b", lambda m: self.number() if m[0] == "N" else self.text_sure(), made) + ")"

    def text_json(self):
        return f"{self.bracket(self.any())}|{self.pick('filter', JSONS)}"

    def text_call(self):
        choices = ["dict(a=1)|string", "range(3)|join(',')", "cycler('x', 'y').next()", "joiner('; ')()", "namespace(a=1).a|string",
                   "strftime_now('%Y-%m-%d')", "strftime_now('%d %b %Y %H:%M:%S %j %A %p')"]
        if self.macros:
            choices += [f"{name}({self.nested(self.text_sure)})" for name in self.macros]
        made = self.dice.choice(choices)
        self.used["call " + made.split("(")[0]] += 1
        return made

    def text_group(self):
        return self.pick("list-to-text", GROUPS)

    def text_sure(self):
        """A text that is one, unless the dice want trouble."""
        if self.dice.random() < 0.01:
            return self.any()
        kind = self.dice.choice(["literal", "literal", "s", "filter", "method"]) if self.depth < 3 else "literal"
        if kind == "literal":
            return self.text_literal()
        if kind == "s":
            return self.dice.choice(["s", "text", "info.name"])
        if kind == "filter":
            return self.nested(lambda: f"({self.text_sure()}|{self.pick('filter', ['upper', 'lower', 'trim', 'title', 'string', 'safe'])})")
        return self.nested(self.text_method)

    def bracket(self, text):
        return text if re.fullmatch(r"\w+|'[^']*'", text) else f"({text})"

    def number(self):
        if self.dice.random() < 0.01:
            return self.any()
        if not self.deeper():
            return self.pick("literal", self.dice.choice([NUMBERS, NUMBERS, REALS, ["n", "info.age"]]))
        kind = self.pick("number:", ["op", "op", "filter", "length", "count", "unary", "sum", "minmax", "index"])
        return self.nested(lambda: getattr(self, "number_" + kind)())

    def number_op(self):
        op = self.pick("op", ["+", "-", "*", "/", "//", "%", "**"])
        right = self.dice.choice(["1", "2", "3", "-2", "0.5"]) if op in "**//%" else self.number()
        return f"({self.number()} {op} {right})"

    def number_filter(self):
        return f"{self.bracket(self.number())}|{self.pick('filter', NUMBER_FILTERS)}"

    def number_length(self):
        return f"{self.bracket(self.dice.choice([self.text_sure, self.list])())}|{self.pick('filter', ['length', 'count'])}"

    def number_count(self):
        return f"{self.bracket(self.text_sure())}.{self.pick('method', TEXT_COUNTS)}"

    def number_unary(self):
        return f"({self.pick('unary', ['-', '+'])}{self.bracket(self.number())})"

    def number_sum(self):
        return "[1, 2.5, 3]|sum" if self.dice.random() < 0.5 else "range(5)|sum(start=2)"

    def number_minmax(self):
        return f"[{self.number()}, {self.number()}]|{self.pick('filter', ['min', 'max', 'first', 'last'])}"

    def number_index(self):
        return "[4, 5, 6].index(5)"

    def list(self):
        if self.deeper():
            kind = self.dice.choice(["filter", "slice", "literal", "split"])
            if kind == "filter":
                return self.nested(lambda: f"{self.bracket(self.list())}|{self.pick('filter', LIST_FILTERS)}")
            if kind == "slice":
                return self.nested(lambda: f"{self.bracket(self.list())}{self.pick('slice', SLICES)}")
            if kind == "split":
                return self.nested(lambda: f"{self.bracket(self.text_sure())}.split()")
            return self.nested(lambda: f"[{self.any()}, {self.any()}]")
        return self.pick("list", LISTS)

    def truth(self):
        if self.depth >= 3 or self.dice.random() < 0.2:
            return self.dice.choice(["true", "false", "flag", "missing", "names", "not flag", "none"])
        kind = self.pick("truth:", ["test", "number", "compare", "in", "not", "and", "chain", "method", "equal"])
        return self.nested(lambda: getattr(self, "truth_" + kind)())

    def truth_test(self):
        word = self.dice.choice(["is", "is not"])
        return f"{self.bracket(self.text())} {word} {self.pick('test', TEXT_TESTS)}".replace("is not not", "is not")

    def truth_number(self):
        return f"{self.bracket(self.number())} is {self.pick('test', NUMBER_TESTS)}"

    def truth_compare(self):
        return f"({self.number()} {self.pick('op', ['<', '>', '<=', '>=', '==', '!='])} {self.number()})"

    def truth_equal(self):
        return f"({self.any()} {self.pick('op', ['==', '!='])} {self.any()})"

    def truth_in(self):
        word = self.pick("op", ["in", "not in"])
        return f"({self.text_sure()} {word} {self.dice.choice([self.text_sure, self.list, lambda: 'info'])()})"

    def truth_not(self):
        return f"(not {self.truth()})"

    def truth_and(self):
        return f"({self.truth()} {self.pick('bool', ['and', 'or'])} {self.truth()})"

    def truth_chain(self):
        self.used["chained comparison"] += 1
        return f"(1 < {self.number()} <= 10)"

    def truth_method(self):
        return f"{self.bracket(self.text_sure())}.{self.pick('method', TEXT_ANSWERS)}"

    def any(self):
        kind = self.dice.choice(["text", "text", "number", "list", "truth", "dict", "none", "undefined"])
        if kind == "dict":
            return self.pick("dict", DICTS)
        if kind in ("none", "undefined"):
            return "none" if kind == "none" else "missing"
        return getattr(self, kind)()

    # Statements
    def tag(self, text):
        left, right = self.pick("whitespace {%", WHITESPACE) if self.dice.random() < 0.5 else ("", "")
        self.used[f"whitespace {{%{left} {right}%}}"] += 1
        return f"{{%{left} {text} {right}%}}"

    def data(self):
        return self.dice.choice(DATA)

    def output(self):
        value = self.dice.choice([self.text, self.text, self.number, self.any, self.truth])()
        if self.in_loop and self.dice.random() < 0.4:
            value = self.pick("loop", LOOP_TEXTS)
        left, right = self.dice.choice([("", ""), ("-", ""), ("", "-"), ("-", "-")])
        return f"{{{{{left} {value} {right}}}}}"

    def body(self, size=2):
        parts = []
        for _ in range(self.dice.randint(1, size)):
            parts.append(self.data())
            parts.append(self.statement())
        parts.append(self.data())
        return "".join(parts)

    def statement(self):
        if self.depth >= 3:
            return self.output()
        kinds = ["output"] * 5 + ["if", "if", "for", "for", "set", "set_block", "with", "filter_block", "macro", "call", "namespace", "raw", "comment",
                                  "generation", "recursive", "print", "unpack", "break", "for_else", "for_if"]
        kind = self.pick("statement:", kinds)
        return self.output() if kind == "output" else self.nested(lambda: getattr(self, "statement_" + kind)())

    def statement_if(self):
        out = self.tag(f"if {self.truth()}") + self.body()
        if self.dice.random() < 0.3:
            out += self.tag(f"elif {self.truth()}") + self.body(1)
        if self.dice.random() < 0.5:
            out += self.tag("else") + self.body(1)
        return out + self.tag("endif")

    def loop_body(self):
        before, self.in_loop = self.in_loop, True
        made = self.body()
        self.in_loop = before
        return made

    def statement_for(self):
        return self.tag(f"for {self.dice.choice(['x', 'item', 's'])} in {self.list()}") + self.loop_body() + self.tag("endfor")

    def statement_for_else(self):
        return self.tag(f"for x in {self.list()}") + self.loop_body() + self.tag("else") + self.body(1) + self.tag("endfor")

    def statement_for_if(self):
        return self.tag(f"for x in {self.list()} if x is {self.pick('test', TEXT_TESTS)}") + self.loop_body() + self.tag("endfor")

    def statement_unpack(self):
        return self.tag("for k, v in info.items()") + "{{ k }}={{ v }};" + self.loop_body() + self.tag("endfor")

    def statement_recursive(self):
        return self.tag("for node in tree recursive") + "{{ loop.depth }}{{ node.name }}{{ loop(node.kids) if node.kids }}" + self.loop_body() + self.tag("endfor")

    def statement_break(self):
        word = self.pick("tag", ["break", "continue"])
        return self.tag("for x in range(5)") + "{{ x }}" + self.tag(f"if x == {self.dice.randint(0, 4)}") + self.tag(word) + self.tag("endif") \
            + self.loop_body() + self.tag("endfor")

    def statement_set(self):
        name = self.dice.choice(["s", "n", "fresh", "text"])
        value = self.number() if name == "n" else self.text_sure()
        return self.tag(f"set {name} = {value}") + "{{ " + name + " }}"

    def statement_set_block(self):
        extra = self.pick("set filter", ["", "", " | upper", " | trim", " | replace('a', 'o') | title"])
        return self.tag("set s" + extra) + self.body(1) + self.tag("endset") + "{{ s }}"

    def statement_with(self):
        return self.tag(f"with a = {self.text()}, b = {self.number()}") + "{{ a }}{{ b }}" + self.body(1) + self.tag("endwith")

    def statement_filter_block(self):
        return self.tag("filter " + self.pick("filter block", ["upper", "trim", "indent(2)", "replace('a', 'e')", "lower | title", "escape"])) + self.body(1) \
            + self.tag("endfilter")

    def statement_macro(self):
        name = f"m{len(self.macros)}"
        before, self.in_loop = self.in_loop, False
        out = self.tag(f"macro {name}(a, b={self.text()}, c='z')") + "{{ a }}|{{ b }}" + self.dice.choice(["{{ varargs }}", "{{ kwargs }}", "", "{{ caller is defined }}"]) \
            + self.body(1) + self.tag("endmacro")
        self.in_loop = before
        call = self.pick("macro call", [f"{name}('1')", f"{name}('1', c=2)", f"{name}(b='2')", f"{name}('1', '2', '3')", f"{name}(*['p', 'q'])", f"{name}(**{{'a': 1}})"])
        return out + "{{ " + call + " }}"

    def statement_call(self):
        before, self.in_loop = self.in_loop, False
        out = self.tag("macro wrap(t)") + "<{{ t }}>{{ caller('in') }}</{{ t }}>" + self.tag("endmacro") + self.tag(f"call(v) wrap({self.text()})") + "{{ v }}" \
            + self.body(1) + self.tag("endcall")
        self.in_loop = before
        return out

    def statement_namespace(self):
        return self.tag(f"set ns = namespace(v={self.number()}, w='')") + self.tag(f"for x in {self.list()}") \
            + self.tag("set ns.v = ns.v + 1") + self.tag("set ns.w = ns.w ~ x") + self.tag("endfor") + "{{ ns.v }} {{ ns.w }}"

    def statement_raw(self):
        return self.tag("raw") + "{{ raw }} {% x %}\n  " + self.tag("endraw")

    def statement_comment(self):
        left, right = self.pick("comment", WHITESPACE)
        return f"{{#{left} c {{{{ x }}}} {right}#}}"

    def statement_generation(self):
        before, self.in_loop = self.in_loop, False
        out = self.tag("generation") + self.body(1) + self.tag("endgeneration")
        self.in_loop = before
        return out

    def statement_print(self):
        return self.tag(f"print {self.text()}, {self.number()}")

    def featured(self, at):
        """Constructs that chance makes rare: each program has some of them in turn."""
        kind, construct, make = FEATURED[at % len(FEATURED)]
        self.used[f"{kind} {construct}"] += 1
        return self.nested(lambda: "{{ " + make(self, construct) + " }}")

    def whole(self, number):
        at = number * FEATURED_EACH
        return self.body(4) + "".join(self.data() + self.featured(at + i) for i in range(FEATURED_EACH))


def in_turn(kind, constructs, make):
    return [(kind, construct, make) for construct in constructs]


FEATURED_EACH = 3
FEATURED = [
    *in_turn("filter", TEXT_FILTERS, lambda p, x: f"{p.bracket(p.text())}|{x}"),
    *in_turn("filter", LIST_FILTERS, lambda p, x: f"{p.bracket(p.list())}|{x}"),
    *in_turn("filter", NUMBER_FILTERS, lambda p, x: f"{p.bracket(p.number())}|{x}"),
    *in_turn("method", TEXT_METHODS + TEXT_ANSWERS + TEXT_COUNTS, lambda p, x: f"{p.bracket(p.text_sure())}.{x}"),
    *in_turn("test", TEXT_TESTS, lambda p, x: f"{p.bracket(p.text())} is {x}"),
    *in_turn("test", NUMBER_TESTS, lambda p, x: f"{p.bracket(p.number())} is {x}"),
    *in_turn("list-to-text", GROUPS, lambda p, x: x),
    *in_turn("format", FORMATS, lambda p, x: p.filled(x)),
]


VARIABLES = {
    "s": "some Text", "n": 3, "names": ["ann", "Bob", "cé"], "flag": True, "text": "  pad\nline two ",
    "info": {"name": "Zoë", "age": 41, "deep": {"key": "v"}, "tags": ["x", None, 1.5]},
    "people": [{"name": "Ann", "age": 31, "city": "Rome", "admin": True}, {"name": "bob", "age": 29, "city": "oslo", "admin": False},
               {"name": "Cy", "age": 40, "city": "rome", "admin": True, "nick": "c"}],
    "tree": [{"name": "a", "kids": [{"name": "b", "kids": []}, {"name": "c", "kids": [{"name": "d", "kids": []}]}]}, {"name": "e", "kids": []}],
}
TOKEN = re.compile(r"\{[%{#][-+]?|[-+]?[%}#]\}|'[^'\n]*'|\"[^\"\n]*\"|\w+|\s+|.", re.S)


def mutated(dice, template):
    """Some tokens of a template are lost, doubled or swapped."""
    tokens = TOKEN.findall(template)
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(tokens))
        kind = dice.random()
        if kind < 0.4:
            del tokens[at]
        elif kind < 0.7:
            tokens.insert(at, tokens[at])
        else:
            other = dice.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        if not tokens:
            break
    return "".join(tokens)


def program(dice, number):
    made = Program(dice)
    return made.whole(number), made.used


if __name__ == "__main__":
    print(program(random.Random(1), 1)[0])
