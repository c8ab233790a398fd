// Goal: whatever a template does, it ends within its limits, with an error and without a leak.
#include <gtest/gtest.h>

#include "jinja/template.h"

namespace slipway::jinja {
namespace {

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

ErrorCode outcome(std::string_view text) {
  const Limits limits{.steps = 2'000'000, .output_bytes = 4u << 20, .memory_bytes = 16u << 20};
  const auto parsed = Template::parse(text);
  if (!parsed) return parsed.error().code;
  const auto out = parsed->render({}, {.limits = limits});
  return out ? ErrorCode::kInternal : out.error().code;
}

class Hostile : public ::testing::TestWithParam<const char*> {};

TEST_P(Hostile, EndsAtALimit) { EXPECT_EQ(outcome(GetParam()), ErrorCode::kUnsupported) << GetParam(); }

INSTANTIATE_TEST_SUITE_P(
    Templates, Hostile,
    ::testing::Values(
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% for a in range(100000) %}{% for b in range(100000) %}{{ 'xxxxxxxxxxxxxxxx' }}{% endfor %}{% "
        "endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{{ 'a' * 10 ** 9 }}", "{{ [0] * 10 ** 9 }}",
        "{{ 'a' * 9223372036854775807 }}", "{{ '%99999999d' % 1 }}", "{{ '%.99999999f' % 1 }}",
        "{{ '{:>999999999}'.format('a') }}", "{{ '{:.999999999f}'.format(1.5) }}",
        "{{ 'a' | center(999999999) }}", "{{ 'a\nb' | indent(999999999) }}", "{{ 'a'.ljust(999999999) }}",
        "{{ 'a'.zfill(999999999) }}", "{{ '\t'.expandtabs(2000000000) }}",
        "{{ [1, [2]] | tojson(indent=999999999) }}", "{{ ('a' * 4000).replace('a', 'b' * 4000) }}",
        "{{ ('a' * 4000).replace('', 'b' * 4000) }}", "{{ ('x' * 5000).join(('y' * 5000) | list) }}",
        "{{ range(100000) | join('x' * 4000) }}", "{{ [1] | batch(999999999, 'x') | list }}",
        "{{ [1] | slice(999999999) | list }}",
        "{% set n = namespace(x='ab') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "{% set n = namespace(x=[]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x "
        "}}",
        "{% set n = namespace(x=[]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x | "
        "tojson }}",
        "{% set n = namespace(x=[], y=[]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}"
        "{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}",
        "{% set n = namespace(x=[]) %}{% for i in range(9999) %}{% set n.x = [n.x] %}{% endfor %}",
        "{% set n = namespace(x=[1]) %}{% for i in range(9999) %}{% set n.x = n.x | map('string') %}{% "
        "endfor %}",
        "{% set n = namespace(x=namespace()) %}{% for i in range(9999) %}{% set n.x = namespace(y=n.x) %}{% "
        "endfor %}{{ n }}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "{{ 9223372036854775807 + 1 }}",
        "{{ 2 ** 64 }}"));

TEST(HostileSource, IsRefusedByItsDepth) {
  EXPECT_EQ(outcome("{{ " + repeated("(", 5000) + "1" + repeated(")", 5000) + " }}"),
            ErrorCode::kUnsupported);
  EXPECT_EQ(outcome("{{ " + repeated("not ", 5000) + "1 }}"), ErrorCode::kUnsupported);
  EXPECT_EQ(outcome("{{ " + repeated("-", 5000) + "1 }}"), ErrorCode::kUnsupported);
  EXPECT_EQ(outcome("{{ 1" + repeated(" + 1", 5000) + " }}"), ErrorCode::kUnsupported);
  EXPECT_EQ(outcome("{{ 1" + repeated("|string", 5000) + " }}"), ErrorCode::kUnsupported);
  EXPECT_EQ(outcome("{{ " + repeated("[", 5000) + repeated("]", 5000) + " }}"), ErrorCode::kUnsupported);
  EXPECT_EQ(outcome(repeated("{% if 1 %}", 5000) + repeated("{% endif %}", 5000)), ErrorCode::kUnsupported);
  EXPECT_EQ(outcome("{% for " + repeated("(", 5000) + "a"), ErrorCode::kUnsupported);
  EXPECT_EQ(outcome(std::string(2u << 20, 'x')), ErrorCode::kUnsupported);
}

TEST(HostileSource, MayNestDeepInEveryMacroItCalls) {
  EXPECT_EQ(outcome("{% macro m() %}{{ m()" + repeated(" + 1", 390) + " }}{% endmacro %}{{ m() }}"),
            ErrorCode::kUnsupported);
  EXPECT_EQ(outcome("{% macro m() %}" + repeated("{% if 1 %}", 50) + "{{ " + repeated("(0,", 80) + "m()" +
                    repeated(")", 80) + " }}" + repeated("{% endif %}", 50) + "{% endmacro %}{{ m() }}"),
            ErrorCode::kUnsupported);
}

TEST(HostileValues, MayHoldThemselves) {
  const auto printed = Template::parse("{% set n = namespace() %}{% set n.n = n %}{{ n }}")->render({});
  ASSERT_TRUE(printed) << printed.error().message;
  EXPECT_EQ(*printed, "<Namespace {'n': <Namespace {...}>}>");
  EXPECT_TRUE(
      Template::parse("{% macro m() %}{{ m }}{% endmacro %}{{ m() }}{% for x in [1] %}{% macro k() %}{{ x }}"
                      "{{ k }}{% endmacro %}{{ loop.changed(loop) }}{{ k() }}{% endfor %}")
          ->render({}));
}

}  // namespace
}  // namespace slipway::jinja
