#include <algorithm>

#include "jinja/find.h"
#include "jinja/iterate.h"
#include "jinja/methods.h"
#include "jinja/operators.h"
#include "jinja/text_args.h"
#include "jinja/unicode.h"

namespace slipway::jinja {
namespace {

Result<Value> texts(Machine& machine, const std::vector<std::string_view>& parts, bool markup,
                    Kind kind = Kind::kList) {
  std::vector<Value> items;
  SLIPWAY_TRY(machine.budget().room(parts.size() * sizeof(Value)));
  for (const std::string_view part : parts) {
    SLIPWAY_ASSIGN(Value item, machine.text(std::string(part), markup));
    items.push_back(std::move(item));
  }
  return machine.sequence(kind, std::move(items));
}

Result<Value> split(Machine& machine, const Value& self, const Given& given) {
  SLIPWAY_ASSIGN(const std::int64_t limit, given.whole(1, -1));
  const std::string& text = self.as_string();
  if (given.is_none(0)) {
    SLIPWAY_TRY(machine.budget().room(text.size() * 8));
    return texts(machine, split_blanks(text, limit < 0 ? -1 : limit), is_markup(self));
  }
  SLIPWAY_ASSIGN(const std::string separator, given.string(0));
  SLIPWAY_ASSIGN(const auto parts, split_at(machine, text, separator, limit < 0 ? -1 : limit));
  return texts(machine, parts, is_markup(self));
}

std::vector<std::string_view> split_blanks_back(std::string_view text, std::int64_t limit) {
  std::vector<std::string_view> parts;
  text = strip_right(text);
  while (!text.empty()) {
    if (limit == 0) {
      parts.push_back(strip_left(text));
      break;
    }
    std::size_t begin = text.size();
    while (begin > 0) {
      std::size_t before = begin;
      if (is_space(last_point(text, before))) break;
      begin = before;
    }
    parts.push_back(text.substr(begin));
    text = strip_right(text.substr(0, begin));
    if (limit > 0) --limit;
  }
  return parts;
}

Result<Value> rsplit(Machine& machine, const Value& self, const Given& given) {
  SLIPWAY_ASSIGN(const std::int64_t limit, given.whole(1, -1));
  const std::string& text = self.as_string();
  SLIPWAY_TRY(machine.budget().room(text.size() * 8));
  std::vector<std::string_view> parts;
  if (given.is_none(0)) {
    parts = split_blanks_back(text, limit < 0 ? -1 : limit);
  } else {
    SLIPWAY_ASSIGN(const std::string separator, given.string(0));
    if (separator.empty()) return corrupt("empty separator");
    std::string_view rest = text;
    for (std::int64_t left = limit; left != 0; --left) {
      const std::size_t found = find_last_in(rest, separator);
      if (found == std::string_view::npos) break;
      parts.push_back(rest.substr(found + separator.size()));
      rest = rest.substr(0, found);
      SLIPWAY_TRY(machine.budget().step(1 + (separator.size() > 16 ? rest.size() / 16 : 0)));
    }
    parts.push_back(rest);
  }
  std::ranges::reverse(parts);
  return texts(machine, parts, is_markup(self));
}

Result<Value> split_lines(Machine& machine, const Value& self, const Given& given) {
  SLIPWAY_TRY(machine.budget().room(self.as_string().size() * 8));
  return texts(machine, lines_of(self.as_string(), given.truth_at(0)), is_markup(self));
}

template <bool Last>
Result<Value> partition(Machine& machine, const Value& self, const Given& given) {
  SLIPWAY_ASSIGN(const std::string separator, given.string(0));
  if (separator.empty()) return corrupt("empty separator");
  const std::string_view text = self.as_string();
  const std::size_t found = Last ? find_last_in(text, separator) : find_text_in(text, separator);
  std::vector<std::string_view> parts = {text, "", ""};
  if (found != std::string_view::npos) {
    parts = {text.substr(0, found), separator, text.substr(found + separator.size())};
  } else if (Last) {
    parts = {"", "", text};
  }
  return texts(machine, parts, is_markup(self), Kind::kTuple);
}

Result<Value> join(Machine& machine, const Value& self, const Given& given) {
  SLIPWAY_ASSIGN(const auto items, collect(machine, *given[0]));
  std::vector<std::string> parts;
  bool markup = is_markup(self);
  for (const Value& item : items) {
    if (!item.is(Kind::kString) && !markup) return corrupt("sequence item: expected str instance");
    if (!markup) {
      parts.push_back(item.as_string());
      continue;
    }
    SLIPWAY_ASSIGN(std::string part, escaped_value(machine, item));
    parts.push_back(std::move(part));
  }
  SLIPWAY_ASSIGN(std::string out, joined(machine, parts, self.as_string()));
  // "".join of one exact Markup gives it back unchanged.
  if (items.size() == 1 && !markup && is_markup(items[0])) markup = false;
  return machine.text(std::move(out), markup);
}

constexpr MethodRow kRows[] = {
    {"split", "sep? maxsplit?", &split},       {"rsplit", "sep? maxsplit?", &rsplit},
    {"splitlines", "keepends?", &split_lines}, {"partition", "sep /", &partition<false>},
    {"rpartition", "sep /", &partition<true>}, {"join", "iterable /", &join}};

}  // namespace

std::span<const MethodRow> text_split_methods() { return kRows; }

}  // namespace slipway::jinja
