#include <algorithm>

#include <fmt/format.h>

#include "jinja/attributes.h"
#include "jinja/filters.h"
#include "jinja/iterate.h"
#include "jinja/operators.h"
#include "jinja/slices.h"
#include "jinja/text_args.h"
#include "jinja/unicode.h"

namespace slipway::jinja {
namespace {

Result<Value> count(Machine& machine, const Value& subject, Given&) {
  SLIPWAY_ASSIGN(const std::int64_t size, length(machine, subject));
  return Value::integer(size);
}

Result<Value> list(Machine& machine, const Value& subject, Given&) {
  SLIPWAY_ASSIGN(auto items, collect(machine, subject));
  return machine.list(std::move(items));
}

Result<Value> first(Machine& machine, const Value& subject, Given&) {
  SLIPWAY_ASSIGN(const auto source, iterate(machine, subject));
  Value item;
  SLIPWAY_ASSIGN(const bool more, source->next(machine, item));
  return more ? item : missing_value("No first item, sequence was empty.");
}

Result<Value> last(Machine& machine, const Value& subject, Given&) {
  if (subject.is(Kind::kUndefined)) return missing_value("No last item, sequence was empty.");
  const auto size = length_of(subject);
  if (!size) {
    return corrupt(fmt::format("'{}' object is not reversible", type_name(subject)));
  }
  if (*size == 0) return missing_value("No last item, sequence was empty.");
  if (subject.is(Kind::kDict)) return mapping_of(subject).members.back().first;
  if (subject.is(Kind::kView)) {
    return view_item(machine, subject.object<View>(), static_cast<std::size_t>(*size - 1));
  }
  SLIPWAY_ASSIGN(auto item, item_at(machine, subject, -1));
  return std::move(*item);
}

std::string_view reverse_name(const Value& value) {
  if (value.is(Kind::kList)) return "list_reverseiterator";
  return value.is(Kind::kTuple) || value.is(Kind::kUndefined) ? "reversed" : "reverseiterator";
}

Result<Value> reverse(Machine& machine, const Value& subject, Given&) {
  if (subject.is(Kind::kString)) {
    return sliced(machine, subject, {Value::none(), Value::none(), Value::integer(-1)});
  }
  if (subject.is(Kind::kIterator) || subject.is(Kind::kLoop)) {
    SLIPWAY_ASSIGN(auto items, collect(machine, subject));
    std::ranges::reverse(items);
    return machine.list(std::move(items));
  }
  SLIPWAY_ASSIGN(auto items, reversed(machine, subject));
  if (subject.is(Kind::kUndefined)) items.emplace();
  if (!items) return corrupt("argument must be iterable");
  SLIPWAY_ASSIGN(const Value kept, machine.list(std::move(*items)));
  return lazily(
      machine, depth_of(kept),
      [kept, at = std::size_t{0}](Machine&, Value& out) mutable -> Result<bool> {
        if (at >= items_of(kept).size()) return false;
        out = items_of(kept)[at++];
        return true;
      },
      reverse_name(subject));
}

Result<Value> join(Machine& machine, const Value& subject, Given& given) {
  Getter getter;
  if (!given.is_none(1)) {
    SLIPWAY_ASSIGN(getter, attribute_getter(machine, given[1]));
  }
  std::string separator;
  if (given[0] != nullptr) {
    SLIPWAY_ASSIGN(separator, machine.str(*given[0]));
  }
  SLIPWAY_ASSIGN(const auto source, iterate(machine, subject));
  std::string out;
  bool begun = false;
  for (Value item;;) {
    SLIPWAY_ASSIGN(const bool more, source->next(machine, item));
    if (!more) break;
    if (getter) {
      SLIPWAY_ASSIGN(item, getter(item));
    }
    if (begun) out += separator;
    begun = true;
    SLIPWAY_ASSIGN(const std::string part, machine.str(item));
    out += part;
    SLIPWAY_TRY(machine.budget().step(1 + separator.size() / 64));
    SLIPWAY_TRY(machine.budget().fits(out.size()));
  }
  return machine.text(std::move(out));
}

Result<Value> sum(Machine& machine, const Value& subject, Given& given) {
  Getter getter;
  if (!given.is_none(0)) {
    SLIPWAY_ASSIGN(getter, attribute_getter(machine, given[0]));
  }
  Value total = given[1] == nullptr ? Value::integer(0) : *given[1];
  if (!is_iterable(subject)) return corrupt(fmt::format("'{}' object is not iterable", type_name(subject)));
  if (total.is(Kind::kString)) return corrupt("sum() can't sum strings");
  SLIPWAY_ASSIGN(const auto source, iterate(machine, subject));
  for (Value item;;) {
    SLIPWAY_ASSIGN(const bool more, source->next(machine, item));
    if (!more) return total;
    if (getter) {
      SLIPWAY_ASSIGN(item, getter(item));
    }
    SLIPWAY_ASSIGN(total, operate(machine, Op::kAdd, total, item));
  }
}

Result<Value> random(Machine& machine, const Value& subject, Given&) {
  SLIPWAY_ASSIGN(const std::int64_t size, length(machine, subject));
  if (size == 0) return missing_value("No random item, sequence was empty.");
  return unsupported("random chooses by chance");
}

Result<Value> attr(Machine& machine, const Value& subject, Given& given) {
  SLIPWAY_ASSIGN(const std::string name, given.string(0));
  SLIPWAY_ASSIGN(const auto found, python_attribute(machine, subject, name));
  if (!found) {
    if (name.starts_with("__")) return missing_value(fmt::format("access to attribute '{}' is unsafe", name));
    return missing_value(fmt::format("'{}' object has no attribute '{}'", type_name(subject), name));
  }
  return get_attribute(machine, subject, name);
}

constexpr FilterRow kRows[] = {{"length", "", &count},
                               {"count", "", &count},
                               {"list", "", &list},
                               {"first", "", &first},
                               {"last", "", &last},
                               {"reverse", "", &reverse},
                               {"join", "d? attribute?", &join},
                               {"sum", "attribute? start?", &sum},
                               {"random", "", &random},
                               {"attr", "name", &attr}};

}  // namespace

std::span<const FilterRow> list_filters() { return kRows; }

}  // namespace slipway::jinja
