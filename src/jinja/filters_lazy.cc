#include <fmt/format.h>

#include "jinja/filters.h"
#include "jinja/iterate.h"

namespace slipway::jinja {
namespace {

// What a lazy filter knows when its first item is asked for.
struct Lazy {
  Value subject;
  Arguments arguments;
  std::shared_ptr<Iterator> source{};
  bool begun = false;
  bool done = false;
};

// Python's generators begin at the first item: then, and only if the subject is true, the arguments are read.
template <class Begin, class Next>
Result<Value> generator(Machine& machine, const Value& subject, Given& given, Begin begin, Next next) {
  auto state = std::make_shared<Lazy>(Lazy{subject, std::move(given.rest())});
  int depth = depth_of(subject);
  for (const Value& item : state->arguments.items) depth = std::max(depth, depth_of(item));
  return lazily(machine, depth, [state, begin, next](Machine& run, Value& out) mutable -> Result<bool> {
    if (state->done) return false;
    if (!std::exchange(state->begun, true)) {
      state->done = true;
      if (!truth(state->subject)) return false;
      SLIPWAY_TRY(begin(run, *state));
      SLIPWAY_ASSIGN(state->source, iterate(run, state->subject));
      state->done = false;
    }
    auto more = next(run, *state, out);
    if (!more || !*more) state->done = true;
    return more;
  });
}

struct MapBy {
  Getter getter{};
  std::string filter{};
  Arguments rest{};

  Result<void> begin(Machine& machine, Lazy& state) {
    rest = state.arguments;
    if (rest.items.empty() && rest.find("attribute") != nullptr) {
      const Value attribute = *rest.take("attribute");
      const Value otherwise = rest.take("default").value_or(Value::none());
      if (!rest.named.empty())
        return corrupt(fmt::format("Unexpected keyword argument '{}'", rest.named[0].first));
      SLIPWAY_ASSIGN(getter, attribute_getter(machine, &attribute, &otherwise));
      return {};
    }
    if (rest.items.empty()) return corrupt("map requires a filter argument");
    if (!rest.items[0].is(Kind::kString)) return corrupt("map needs the name of a filter");
    filter = rest.items[0].as_string();
    rest.items.erase(rest.items.begin());
    return {};
  }
};

Result<Value> map(Machine& machine, const Value& subject, Given& given) {
  auto by = std::make_shared<MapBy>();
  return generator(
      machine, subject, given, [by](Machine& run, Lazy& state) { return by->begin(run, state); },
      [by](Machine& run, Lazy& state, Value& out) -> Result<bool> {
        Value item;
        SLIPWAY_ASSIGN(const bool more, state.source->next(run, item));
        if (!more) return false;
        if (by->getter) {
          SLIPWAY_ASSIGN(out, by->getter(item));
        } else {
          SLIPWAY_ASSIGN(out, run.filter(by->filter, item, by->rest));
        }
        return true;
      });
}

struct SelectBy {
  Getter getter{};
  std::optional<std::string> test{};
  Arguments rest{};

  Result<void> begin(Machine& machine, Lazy& state, bool by_attribute) {
    rest = state.arguments;
    if (by_attribute) {
      if (rest.items.empty()) return corrupt("Missing parameter for attribute name");
      SLIPWAY_ASSIGN(getter, attribute_getter(machine, &rest.items[0]));
      rest.items.erase(rest.items.begin());
    }
    if (rest.items.empty()) return {};
    if (!rest.items[0].is(Kind::kString)) return corrupt("select needs the name of a test");
    test = rest.items[0].as_string();
    rest.items.erase(rest.items.begin());
    return {};
  }

  Result<bool> holds(Machine& machine, const Value& item) const {
    Value value = item;
    if (getter) {
      SLIPWAY_ASSIGN(value, getter(item));
    }
    if (!test) return truth(value);
    return machine.test(*test, value, rest);
  }
};

template <bool Wanted, bool ByAttribute>
Result<Value> select(Machine& machine, const Value& subject, Given& given) {
  auto by = std::make_shared<SelectBy>();
  return generator(
      machine, subject, given, [by](Machine& run, Lazy& state) { return by->begin(run, state, ByAttribute); },
      [by](Machine& run, Lazy& state, Value& out) -> Result<bool> {
        while (true) {
          SLIPWAY_ASSIGN(const bool more, state.source->next(run, out));
          if (!more) return false;
          SLIPWAY_ASSIGN(const bool holds, by->holds(run, out));
          if (holds == Wanted) return true;
        }
      });
}

// A generator whose subject may be false.
template <class Next>
Result<Value> plain(Machine& machine, const Value& subject, Next next) {
  auto source = std::make_shared<std::shared_ptr<Iterator>>();
  auto done = std::make_shared<bool>(false);
  return lazily(machine, depth_of(subject),
                [source, done, subject, next](Machine& run, Value& out) mutable -> Result<bool> {
                  if (*done) return false;
                  *done = true;
                  if (*source == nullptr) {
                    SLIPWAY_ASSIGN(*source, iterate(run, subject));
                  }
                  SLIPWAY_ASSIGN(const bool more, next(run, **source, out));
                  *done = !more;
                  return more;
                });
}

Result<Value> items(Machine& machine, const Value& subject, Given&) {
  if (!subject.is(Kind::kUndefined) && !subject.is(Kind::kDict)) {
    return lazily(machine, 0, [done = false](Machine&, Value&) mutable -> Result<bool> {
      if (std::exchange(done, true)) return false;
      return corrupt("Can only get item pairs from a mapping.");
    });
  }
  return plain(machine, subject,
               [at = std::size_t{0}, subject](Machine& run, Iterator&, Value& out) mutable -> Result<bool> {
                 if (subject.is(Kind::kUndefined) || at >= mapping_of(subject).members.size()) return false;
                 const auto& [key, value] = mapping_of(subject).members[at++];
                 SLIPWAY_ASSIGN(out, run.tuple({key, value}));
                 return true;
               });
}

Result<Value> unique(Machine& machine, const Value& subject, Given& given) {
  const bool with_case = given.truth_at(0);
  SLIPWAY_ASSIGN(const Getter getter, attribute_getter(machine, given[1]));
  auto seen = std::make_shared<Mapping>();
  return plain(machine, subject,
               [getter, with_case, seen](Machine& run, Iterator& source, Value& out) -> Result<bool> {
                 while (true) {
                   SLIPWAY_ASSIGN(const bool more, source.next(run, out));
                   if (!more) return false;
                   SLIPWAY_ASSIGN(Value key, getter(out));
                   if (!with_case) {
                     SLIPWAY_ASSIGN(key, without_case(run, key));
                   }
                   if (!is_hashable(key))
                     return corrupt(fmt::format("unhashable type: '{}'", type_name(key)));
                   SLIPWAY_ASSIGN(const Value* old, find_key(run.budget(), *seen, key));
                   if (old != nullptr) continue;
                   SLIPWAY_TRY(insert(run.budget(), *seen, std::move(key), Value::none()));
                   return true;
                 }
               });
}

Result<Value> batch(Machine& machine, const Value& subject, Given& given) {
  const Value size = *given[0];
  const Value fill = given[1] == nullptr ? Value::none() : *given[1];
  auto kept = std::make_shared<std::optional<Value>>();  // read already, of the next batch
  return plain(
      machine, subject, [size, fill, kept](Machine& run, Iterator& source, Value& out) -> Result<bool> {
        std::vector<Value> row;
        if (*kept) row.push_back(std::move(**kept));
        kept->reset();
        for (Value item;;) {
          SLIPWAY_ASSIGN(const bool more, source.next(run, item));
          if (!more) break;
          const bool full = is_number(size) &&
                            compare_numbers(size, Value::integer(static_cast<std::int64_t>(row.size()))) ==
                                std::partial_ordering::equivalent;
          if (full) {
            *kept = std::move(item);
            SLIPWAY_ASSIGN(out, run.list(std::move(row)));
            return true;
          }
          row.push_back(std::move(item));
        }
        if (row.empty()) return false;
        if (!fill.is(Kind::kNone)) {
          SLIPWAY_ASSIGN(const bool short_row,
                         ordered(run.budget(), Value::integer(static_cast<std::int64_t>(row.size())), size,
                                 Order::kLess));
          if (short_row) {
            SLIPWAY_ASSIGN(const std::int64_t wanted, whole_of(size));
            SLIPWAY_TRY(run.budget().room(
                static_cast<std::size_t>(std::min<std::int64_t>(wanted, INT32_MAX)) * sizeof(Value)));
            row.resize(static_cast<std::size_t>(wanted), fill);
          }
        }
        SLIPWAY_ASSIGN(out, run.list(std::move(row)));
        return true;
      });
}

Result<Value> slice_row(Machine& machine, const std::vector<Value>& all, std::int64_t slices,
                        std::int64_t number, const Value& fill) {
  const auto size = static_cast<std::int64_t>(all.size());
  const std::int64_t each = size / slices;
  const std::int64_t extra = size % slices;
  const std::int64_t start = number * each + std::min(number, extra);
  const std::int64_t end = start + each + (number < extra ? 1 : 0);
  std::vector<Value> row(all.begin() + start, all.begin() + end);
  if (!fill.is(Kind::kNone) && number >= extra) row.push_back(fill);
  return machine.list(std::move(row));
}

Result<Value> slice(Machine& machine, const Value& subject, Given& given) {
  const Value slices = *given[0];
  const Value fill = given[1] == nullptr ? Value::none() : *given[1];
  auto all = std::make_shared<std::vector<Value>>();
  return plain(machine, subject,
               [slices, fill, all, at = std::int64_t{0}](Machine& run, Iterator& source,
                                                         Value& out) mutable -> Result<bool> {
                 if (at == 0) {
                   for (Value item;;) {
                     SLIPWAY_ASSIGN(const bool more, source.next(run, item));
                     if (!more) break;
                     all->push_back(std::move(item));
                     SLIPWAY_TRY(run.budget().fits(all->size() * sizeof(Value)));
                   }
                 }
                 SLIPWAY_ASSIGN(const std::int64_t count, whole_of(slices));
                 if (count == 0) return corrupt("integer division or modulo by zero");
                 if (at >= count) return false;
                 SLIPWAY_ASSIGN(out, slice_row(run, *all, count, at++, fill));
                 return true;
               });
}

constexpr FilterRow kRows[] = {{"map", "*", &map},
                               {"select", "*", &select<true, false>},
                               {"reject", "*", &select<false, false>},
                               {"selectattr", "*", &select<true, true>},
                               {"rejectattr", "*", &select<false, true>},
                               {"items", "", &items},
                               {"unique", "case_sensitive? attribute?", &unique},
                               {"batch", "linecount fill_with?", &batch},
                               {"slice", "slices fill_with?", &slice}};

}  // namespace

std::span<const FilterRow> lazy_filters() { return kRows; }

}  // namespace slipway::jinja
