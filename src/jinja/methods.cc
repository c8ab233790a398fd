#include "jinja/methods.h"

#include <algorithm>

#include "jinja/loop_state.h"

namespace slipway::jinja {
namespace {

const MethodRow* in(std::span<const MethodRow> rows, std::string_view name) {
  const auto found = std::ranges::find(rows, name, &MethodRow::name);
  return found == rows.end() ? nullptr : &*found;
}

Result<Value> cycle(Machine& machine, const Value& self, const Given& given) {
  return loop_cycle(machine, self.object<Loop>(), given.rest().items);
}

Result<Value> changed(Machine& machine, const Value& self, const Given& given) {
  return loop_changed(machine, self, given.rest().items);
}

Result<Value> cycler_next(Machine&, const Value& self, const Given&) {
  Cycler& cycler = self.object<Cycler>();
  const Value item = cycler.items[cycler.at];
  cycler.at = (cycler.at + 1) % cycler.items.size();
  return item;
}

Result<Value> cycler_reset(Machine&, const Value& self, const Given&) {
  self.object<Cycler>().at = 0;
  return Value::none();
}

constexpr MethodRow kLoopRows[] = {{"cycle", "*", &cycle}, {"changed", "*", &changed}};
constexpr MethodRow kCyclerRows[] = {{"next", "", &cycler_next}, {"reset", "", &cycler_reset}};

}  // namespace

std::span<const MethodRow> other_methods(Kind kind) {
  if (kind == Kind::kLoop) return kLoopRows;
  if (kind == Kind::kCycler) return kCyclerRows;
  return {};
}

const MethodRow* find_method(const Value& self, std::string_view name) {
  switch (self.kind()) {
    case Kind::kString:
      for (const auto rows : {text_case_methods(), text_search_methods(), text_split_methods(),
                              text_shape_methods(), text_format_methods()}) {
        if (const MethodRow* row = in(rows, name)) return row;
      }
      return nullptr;
    case Kind::kList:
    case Kind::kTuple:
    case Kind::kRange: {
      if (name == "copy" && !self.is(Kind::kList)) return nullptr;
      return in(list_methods(), name);
    }
    case Kind::kDict:
      return in(dict_methods(), name);
    case Kind::kInt:
    case Kind::kBool:
    case Kind::kFloat:
      return in(number_methods(self.is(Kind::kFloat)), name);
    default:
      return in(other_methods(self.kind()), name);
  }
}

Result<Value> bound_method(Machine& machine, const Value& self, const MethodRow& row) {
  auto made = std::make_shared<Method>();
  made->self = self;
  made->row = &row;
  made->depth = depth_of(self) + 1;
  return machine.object(Kind::kMethod, std::move(made), sizeof(Method));
}

Result<Value> call_method(Machine& machine, const Method& method, Arguments arguments) {
  SLIPWAY_ASSIGN(const Given given,
                 Given::bind(method.row->name, method.row->signature, std::move(arguments)));
  return method.row->run(machine, method.self, given);
}

}  // namespace slipway::jinja
