// jinja/find_symbols.h - the names that the parts of a template read and set, in the order that counts.
//
// Source     jinja2 3.1.6, idtracking.py (FrameSymbolVisitor) and compiler.py (find_undeclared)
// Threads    value
#pragma once

#include <set>
#include <string>

#include "jinja/symbols.h"
#include "jinja/syntax.h"

namespace slipway::jinja {

void find_symbols(Symbols& symbols, const Expr& expr, bool as_parameter = false);
void find_symbols(Symbols& symbols, const Stmt& stmt);
void find_symbols(Symbols& symbols, const Body& body);

// Those of `names` that are read before something inside sets them.
std::set<std::string> find_undeclared(const Body& body, std::set<std::string> names);

// A loop may not set its own variable `loop`, not even deep inside.
bool stores_loop(const Stmt& stmt);

}  // namespace slipway::jinja
