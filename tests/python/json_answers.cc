// What slipway/json.h makes of each document on standard input, for json_against_python_test.py.
//
// Both directions are fields: a length in decimal, a newline, that many bytes. A request is
// document, style, operation ("", "set", "erase"), value, number of keys, keys. The answer is verdict ("ok"
// or the error), verdict without NaN, text, dump, printed in the style, printed in the style seen, printed
// compactly, edited text (or "!" and the error).
#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include <fmt/format.h>

#include "answers.h"
#include "slipway/json.h"

namespace {

using namespace slipway;
using json::Document;
using json::Style;
using json::Value;
using testing::field;

constexpr json::ParseOptions kAsPython{.allow_nan = true};

struct Request {
  std::string document, style, operation, value;
  std::vector<std::string> path;
};

Request request(std::string_view& input) {
  Request one;
  for (std::string* part : {&one.document, &one.style, &one.operation, &one.value}) *part = field(input);
  for (int keys = std::atoi(field(input).c_str()); keys > 0; --keys) one.path.push_back(field(input));
  return one;
}

// "2anp": indent 2 (- is one line), ASCII, a final newline, Python's separators.
Style style_of(std::string_view text) {
  const auto has = [&](char letter) { return text.find(letter) != std::string_view::npos; };
  return {.indent = text.starts_with('-') ? -1 : text[0] - '0',
          .ascii = has('a'),
          .final_newline = has('n'),
          .python_separators = has('p')};
}

// A string by its count of code points, so that no quoting is needed.
void dump_string(std::string& out, const std::string& text) {
  const auto points = std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
  out += fmt::format("s{}:{}", points, text);
}

void dump(std::string& out, const Value& value) {
  if (value.is_null()) out += 'n';
  if (value.is_bool()) out += *value.as_bool() ? 't' : 'f';
  if (value.is_string()) dump_string(out, value.string());
  if (value.is_number()) {
    out += fmt::format("#{}={:016x}", value.number_text(), std::bit_cast<std::uint64_t>(*value.as_double()));
    if (const auto whole = value.as_int()) out += fmt::format("i{}", *whole);
    if (const auto whole = value.as_uint()) out += fmt::format("u{}", *whole);
  }
  if (value.is_array()) {
    out += '[';
    for (const Value& item : value.items()) dump(out, item);
    out += ']';
  }
  if (value.is_object()) {
    out += '{';
    for (const auto& [key, member] : value.members()) {
      dump_string(out, key);
      dump(out, member);
    }
    out += '}';
  }
}

std::string edited(Document document, const Request& one) {
  if (one.operation.empty()) return "";
  const std::vector<std::string_view> path(one.path.begin(), one.path.end());
  Result<void> done;
  if (one.operation == "erase") {
    done = document.erase(path);
  } else {
    done = document.set(path, json::parse(one.value, kAsPython).value());
  }
  return done ? document.text() : "!" + done.error().message;
}

std::string verdict(const auto& result) { return result ? "ok" : result.error().message; }

std::array<std::string, 8> answer(const Request& one) {
  std::array<std::string, 8> fields;
  const auto document = Document::parse(one.document, kAsPython);
  fields[0] = verdict(document);
  fields[1] = verdict(json::parse(one.document));
  if (!document) return fields;
  fields[2] = document->text();
  dump(fields[3], document->root());
  fields[4] = json::print(document->root(), style_of(one.style));
  fields[5] = json::print(document->root(), document->style());
  fields[6] = json::print_compact(document->root());
  fields[7] = edited(*document, one);
  return fields;
}

}  // namespace

int main() {
  testing::answer_all([](std::string_view& input) { return answer(request(input)); });
  return 0;
}
