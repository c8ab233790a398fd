#include <algorithm>

#include <fmt/format.h>

#include "jinja/filters.h"
#include "jinja/operators.h"
#include "jinja/text_args.h"
#include "jinja/unicode.h"
#include "jinja/wrap.h"

namespace slipway::jinja {
namespace {

template <std::string (*Change)(std::string_view)>
Result<Value> change(Machine& machine, const Value& subject, Given&) {
  SLIPWAY_ASSIGN(const Value text, soft_text(machine, subject));
  SLIPWAY_TRY(machine.budget().room(text.as_string().size() * 2));
  return machine.text(Change(text.as_string()), is_markup(text));
}

bool begins_word(Point point) {
  return point == '-' || point == '(' || point == '{' || point == '[' || point == '<' || is_space(point);
}

// jinja2's own title: words begin behind blanks, - ( { [ <.
std::string jinja_title(std::string_view text) {
  std::string out;
  std::string_view word = text.substr(0, 0);
  const auto flush = [&] {
    std::size_t first = 0;
    if (word.empty()) return;
    next_point(word, first);
    out += to_upper(word.substr(0, first)) + to_lower(word.substr(first));
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    if (!begins_word(next_point(text, at))) {
      word = word.empty() ? text.substr(begin, at - begin)
                          : text.substr(begin - word.size(), at - begin + word.size());
      continue;
    }
    flush();
    out += text.substr(begin, at - begin);
    word = text.substr(at, 0);
  }
  flush();
  return out;
}

Result<Value> title(Machine& machine, const Value& subject, Given&) {
  SLIPWAY_ASSIGN(const Value text, soft_text(machine, subject));
  SLIPWAY_TRY(machine.budget().room(text.as_string().size() * 2));
  return machine.text(jinja_title(text.as_string()));
}

Result<Value> trim(Machine& machine, const Value& subject, Given& given) {
  SLIPWAY_ASSIGN(const Value text, soft_text(machine, subject));
  std::string chars;
  if (!given.is_none(0)) {
    SLIPWAY_ASSIGN(chars, given.string(0));
  }
  const std::string* set = given.is_none(0) ? nullptr : &chars;
  return machine.text(std::string(strip_of(text.as_string(), set, true, true)), is_markup(text));
}

Result<Value> replace(Machine& machine, const Value& subject, Given& given) {
  SLIPWAY_ASSIGN(const std::string text, machine.str(subject));
  SLIPWAY_ASSIGN(const std::string old, machine.str(*given[0]));
  SLIPWAY_ASSIGN(const std::string fresh, machine.str(*given[1]));
  std::int64_t count = -1;
  if (!given.is_none(2)) {
    SLIPWAY_ASSIGN(count, given.whole(2, -1));
  }
  SLIPWAY_ASSIGN(std::string out, replaced(machine, text, old, fresh, count));
  return machine.text(std::move(out));
}

Result<Value> center(Machine& machine, const Value& subject, Given& given) {
  SLIPWAY_ASSIGN(const Value text, soft_text(machine, subject));
  SLIPWAY_ASSIGN(const std::int64_t width, given.whole(0, 80));
  return padded(machine, text, width, " ", '^');
}

Result<Value> indent(Machine& machine, const Value& subject, Given& given) {
  if (subject.is(Kind::kUndefined)) return used_undefined(subject);
  if (!subject.is(Kind::kString)) return corrupt("indent needs a string");
  const bool markup = is_markup(subject);
  Value by = Value::integer(4);
  if (given[0] != nullptr) by = *given[0];
  std::string blanks;
  if (by.is(Kind::kString)) {
    blanks = by.as_string();
  } else {
    SLIPWAY_ASSIGN(const std::int64_t width, whole_of(by));
    SLIPWAY_TRY(machine.budget().room(static_cast<std::size_t>(std::max<std::int64_t>(width, 0))));
    blanks.assign(static_cast<std::size_t>(std::max<std::int64_t>(width, 0)), ' ');
  }
  const std::string text = subject.as_string() + "\n";
  const auto lines = lines_of(text, false);
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool indented = i > 0 && (given.truth_at(2) || !lines[i].empty());
    SLIPWAY_TRY(machine.budget().room(blanks.size() + lines[i].size()));
    parts.push_back((indented ? blanks : "") + std::string(lines[i]));
  }
  SLIPWAY_ASSIGN(std::string out, joined(machine, parts, "\n"));
  SLIPWAY_TRY(machine.budget().room(out.size() + blanks.size()));
  return machine.text((given.truth_at(1) ? blanks : "") + out, markup);
}

Result<Value> truncate(Machine& machine, const Value& subject, Given& given) {
  SLIPWAY_ASSIGN(const std::int64_t length, given.whole(0, 255));
  std::string end = "...";
  if (given[2] != nullptr) {
    SLIPWAY_ASSIGN(end, given.string(2));
  }
  std::int64_t leeway = 5;
  if (!given.is_none(3)) {
    SLIPWAY_ASSIGN(leeway, given.whole(3, 5));
  }
  const auto end_size = static_cast<std::int64_t>(count_points(end));
  if (length < end_size || leeway < 0) return corrupt("truncate: the length is too small");
  if (!subject.is(Kind::kString)) {
    if (subject.is(Kind::kUndefined)) return subject;
    return unsupported("truncate of what is no string");
  }
  const std::string& text = subject.as_string();
  if (static_cast<std::int64_t>(text_of(subject).points) <= length + leeway) return subject;
  std::string_view kept =
      std::string_view(text).substr(0, byte_of(text, static_cast<std::size_t>(length - end_size)));
  if (!given.truth_at(1)) kept = kept.substr(0, std::min(kept.rfind(' '), kept.size()));
  if (is_markup(subject)) return machine.text(std::string(kept) + escaped(end), true);
  return machine.text(std::string(kept) + end);
}

Result<Value> word_count(Machine& machine, const Value& subject, Given&) {
  SLIPWAY_ASSIGN(const Value text, soft_text(machine, subject));
  std::int64_t count = 0;
  bool in_word = false;
  for (std::size_t at = 0; at < text.as_string().size();) {
    const bool word = is_word(next_point(text.as_string(), at));
    count += word && !in_word ? 1 : 0;
    in_word = word;
  }
  return Value::integer(count);
}

Result<Value> string(Machine& machine, const Value& subject, Given&) { return soft_text(machine, subject); }

Result<Value> word_wrap(Machine& machine, const Value& subject, Given& given) {
  if (subject.is(Kind::kUndefined)) return used_undefined(subject);
  if (!subject.is(Kind::kString)) return corrupt("wordwrap needs a string");
  Wrap wrap;
  SLIPWAY_ASSIGN(wrap.width, given.whole(0, 79));
  wrap.break_words = given[1] == nullptr || given.truth_at(1);
  wrap.break_hyphens = given[3] == nullptr || given.truth_at(3);
  std::string between = "\n";
  if (!given.is_none(2)) {
    SLIPWAY_ASSIGN(between, given.string(2));
  }
  std::vector<std::string> lines;
  for (const std::string_view line : lines_of(subject.as_string(), false)) {
    SLIPWAY_ASSIGN(const auto wrapped, wrapped_lines(machine, line, wrap));
    SLIPWAY_ASSIGN(std::string text, joined(machine, wrapped, between));
    lines.push_back(std::move(text));
  }
  SLIPWAY_ASSIGN(std::string out, joined(machine, lines, between));
  return machine.text(std::move(out));
}

Result<Value> format(Machine& machine, const Value& subject, Given& given) {
  SLIPWAY_ASSIGN(const Value text, soft_text(machine, subject));
  Arguments& rest = given.rest();
  if (!rest.items.empty() && !rest.named.empty())
    return corrupt("format takes positional or keyword arguments, not both");
  if (rest.named.empty()) {
    SLIPWAY_ASSIGN(const Value tuple, machine.tuple(std::move(rest.items)));
    return percent_format(machine, text, tuple);
  }
  auto members = std::make_shared<Mapping>();
  for (auto& [name, value] : rest.named) {
    SLIPWAY_ASSIGN(Value key, machine.text(name));
    SLIPWAY_TRY(insert(machine.budget(), *members, std::move(key), std::move(value)));
  }
  SLIPWAY_ASSIGN(const Value dict, machine.dict(std::move(members)));
  return percent_format(machine, text, dict);
}

constexpr FilterRow kRows[] = {
    {"upper", "", &change<to_upper>},
    {"lower", "", &change<to_lower>},
    {"capitalize", "", &change<to_capital>},
    {"title", "", &title},
    {"trim", "chars?", &trim},
    {"replace", "old new count?", &replace},
    {"center", "width?", &center},
    {"indent", "width? first? blank?", &indent},
    {"truncate", "length? killwords? end? leeway?", &truncate},
    {"wordcount", "", &word_count},
    {"wordwrap", "width? break_long_words? wrapstring? break_on_hyphens?", &word_wrap},
    {"string", "", &string},
    {"format", "*", &format},
};

}  // namespace

std::span<const FilterRow> text_filters() { return kRows; }

}  // namespace slipway::jinja
