#include <algorithm>

#include <fmt/format.h>

#include "jinja/limits.h"
#include "jinja/parser.h"
#include "jinja/types.h"

namespace slipway::jinja {

Result<Body> Parser::run() {
  SLIPWAY_ASSIGN(Body body, subparse({}));
  if (!now().is(Token::Kind::kEnd)) return unexpected();
  return body;
}

// Up to a tag of `ends`, whose name is then the current token.
Result<Body> Parser::subparse(Names ends) {
  Body body;
  const auto output = [&]() -> Stmt& {
    if (body.empty() || body.back().kind != Stmt::Kind::kOutput) {
      body.emplace_back();
      body.back().line = now().line;
    }
    return body.back();
  };
  while (!now().is(Token::Kind::kEnd)) {
    if (now().is(Token::Kind::kData)) {
      ExprPtr data = node(Expr::Kind::kConst);
      data->value = Value::string(next().text);
      data->constant = true;
      output().parts.push_back(std::move(data));
    } else if (now().is(Token::Kind::kPrintBegin)) {
      next();
      SLIPWAY_ASSIGN(ExprPtr printed, tuple(false));
      printed->folded = printed->constant;
      output().parts.push_back(std::move(printed));
      SLIPWAY_TRY(expect(Token::Kind::kPrintEnd));
    } else {
      SLIPWAY_TRY(expect(Token::Kind::kBlockBegin));
      if (now().is(Token::Kind::kName) && std::ranges::find(ends, now().text) != ends.end()) return body;
      SLIPWAY_TRY(statement(body));
    }
  }
  return body;
}

Result<void> Parser::statement(Body& body) {
  if (!now().is(Token::Kind::kName)) return wrong("expected the name of a tag");
  if (statements_ >= kStatementDepthMax) {
    return unsupported(fmt::format("line {}: tags nest more than {} deep", now().line, kStatementDepthMax));
  }
  ++statements_;
  const int line = now().line;
  SLIPWAY_ASSIGN(Stmt made, tag(now().text));
  --statements_;
  made.line = line;
  body.push_back(std::move(made));
  return expect(Token::Kind::kBlockEnd);
}

// The body of a tag, up to one of `ends`, which becomes the current token.
Result<Body> Parser::block(Names ends) {
  takes(":");
  SLIPWAY_TRY(expect(Token::Kind::kBlockEnd));
  SLIPWAY_ASSIGN(Body body, subparse(ends));
  if (now().is(Token::Kind::kEnd)) return wrong(fmt::format("the template ends before '{}'", ends.back()));
  return body;
}

Result<Body> Parser::block_to(std::string_view end) {
  SLIPWAY_ASSIGN(Body body, block(Names(&end, 1)));
  next();
  return body;
}

Result<Stmt> Parser::tag(const std::string& name) {
  if (name == "if") return parse_if();
  if (name == "for") return parse_for();
  if (name == "set") return parse_set();
  if (name == "macro") return parse_macro();
  if (name == "call") return parse_call();
  if (name == "filter") return parse_filter_block();
  if (name == "with") return parse_with();
  if (name == "print") return parse_print();
  if (name == "generation") return parse_generation();
  if (name == "include" || name == "import" || name == "from" || name == "extends") return parse_load(name);
  if (name == "block" || name == "autoescape") {
    return unsupported(fmt::format("line {}: the tag '{}' is not supported", now().line, name));
  }
  Stmt made;
  if (name == "break" || name == "continue") {
    made.kind = name == "break" ? Stmt::Kind::kBreak : Stmt::Kind::kContinue;
    next();
    return made;
  }
  return wrong(fmt::format("the tag '{}' is not known here", name));
}

Result<Stmt> Parser::parse_if() {
  constexpr std::string_view kEnds[] = {"elif", "else", "endif"};
  Stmt made;
  Stmt* at = &made;
  next();
  while (true) {
    at->kind = Stmt::Kind::kIf;
    SLIPWAY_ASSIGN(at->value, tuple(false, false));
    SLIPWAY_ASSIGN(at->body, block(kEnds));
    const std::string end = next().text;
    if (end == "elif") {
      made.elifs.emplace_back();
      at = &made.elifs.back();
      at->line = now().line;
      continue;
    }
    if (end == "else") {
      SLIPWAY_ASSIGN(made.otherwise, block_to("endif"));
    }
    return made;
  }
}

Result<Stmt> Parser::parse_for() {
  constexpr std::string_view kEnds[] = {"endfor", "else"};
  Stmt made;
  made.kind = Stmt::Kind::kFor;
  next();
  const std::size_t target_at = at_;
  SLIPWAY_ASSIGN(made.target, assign_target(false, "in"));
  const std::size_t behind = at_;
  at_ = target_at;
  SLIPWAY_ASSIGN(made.test_target, assign_target(false, "in"));
  at_ = behind;
  SLIPWAY_TRY(expect_name("in"));
  SLIPWAY_ASSIGN(made.value, tuple(false, false, "recursive"));
  if (takes_name("if")) {
    SLIPWAY_ASSIGN(made.test, expression());
  }
  made.recursive = takes_name("recursive");
  SLIPWAY_ASSIGN(made.body, block(kEnds));
  if (next().text != "endfor") {
    SLIPWAY_ASSIGN(made.otherwise, block_to("endfor"));
  }
  return made;
}

Result<ExprPtr> Parser::assign_target(bool spaces, std::string_view end) {
  SLIPWAY_ASSIGN(ExprPtr target, simple_tuple(spaces, end));
  set_use(*target, Expr::Use::kStore);
  if (!can_assign(*target)) return wrong("this cannot be assigned to");
  return target;
}

Result<ExprPtr> Parser::name_target() {
  ExprPtr made = node(Expr::Kind::kName);
  SLIPWAY_ASSIGN(made->text, expect_name());
  made->use = Expr::Use::kStore;
  constexpr std::string_view kConstants[] = {"true", "false", "none", "True", "False", "None"};
  if (std::ranges::find(kConstants, made->text) != std::end(kConstants))
    return wrong("this cannot be assigned to");
  return made;
}

Result<Stmt> Parser::parse_set() {
  Stmt made;
  next();
  SLIPWAY_ASSIGN(made.target, assign_target(true));
  if (takes("=")) {
    made.kind = Stmt::Kind::kAssign;
    SLIPWAY_ASSIGN(made.value, tuple(false));
    return made;
  }
  made.kind = Stmt::Kind::kAssignBlock;
  SLIPWAY_ASSIGN(made.filter, filter(nullptr, false));
  SLIPWAY_ASSIGN(made.body, block_to("endset"));
  return made;
}

Result<void> Parser::signature(Callable& callable) {
  SLIPWAY_TRY(expect("("));
  while (!sees(")")) {
    if (!callable.parameters.empty()) SLIPWAY_TRY(expect(","));
    SLIPWAY_ASSIGN(ExprPtr name, name_target());
    name->use = Expr::Use::kParam;
    for (const ExprPtr& other : callable.parameters) {
      if (other->text == name->text) return wrong(fmt::format("two parameters named '{}'", name->text));
    }
    if (takes("=")) {
      SLIPWAY_ASSIGN(ExprPtr value, expression());
      callable.defaults.push_back(std::move(value));
    } else if (!callable.defaults.empty()) {
      return wrong("a parameter without a default follows one that has one");
    }
    callable.parameters.push_back(std::move(name));
  }
  return expect(")");
}

Result<Stmt> Parser::parse_macro() {
  Stmt made;
  made.kind = Stmt::Kind::kMacro;
  made.callable = std::make_unique<Callable>();
  next();
  SLIPWAY_ASSIGN(made.target, name_target());
  made.callable->name = made.target->text;
  SLIPWAY_TRY(signature(*made.callable));
  SLIPWAY_ASSIGN(made.body, block_to("endmacro"));
  return made;
}

Result<Stmt> Parser::parse_call() {
  Stmt made;
  made.kind = Stmt::Kind::kCallBlock;
  made.callable = std::make_unique<Callable>();
  next();
  if (sees("(")) SLIPWAY_TRY(signature(*made.callable));
  SLIPWAY_ASSIGN(made.value, expression());
  if (made.value->kind != Expr::Kind::kCall) return wrong("a call block needs a call");
  SLIPWAY_ASSIGN(made.body, block_to("endcall"));
  return made;
}

Result<Stmt> Parser::parse_filter_block() {
  Stmt made;
  made.kind = Stmt::Kind::kFilterBlock;
  next();
  SLIPWAY_ASSIGN(made.filter, filter(nullptr, true));
  SLIPWAY_ASSIGN(made.body, block_to("endfilter"));
  return made;
}

Result<Stmt> Parser::parse_with() {
  Stmt made;
  made.kind = Stmt::Kind::kWith;
  next();
  while (!now().is(Token::Kind::kBlockEnd)) {
    if (!made.parts.empty()) SLIPWAY_TRY(expect(","));
    SLIPWAY_ASSIGN(ExprPtr target, assign_target(false));
    set_use(*target, Expr::Use::kParam);
    SLIPWAY_TRY(expect("="));
    SLIPWAY_ASSIGN(ExprPtr value, expression());
    made.parts.push_back(std::move(target));
    made.parts.push_back(std::move(value));
  }
  SLIPWAY_ASSIGN(made.body, block_to("endwith"));
  return made;
}

Result<Stmt> Parser::parse_print() {
  Stmt made;
  next();
  while (!now().is(Token::Kind::kBlockEnd)) {
    if (!made.parts.empty()) SLIPWAY_TRY(expect(","));
    SLIPWAY_ASSIGN(ExprPtr printed, expression());
    made.parts.push_back(std::move(printed));
  }
  return made;
}

Result<Stmt> Parser::parse_generation() {
  Stmt made;
  made.kind = Stmt::Kind::kGeneration;
  made.callable = std::make_unique<Callable>();
  next();
  SLIPWAY_ASSIGN(made.body, block_to("endgeneration"));
  return made;
}

Result<void> Parser::load_context() {
  if ((sees_name("with") || sees_name("without")) && look().is_name("context")) {
    next();
    next();
  }
  return {};
}

Result<Stmt> Parser::parse_load(const std::string& name) {
  Stmt made;
  made.kind = Stmt::Kind::kLoad;
  next();
  SLIPWAY_ASSIGN(made.value, expression());
  if (name == "extends") return made;
  if (name == "from") {
    SLIPWAY_TRY(from_names(made));
    return made;
  }
  if (name == "import") {
    SLIPWAY_TRY(expect_name("as"));
    SLIPWAY_ASSIGN(const ExprPtr target, name_target());
    made.names.push_back(target->text);
  } else if (sees_name("ignore") && look().is_name("missing")) {
    next();
    next();
  }
  SLIPWAY_TRY(load_context());
  return made;
}

Result<void> Parser::from_names(Stmt& made) {
  SLIPWAY_TRY(expect_name("import"));
  do {
    SLIPWAY_TRY(load_context());
    if (now().is(Token::Kind::kBlockEnd)) return {};
    SLIPWAY_ASSIGN(ExprPtr target, name_target());
    if (target->text.starts_with('_')) return wrong("names with a leading underscore cannot be imported");
    if (takes_name("as")) {
      SLIPWAY_ASSIGN(target, name_target());
    }
    made.names.push_back(target->text);
    SLIPWAY_TRY(load_context());
  } while (takes(","));
  return {};
}

}  // namespace slipway::jinja
