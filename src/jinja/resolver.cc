#include "jinja/resolver.h"

#include <algorithm>
#include <array>
#include <list>

#include <fmt/format.h>

#include "jinja/filters.h"
#include "jinja/find_symbols.h"
#include "jinja/limits.h"
#include "jinja/symbols.h"
#include "jinja/tests.h"
#include "jinja/types.h"

namespace slipway::jinja {
namespace {

constexpr int kLoopsMax = 20;  // of one function inside each other, as CPython has it

// Python's words may be keywords of a call only by way of a dict, where a name that comes twice is no error.
bool is_python_word(std::string_view name) {
  constexpr auto kWords = std::to_array<std::string_view>(
      {"False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
       "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
       "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
       "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"});
  return std::ranges::find(kWords, name) != kWords.end();
}

struct Place {
  Symbols& symbols;
  bool soft = false;  // directly in an if
  int loops = 0;      // of this function
};

class Resolver {
 public:
  Result<Program> run(Body body) {
    Program program;
    program.body = std::move(body);
    Function function;
    Symbols symbols(function, nullptr);
    if (!find_undeclared(program.body, {"self"}).empty()) {
      program.uses_self = true;
      program.self_index = symbols.declare_parameter("self").index;
    }
    find_symbols(symbols, program.body);
    Place place{symbols};
    SLIPWAY_TRY(body_of(program.body, place));
    program.frame = symbols.frame();
    program.slots = function.slots;
    return program;
  }

 private:
  Result<void> body_of(Body& body, Place place) {
    for (Stmt& stmt : body) SLIPWAY_TRY(statement(stmt, place));
    return {};
  }

  Result<void> statement(Stmt& stmt, Place place) {
    switch (stmt.kind) {
      case Stmt::Kind::kOutput:
        for (const ExprPtr& part : stmt.parts) SLIPWAY_TRY(expression(*part, place));
        return {};
      case Stmt::Kind::kIf:
        return branches(stmt, place);
      case Stmt::Kind::kFor:
        return loop(stmt, place);
      case Stmt::Kind::kAssign:
        SLIPWAY_TRY(expression(*stmt.target, place));
        return expression(*stmt.value, place);
      case Stmt::Kind::kAssignBlock:
        return assign_block(stmt, place);
      case Stmt::Kind::kMacro:
        SLIPWAY_TRY(callable(stmt, place));
        return expression(*stmt.target, place);
      case Stmt::Kind::kCallBlock:
        SLIPWAY_TRY(callable(stmt, place));
        return call_block(stmt, place);
      case Stmt::Kind::kGeneration:
        return callable(stmt, place);
      case Stmt::Kind::kFilterBlock:
        return filter_block(stmt, place);
      case Stmt::Kind::kWith:
        return with_block(stmt, place);
      case Stmt::Kind::kBreak:
      case Stmt::Kind::kContinue:
        if (place.loops == 0)
          return corrupt(fmt::format("line {}: break or continue outside a loop", stmt.line));
        return {};
      case Stmt::Kind::kLoad:
        return expression(*stmt.value, place);
    }
    return {};
  }

  Result<void> branches(Stmt& stmt, Place place) {
    place.soft = true;
    SLIPWAY_TRY(expression(*stmt.value, place));
    SLIPWAY_TRY(body_of(stmt.body, place));
    for (Stmt& elif : stmt.elifs) SLIPWAY_TRY(branches(elif, place));
    return body_of(stmt.otherwise, place);
  }

  Result<void> loop(Stmt& stmt, Place place) {
    if (stores_loop(stmt))
      return corrupt(fmt::format("line {}: a loop cannot set its variable 'loop'", stmt.line));
    Function own{.outer = place.symbols.function};
    Function& function = stmt.recursive ? own : *place.symbols.function;
    Symbols inside(function, &place.symbols);
    Symbols behind(function, &place.symbols);
    behind.level = inside.level = place.symbols.level + 1;
    stmt.has_loop = stmt.recursive || !find_undeclared(stmt.body, {"loop"}).empty();
    if (stmt.has_loop) stmt.loop_index = inside.declare_parameter("loop").index;
    find_symbols(inside, *stmt.target, true);
    find_symbols(inside, stmt.body);
    find_symbols(behind, stmt.otherwise);
    SLIPWAY_TRY(loop_filter(stmt, place));
    const Place body_place{inside, false, stmt.recursive ? 1 : place.loops + 1};
    if (body_place.loops > kLoopsMax) {
      return corrupt(fmt::format("line {}: loops nest more than {} deep", stmt.line, kLoopsMax));
    }
    SLIPWAY_TRY(expression(*stmt.target, body_place));
    SLIPWAY_TRY(expression(*stmt.value, place));
    SLIPWAY_TRY(body_of(stmt.body, body_place));
    SLIPWAY_TRY(body_of(stmt.otherwise, {behind, false, stmt.recursive ? 0 : place.loops}));
    stmt.frame = inside.frame();
    stmt.else_frame = behind.frame();
    stmt.slots = own.slots;
    return {};
  }

  Result<void> loop_filter(Stmt& stmt, Place place) {
    if (stmt.test == nullptr) return {};
    Function function{.outer = place.symbols.function};
    Symbols symbols(function, &place.symbols);
    find_symbols(symbols, *stmt.test_target, true);
    find_symbols(symbols, *stmt.test);
    SLIPWAY_TRY(expression(*stmt.test_target, {symbols}));
    SLIPWAY_TRY(expression(*stmt.test, {symbols}));
    stmt.test_frame = symbols.frame();
    stmt.test_slots = function.slots;
    return {};
  }

  Result<void> assign_block(Stmt& stmt, Place place) {
    Symbols inside(*place.symbols.function, &place.symbols);
    find_symbols(inside, stmt.body);
    SLIPWAY_TRY(body_of(stmt.body, {inside, false, place.loops}));
    SLIPWAY_TRY(expression(*stmt.target, place));
    if (stmt.filter != nullptr) SLIPWAY_TRY(expression(*stmt.filter, {inside, false, place.loops}));
    stmt.frame = inside.frame();
    return {};
  }

  Result<void> filter_block(Stmt& stmt, Place place) {
    Symbols inside(*place.symbols.function, &place.symbols);
    find_symbols(inside, stmt.body);
    find_symbols(inside, *stmt.filter);
    const Place body_place{inside, false, place.loops};
    SLIPWAY_TRY(body_of(stmt.body, body_place));
    SLIPWAY_TRY(expression(*stmt.filter, body_place));
    stmt.frame = inside.frame();
    return {};
  }

  Result<void> with_block(Stmt& stmt, Place place) {
    Symbols inside(*place.symbols.function, &place.symbols);
    for (std::size_t i = 0; i < stmt.parts.size(); i += 2) find_symbols(inside, *stmt.parts[i]);
    find_symbols(inside, stmt.body);
    const Place body_place{inside, false, place.loops};
    for (std::size_t i = 0; i < stmt.parts.size(); i += 2) {
      SLIPWAY_TRY(expression(*stmt.parts[i], body_place));
      SLIPWAY_TRY(expression(*stmt.parts[i + 1], place));
    }
    SLIPWAY_TRY(body_of(stmt.body, body_place));
    stmt.frame = inside.frame();
    return {};
  }

  // The function of a macro, a call block or a generation block.
  Result<void> callable(Stmt& stmt, Place place) {
    Callable& made = *stmt.callable;
    Function function{.outer = place.symbols.function};
    Symbols symbols(function, &place.symbols);
    const auto analyze = [&] {
      for (const ExprPtr& name : made.parameters) find_symbols(symbols, *name);
      for (const ExprPtr& value : made.defaults) find_symbols(symbols, *value);
      find_symbols(symbols, stmt.body);
    };
    analyze();
    SLIPWAY_TRY(special_parameters(stmt, symbols));
    analyze();
    const Place inside{symbols};
    for (const ExprPtr& name : made.parameters) SLIPWAY_TRY(expression(*name, inside));
    for (const ExprPtr& value : made.defaults) SLIPWAY_TRY(expression(*value, inside));
    SLIPWAY_TRY(body_of(stmt.body, inside));
    made.frame = symbols.frame();
    made.slots = function.slots;
    return {};
  }

  Result<void> special_parameters(const Stmt& stmt, Symbols& symbols) {
    Callable& made = *stmt.callable;
    const auto position = [&](std::string_view name) {
      const auto found =
          std::ranges::find(made.parameters, name, [](const ExprPtr& one) { return one->text; });
      return static_cast<std::size_t>(found - made.parameters.begin());
    };
    const std::size_t count = made.parameters.size();
    const auto used = find_undeclared(stmt.body, {"caller", "kwargs", "varargs"});
    made.explicit_caller = position("caller") < count;
    if (used.contains("caller")) {
      made.takes_caller = true;
      if (!made.explicit_caller) {
        made.caller_index = symbols.declare_parameter("caller").index;
      } else if (position("caller") + made.defaults.size() < count) {
        return corrupt(fmt::format("line {}: the parameter 'caller' needs a default", stmt.line));
      }
    }
    if (used.contains("kwargs") && position("kwargs") == count) {
      made.takes_kwargs = true;
      made.kwargs_index = symbols.declare_parameter("kwargs").index;
    }
    if (used.contains("varargs") && position("varargs") == count) {
      made.takes_varargs = true;
      made.varargs_index = symbols.declare_parameter("varargs").index;
    }
    return {};
  }

  Result<void> call_block(Stmt& stmt, Place place) {
    bool word = false;
    bool has_caller = false;
    for (const auto& [name, value] : stmt.value->named) {
      word = word || is_python_word(name);
      has_caller = has_caller || name == "caller";
    }
    if (has_caller && !word) return repeated(*stmt.value, "caller");
    return expression(*stmt.value, place);
  }

  static std::unexpected<Error> repeated(const Expr& call, std::string_view name) {
    return corrupt(fmt::format("line {}: the argument '{}' is given twice", call.line, name));
  }

  Result<void> expression(Expr& expr, Place place) {
    switch (expr.kind) {
      case Expr::Kind::kConst:
        return {};
      case Expr::Kind::kName:
      case Expr::Kind::kSpace: {
        const Variable* variable = place.symbols.find_ref(expr.text);
        if (variable == nullptr) {
          return corrupt(fmt::format("line {}: the name '{}' cannot be resolved here", expr.line, expr.text));
        }
        expr.slot = slot_of(*place.symbols.function, *variable);
        return {};
      }
      case Expr::Kind::kCond:
        place.soft = true;
        break;
      case Expr::Kind::kFilter:
        if (!place.soft && !is_filter(expr.text)) return unknown(expr, "filter");
        break;
      case Expr::Kind::kTest:
        if (!place.soft && !is_test(expr.text)) return unknown(expr, "test");
        break;
      default:
        break;
    }
    SLIPWAY_TRY(keywords(expr));
    return parts(expr, place);
  }

  static std::unexpected<Error> unknown(const Expr& expr, std::string_view what) {
    return corrupt(fmt::format("line {}: there is no {} '{}'", expr.line, what, expr.text));
  }

  static Result<void> keywords(const Expr& expr) {
    for (const auto& [name, value] : expr.named) {
      if (is_python_word(name)) return {};
    }
    for (std::size_t i = 0; i < expr.named.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (expr.named[i].first == expr.named[j].first) return repeated(expr, expr.named[i].first);
      }
    }
    return {};
  }

  Result<void> parts(Expr& expr, Place place) {
    for (const ExprPtr& part : expr.parts) {
      if (part != nullptr) SLIPWAY_TRY(expression(*part, place));
    }
    for (const auto& [name, part] : expr.named) SLIPWAY_TRY(expression(*part, place));
    if (expr.star) SLIPWAY_TRY(expression(*expr.star, place));
    if (expr.star_star) SLIPWAY_TRY(expression(*expr.star_star, place));
    return {};
  }
};

}  // namespace

Result<Program> resolve(Body body) { return Resolver().run(std::move(body)); }

}  // namespace slipway::jinja
