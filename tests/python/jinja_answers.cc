// What src/jinja renders of each template on standard input, for jinja_against_python_test.py.
//
// Both directions are fields: a length in decimal, a newline, that many bytes. A request is template,
// variables as a JSON object. The answer is "ok", or the error's kind, and the text, or the error's message.
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "answers.h"
#include "jinja/from_json.h"
#include "jinja/template.h"
#include "slipway/json.h"

namespace {

using namespace slipway;
using testing::field;

constexpr jinja::Limits kLimits{.steps = 3'000'000};

Result<jinja::Variables> variables(const std::string& text) {
  SLIPWAY_ASSIGN(const json::Value object, json::parse(text, {.allow_nan = true}));
  jinja::Variables made;
  for (const auto& [name, member] : object.members()) {
    SLIPWAY_ASSIGN(jinja::Value value, jinja::from_json(member));
    made.emplace_back(name, std::move(value));
  }
  return made;
}

Result<std::string> rendered(const std::string& text, const std::string& given) {
  SLIPWAY_ASSIGN(const auto parsed, jinja::Template::parse(text));
  SLIPWAY_ASSIGN(const auto values, variables(given));
  const jinja::LocalTime now{.year = 2026,
                             .month = 3,
                             .day = 7,
                             .hour = 15,
                             .minute = 4,
                             .second = 5,
                             .microsecond = 6,
                             .weekday = 5,
                             .yearday = 66};
  return parsed.render(values, {.limits = kLimits, .now = now});
}

std::array<std::string, 2> answer(const std::string& text, const std::string& given) {
  const auto out = rendered(text, given);
  if (out) return {"ok", *out};
  return {std::string(error_kind(out.error().code)), out.error().message};
}

// `jinja_answers --time`: how long one rendering of the first request takes, the best of 50.
int timed() {
  const std::string all = testing::all_input();
  std::string_view input = all;
  const std::string text = field(input);
  const std::string given = field(input);
  const auto values = variables(given).value();
  const auto parsed = jinja::Template::parse(text).value();
  double best = 1e9;
  for (int i = 0; i < 50; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    (void)parsed.render(values, {.limits = {}, .now = jinja::LocalTime{}});
    best = std::min(
        best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  fmt::print("{:.3f} ms\n", best);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  if (count > 1 && std::string_view(words[1]) == "--time") return timed();
  testing::answer_all([](std::string_view& input) {
    const std::string text = field(input);
    return answer(text, field(input));
  });
  return 0;
}
