#include "jinja/tests.h"

#include <algorithm>

#include <fmt/format.h>

#include "jinja/filters.h"
#include "jinja/given.h"
#include "jinja/iterate.h"
#include "jinja/operators.h"

namespace slipway::jinja {
namespace {

using Answer = Result<bool>;
struct TestRow {
  std::string_view name;
  std::string_view signature;
  Answer (*holds)(Machine& machine, const Value& subject, Given& given);
};

template <Kind... Kinds>
Answer of_kind(Machine&, const Value& subject, Given&) {
  return ((subject.kind() == Kinds) || ...);
}

Answer defined(Machine&, const Value& subject, Given&) { return !subject.is(Kind::kUndefined); }
Answer is_true(Machine&, const Value& subject, Given&) {
  return subject.is(Kind::kBool) && subject.as_bool();
}
Answer is_false(Machine&, const Value& subject, Given&) {
  return subject.is(Kind::kBool) && !subject.as_bool();
}

Answer rest_is(Machine& machine, const Value& subject, const Value& by, std::int64_t wanted) {
  SLIPWAY_ASSIGN(const Value rest, operate(machine, Op::kMod, subject, by));
  return equal(machine.budget(), rest, Value::integer(wanted));
}
Answer odd(Machine& machine, const Value& subject, Given&) {
  return rest_is(machine, subject, Value::integer(2), 1);
}
Answer even(Machine& machine, const Value& subject, Given&) {
  return rest_is(machine, subject, Value::integer(2), 0);
}
Answer divisible(Machine& machine, const Value& subject, Given& given) {
  return rest_is(machine, subject, *given[0], 0);
}

template <bool Filter>
Answer exists(Machine&, const Value& subject, Given&) {
  if (!is_hashable(subject)) return corrupt(fmt::format("unhashable type: '{}'", type_name(subject)));
  if (!subject.is(Kind::kString)) return false;
  return Filter ? is_filter(subject.as_string()) : is_test(subject.as_string());
}

Answer cased(Machine& machine, const Value& subject, const char* method) {
  SLIPWAY_ASSIGN(const Value text, soft_text(machine, subject));
  SLIPWAY_ASSIGN(const Value holds, machine.call_named(text, method));
  return holds.as_bool();
}
Answer lower(Machine& machine, const Value& subject, Given&) { return cased(machine, subject, "islower"); }
Answer upper(Machine& machine, const Value& subject, Given&) { return cased(machine, subject, "isupper"); }

Answer same_as(Machine&, const Value& subject, Given& given) { return same_object(subject, *given[0]); }
Answer iterable(Machine&, const Value& subject, Given&) { return is_iterable(subject); }
Answer escaped_already(Machine&, const Value& subject, Given&) { return is_markup(subject); }

template <Op Of>
Answer compare(Machine& machine, const Value& subject, Given& given) {
  return compared(machine, Of, subject, *given[0]);
}

constexpr TestRow kRows[] = {
    {"odd", "", &odd},
    {"even", "", &even},
    {"divisibleby", "num", &divisible},
    {"defined", "", &defined},
    {"undefined", "", &of_kind<Kind::kUndefined>},
    {"filter", "", &exists<true>},
    {"test", "", &exists<false>},
    {"none", "", &of_kind<Kind::kNone>},
    {"boolean", "", &of_kind<Kind::kBool>},
    {"false", "", &is_false},
    {"true", "", &is_true},
    {"integer", "", &of_kind<Kind::kInt>},
    {"float", "", &of_kind<Kind::kFloat>},
    {"lower", "", &lower},
    {"upper", "", &upper},
    {"string", "", &of_kind<Kind::kString>},
    {"mapping", "", &of_kind<Kind::kDict>},
    {"number", "", &of_kind<Kind::kBool, Kind::kInt, Kind::kFloat>},
    {"sequence", "",
     &of_kind<Kind::kUndefined, Kind::kString, Kind::kList, Kind::kTuple, Kind::kDict, Kind::kRange>},
    {"iterable", "", &iterable},
    {"callable", "",
     &of_kind<Kind::kUndefined, Kind::kMacro, Kind::kLoop, Kind::kFunction, Kind::kMethod, Kind::kJoiner>},
    {"sameas", "other", &same_as},
    {"escaped", "", &escaped_already},
    {"in", "seq", &compare<Op::kIn>},
    {"==", "b /", &compare<Op::kEq>},
    {"eq", "b /", &compare<Op::kEq>},
    {"equalto", "b /", &compare<Op::kEq>},
    {"!=", "b /", &compare<Op::kNe>},
    {"ne", "b /", &compare<Op::kNe>},
    {">", "b /", &compare<Op::kGt>},
    {"gt", "b /", &compare<Op::kGt>},
    {"greaterthan", "b /", &compare<Op::kGt>},
    {"ge", "b /", &compare<Op::kGtEq>},
    {">=", "b /", &compare<Op::kGtEq>},
    {"<", "b /", &compare<Op::kLt>},
    {"lt", "b /", &compare<Op::kLt>},
    {"lessthan", "b /", &compare<Op::kLt>},
    {"<=", "b /", &compare<Op::kLtEq>},
    {"le", "b /", &compare<Op::kLtEq>},
};

const TestRow* find_test(std::string_view name) {
  const auto found = std::ranges::find(kRows, name, &TestRow::name);
  return found == std::end(kRows) ? nullptr : found;
}

}  // namespace

bool is_test(std::string_view name) { return find_test(name) != nullptr; }

Result<bool> Machine::test(const std::string& name, const Value& subject, Arguments arguments) {
  const TestRow* row = find_test(name);
  if (row == nullptr) return corrupt(fmt::format("there is no test '{}'", name));
  SLIPWAY_ASSIGN(Given given, Given::bind(row->name, row->signature, std::move(arguments)));
  return row->holds(*this, subject, given);
}

}  // namespace slipway::jinja
