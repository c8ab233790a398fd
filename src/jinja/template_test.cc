#include "jinja/template.h"

#include <gtest/gtest.h>

#include "jinja/from_json.h"

namespace slipway::jinja {
namespace {

std::string rendered(std::string_view text, const Variables& variables = {},
                     const Surroundings& around = {}) {
  const auto parsed = Template::parse(text);
  if (!parsed) return "!" + std::string(error_kind(parsed.error().code));
  const auto out = parsed->render(variables, around);
  return out ? *out : "!" + std::string(error_kind(out.error().code));
}

Variables chat() {
  const auto text = json::parse(R"([{"role":"user","content":"Hi"},{"role":"assistant","content":"Yo"}])");
  return {{"messages", from_json(*text).value()}, {"eos_token", Value::string("</s>")}};
}

TEST(Template, RendersAConversation) {
  EXPECT_EQ(
      rendered("{% for m in messages %}\n<{{ m.role }}>{{ m['content'] }}{{ eos_token }}\n{% endfor %}\n",
               chat()),
      "<user>Hi</s>\n<assistant>Yo</s>\n");
}

TEST(Template, TakesWhitespaceAsTransformersDoes) {
  EXPECT_EQ(rendered("a\n  {% if true %}\n  b\n  {%- endif +%}\n c\n\n"), "a\n  b\n c\n");
  EXPECT_EQ(rendered("  {%+ if true %}x{% endif %}{# gone #}\ny\r\nz"), "  xy\nz");
}

TEST(Template, KeepsWhatALoopSetsInsideIt) {
  EXPECT_EQ(rendered("{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{{ x }}{% endfor %}{{ x }}"), "21");
  EXPECT_EQ(
      rendered(
          "{% set n = namespace(x=1) %}{% for i in [1, 2] %}{% set n.x = n.x + i %}{% endfor %}{{ n.x }}"),
      "4");
}

TEST(Template, CountsALoopThatOnlyContinuesAsEmpty) {
  EXPECT_EQ(rendered("{% for i in [1] %}{% continue %}{% else %}none{% endfor %}"), "none");
}

TEST(Template, PrefersAttributesBehindADotAndItemsInBrackets) {
  const Variables variables = {{"d", Value::dict({{"items", Value::string("mine")}})}};
  EXPECT_EQ(rendered("{{ d['items'] }} {{ d.items() | list }}", variables), "mine [('items', 'mine')]");
}

TEST(Template, RaisesOnlyWhenAnUndefinedValueIsUsed) {
  EXPECT_EQ(rendered("[{{ nothing }}{{ nothing or 'x' }}{{ {}.a }}]"), "[x]");
  EXPECT_EQ(rendered("{{ nothing.more }}"), "!corrupt_data");
  EXPECT_EQ(rendered("{{ nothing + 1 }}"), "!corrupt_data");
}

TEST(Template, FoldsASliceOfNothingAsJinjaDoes) {
  EXPECT_EQ(rendered("{{ none[:] }}|{{ none[:] ~ 'a' }}|{{ none[:]|default('d') }}|{{ [none[:]]|length }}"),
            "|a|d|1");
  EXPECT_EQ(rendered("{{ none[:] and 'a' }}|{{ none[:] or 'b' }}|{{ (none[:] and 'a')|default('c') }}"),
            "|b|c");
  for (const char* text :
       {"{% set a = none[:] %}", "{% set a = none[:] and 'a' %}", "{% set a = [none[:]] %}",
        "{% set a = none[:] if true else 'a' %}", "{% set a = {'k': none[:]} %}", "{{ x[:] }}"})
    EXPECT_TRUE(rendered(text).starts_with("!")) << text;
  EXPECT_EQ(rendered("{% set a = [][5:][0] %}{{ a is defined }}"), "False");
}

TEST(Template, MakesNoDictAndNoNamespaceOfAnUndefinedValue) {
  EXPECT_EQ(rendered("{{ dict(absent) }}"), "!corrupt_data");
  EXPECT_EQ(rendered("{% set n = namespace(absent) %}"), "!corrupt_data");
  EXPECT_EQ(rendered("{{ namespace({1: 2}) }}"), "<Namespace {1: 2}>");
}

// Where a word's first letter is another one than in capitals, and where it is the same.
TEST(Template, WritesTitlesAsPythonDoes) {
  EXPECT_EQ(rendered("{{ 'ǆ ß ა ŉ a 1x ﬁ'.title() }}|{{ 'ǆA'.capitalize() }}|{{ 'ა'.upper() }}"),
            "ǅ Ss ა ʼN A 1X Fi|ǅa|Ა");
}

TEST(Template, SaysWhatRaiseExceptionSaid) {
  const auto parsed = Template::parse("{{ raise_exception('roles must\nalternate') }}");
  const auto out = parsed->render({});
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, ErrorCode::kRefused);
  EXPECT_EQ(out.error().message, "roles must alternate");
}

TEST(Template, WritesTheTimeItIsGiven) {
  Surroundings around;
  EXPECT_EQ(rendered("{{ strftime_now('%d %b %Y') }}", {}, around), "!unsupported");
  around.now = LocalTime{.year = 2026, .month = 3, .day = 7, .weekday = 5, .yearday = 66};
  EXPECT_EQ(rendered("{{ strftime_now('%A %-d %B %Y, day %j') }}", {}, around),
            "Saturday 7 March 2026, day 066");
}

TEST(Template, WritesJsonWithoutHtmlEscapes) {
  EXPECT_EQ(rendered("{{ {'a': '<é>', 'b': [1.0, none]} | tojson }}"), R"({"a": "<é>", "b": [1.0, null]})");
  EXPECT_EQ(rendered("{{ {'b': 1, 'a': 'é'} | tojson(indent=1, sort_keys=true, ensure_ascii=true) }}"),
            "{\n \"a\": \"\\u00e9\",\n \"b\": 1\n}");
}

TEST(Template, PrintsValuesAsPythonDoes) {
  EXPECT_EQ(rendered("{{ [1, 2.0, true, none, \"it's\", 'a\\nb', ('x',)] }}"),
            "[1, 2.0, True, None, \"it's\", 'a\\nb', ('x',)]");
  EXPECT_EQ(rendered("{{ -7 // 2 }} {{ -7 % 3 }} {{ 1 / 3 }} {{ 2 ** -1 }} {{ 1e16 }}"),
            "-4 2 0.3333333333333333 0.5 1e+16");
}

TEST(Template, RefusesWhatTheSandboxForbids) {
  EXPECT_EQ(rendered("{{ ''.__class__ }}"), "");
  EXPECT_EQ(rendered("{{ ''.__class__.mro() }}"), "!corrupt_data");
  EXPECT_EQ(rendered("{{ '{0.__class__.__mro__}'.format(1) }}"), "!corrupt_data");
  EXPECT_EQ(rendered("{{ [].append(1) }}"), "!corrupt_data");
}

TEST(Template, KnowsItsFiltersWhenItIsParsed) {
  EXPECT_EQ(rendered("{{ 1 | nosuch }}"), "!corrupt_data");
  EXPECT_EQ(rendered("{% if false %}{{ 1 | nosuch }}{% endif %}ok"), "ok");
  EXPECT_EQ(rendered("{% include 'x' %}"), "!corrupt_data");
  EXPECT_EQ(rendered("{% do x %}"), "!corrupt_data");
}

}  // namespace
}  // namespace slipway::jinja
