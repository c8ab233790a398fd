#include "jinja/find_symbols.h"

namespace slipway::jinja {
namespace {

template <class Visit>
void each_part(const Expr& expr, Visit visit) {
  for (const ExprPtr& part : expr.parts) {
    if (part != nullptr) visit(*part);
  }
  for (const auto& [name, part] : expr.named) visit(*part);
  if (expr.star) visit(*expr.star);
  if (expr.star_star) visit(*expr.star_star);
}

void visit_if(Symbols& symbols, const Stmt& stmt) {
  find_symbols(symbols, *stmt.value);
  std::vector<Symbols> branches(3, symbols);
  find_symbols(branches[0], stmt.body);
  find_symbols(branches[1], stmt.elifs);
  find_symbols(branches[2], stmt.otherwise);
  symbols.branch_update(branches);
}

// Every name of a statement, in jinja2's order of its fields; `visit` gets expressions and names of macros.
template <class Visit>
void each_expression(const Stmt& stmt, Visit visit) {
  const auto one = [&](const ExprPtr& expr) {
    if (expr != nullptr) visit(*expr);
  };
  const auto bodies = [&](const Body& body) {
    for (const Stmt& inner : body) each_expression(inner, visit);
  };
  if (stmt.kind == Stmt::Kind::kWith) {
    for (std::size_t i = 0; i < stmt.parts.size(); i += 2) one(stmt.parts[i]);
    for (std::size_t i = 1; i < stmt.parts.size(); i += 2) one(stmt.parts[i]);
  } else {
    for (const ExprPtr& part : stmt.parts) one(part);
  }
  if (stmt.kind == Stmt::Kind::kFilterBlock) {
    bodies(stmt.body);
    one(stmt.filter);
    return;
  }
  if (stmt.kind != Stmt::Kind::kMacro) one(stmt.target);
  one(stmt.value);
  one(stmt.filter);
  if (stmt.callable) {
    for (const ExprPtr& name : stmt.callable->parameters) one(name);
    for (const ExprPtr& value : stmt.callable->defaults) one(value);
  }
  bodies(stmt.body);
  bodies(stmt.elifs);
  bodies(stmt.otherwise);
  if (stmt.kind == Stmt::Kind::kFor) one(stmt.test);
}

struct Undeclared {
  std::set<std::string> names;
  std::set<std::string> found{};

  void visit(const Expr& expr) {
    if (expr.kind == Expr::Kind::kName) {
      if (found == names) return;
      if (expr.use == Expr::Use::kLoad && names.contains(expr.text)) {
        found.insert(expr.text);
      } else {
        names.erase(expr.text);
      }
      return;
    }
    if (expr.kind == Expr::Kind::kSpace) return;
    each_part(expr, [this](const Expr& part) { visit(part); });
  }
};

bool stores_name(const Expr& expr, const std::string& name) {
  if (expr.kind == Expr::Kind::kName) return expr.use == Expr::Use::kStore && expr.text == name;
  bool found = false;
  each_part(expr, [&](const Expr& part) { found = found || stores_name(part, name); });
  return found;
}

}  // namespace

void find_symbols(Symbols& symbols, const Expr& expr, bool as_parameter) {
  if (expr.kind == Expr::Kind::kName) {
    if (as_parameter || expr.use == Expr::Use::kParam) {
      symbols.declare_parameter(expr.text);
    } else if (expr.use == Expr::Use::kStore) {
      symbols.store(expr.text);
    } else {
      symbols.load(expr.text);
    }
    return;
  }
  if (expr.kind == Expr::Kind::kSpace) return symbols.load(expr.text);
  each_part(expr, [&](const Expr& part) { find_symbols(symbols, part, as_parameter); });
}

void find_symbols(Symbols& symbols, const Stmt& stmt) {
  switch (stmt.kind) {
    case Stmt::Kind::kOutput:
      for (const ExprPtr& part : stmt.parts) find_symbols(symbols, *part);
      return;
    case Stmt::Kind::kIf:
      return visit_if(symbols, stmt);
    case Stmt::Kind::kFor:
    case Stmt::Kind::kCallBlock:
      return find_symbols(symbols, *stmt.value);
    case Stmt::Kind::kAssign:
      find_symbols(symbols, *stmt.value);
      return find_symbols(symbols, *stmt.target);
    case Stmt::Kind::kAssignBlock:
      return find_symbols(symbols, *stmt.target);
    case Stmt::Kind::kMacro:
      return symbols.store(stmt.target->text);
    case Stmt::Kind::kFilterBlock:
      return find_symbols(symbols, *stmt.filter);
    case Stmt::Kind::kWith:
      for (std::size_t i = 1; i < stmt.parts.size(); i += 2) find_symbols(symbols, *stmt.parts[i]);
      return;
    case Stmt::Kind::kLoad:
      find_symbols(symbols, *stmt.value);
      for (const std::string& name : stmt.names) symbols.store(name);
      return;
    case Stmt::Kind::kGeneration:
    case Stmt::Kind::kBreak:
    case Stmt::Kind::kContinue:
      return;
  }
}

void find_symbols(Symbols& symbols, const Body& body) {
  for (const Stmt& stmt : body) find_symbols(symbols, stmt);
}

std::set<std::string> find_undeclared(const Body& body, std::set<std::string> names) {
  Undeclared search{std::move(names)};
  for (const Stmt& stmt : body) each_expression(stmt, [&](const Expr& expr) { search.visit(expr); });
  return search.found;
}

bool stores_loop(const Stmt& stmt) {
  bool found = false;
  each_expression(stmt, [&](const Expr& expr) { found = found || stores_name(expr, "loop"); });
  return found;
}

}  // namespace slipway::jinja
