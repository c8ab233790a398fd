#include "jinja/find.h"
#include "jinja/methods.h"
#include "jinja/text_args.h"
#include "jinja/unicode.h"

namespace slipway::jinja {
namespace {

template <bool Last, bool Must>
Result<Value> find(Machine& machine, const Value& self, const Given& given) {
  SLIPWAY_ASSIGN(const std::string needle, given.string(0));
  SLIPWAY_ASSIGN(const Part part, part_of(self, given, 1));
  SLIPWAY_TRY(machine.budget().step(self.as_string().size() / 16));
  std::size_t found = std::string_view::npos;
  if (!part.empty_range) found = Last ? find_last_in(part.bytes, needle) : find_text_in(part.bytes, needle);
  if (found == std::string_view::npos) {
    if (Must) return corrupt("substring not found");
    return Value::integer(-1);
  }
  return Value::integer(
      static_cast<std::int64_t>(part.first_point + count_points(part.bytes.substr(0, found))));
}

Result<Value> count(Machine& machine, const Value& self, const Given& given) {
  SLIPWAY_ASSIGN(const std::string needle, given.string(0));
  SLIPWAY_ASSIGN(const Part part, part_of(self, given, 1));
  SLIPWAY_TRY(machine.budget().step(self.as_string().size() / 16));
  if (part.empty_range) return Value::integer(0);
  if (needle.empty()) return Value::integer(static_cast<std::int64_t>(count_points(part.bytes)) + 1);
  std::int64_t found = 0;
  for (std::size_t at = 0;; ++found) {
    at = find_text_in(part.bytes, needle, at);
    if (at == std::string_view::npos) return Value::integer(found);
    at += needle.size();
  }
}

template <bool End>
Result<Value> touches(Machine&, const Value& self, const Given& given) {
  SLIPWAY_ASSIGN(const Part part, part_of(self, given, 1));
  const auto one = [&](const Value& wanted) -> Result<bool> {
    if (!wanted.is(Kind::kString)) return corrupt("startswith and endswith take a str or a tuple of str");
    if (part.empty_range) return false;
    return End ? part.bytes.ends_with(wanted.as_string()) : part.bytes.starts_with(wanted.as_string());
  };
  const Value& wanted = *given[0];
  if (!wanted.is(Kind::kTuple)) {
    SLIPWAY_ASSIGN(const bool found, one(wanted));
    return Value::boolean(found);
  }
  for (const Value& item : items_of(wanted)) {
    SLIPWAY_ASSIGN(const bool found, one(item));
    if (found) return Value::boolean(true);
  }
  return Value::boolean(false);
}

constexpr MethodRow kRows[] = {{"find", "sub start? end? /", &find<false, false>},
                               {"rfind", "sub start? end? /", &find<true, false>},
                               {"index", "sub start? end? /", &find<false, true>},
                               {"rindex", "sub start? end? /", &find<true, true>},
                               {"count", "sub start? end? /", &count},
                               {"startswith", "prefix start? end? /", &touches<false>},
                               {"endswith", "suffix start? end? /", &touches<true>}};

}  // namespace

std::span<const MethodRow> text_search_methods() { return kRows; }

}  // namespace slipway::jinja
