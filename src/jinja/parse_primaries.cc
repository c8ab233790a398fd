#include <fmt/format.h>

#include "jinja/parser.h"
#include "jinja/types.h"

namespace slipway::jinja {
namespace {

std::vector<ExprPtr> one(ExprPtr part) {
  std::vector<ExprPtr> made;
  made.push_back(std::move(part));
  return made;
}

}  // namespace

Result<ExprPtr> Parser::primary(bool spaces) {
  switch (now().kind) {
    case Token::Kind::kName:
      return word(spaces);
    case Token::Kind::kString:
      return string();
    case Token::Kind::kNumber:
    case Token::Kind::kReal: {
      ExprPtr made = node(Expr::Kind::kConst);
      made->value = next().number;
      return finish(std::move(made));
    }
    default:
      break;
  }
  if (sees("[")) return list();
  if (sees("{")) return dict();
  if (!takes("(")) return unexpected();
  SLIPWAY_TRY(deeper());
  SLIPWAY_ASSIGN(ExprPtr made, tuple(true));
  --depth_;
  SLIPWAY_TRY(expect(")"));
  return made;
}

Result<ExprPtr> Parser::word(bool spaces) {
  ExprPtr made = node(Expr::Kind::kConst);
  const std::string name = next().text;
  if (name == "true" || name == "True" || name == "false" || name == "False") {
    made->value = Value::boolean(name == "true" || name == "True");
  } else if (name == "none" || name == "None") {
    made->value = Value::none();
  } else {
    made->kind = Expr::Kind::kName;
    made->text = name;
    if (spaces && takes(".")) {
      made->kind = Expr::Kind::kSpace;
      SLIPWAY_ASSIGN(made->attribute, expect_name());
    }
  }
  return finish(std::move(made));
}

Result<ExprPtr> Parser::string() {
  ExprPtr made = node(Expr::Kind::kConst);
  std::string text;
  while (now().is(Token::Kind::kString)) text += next().text;
  made->value = Value::string(std::move(text));
  return finish(std::move(made));
}

// jinja2 means a tuple to end before `in` and `recursive` too, but compares them wrongly: there they are
// names.
bool Parser::ends_tuple(std::string_view) const {
  return now().is(Token::Kind::kPrintEnd) || now().is(Token::Kind::kBlockEnd) || sees(")");
}

Result<ExprPtr> Parser::tuple(bool explicit_brackets, bool with_condition, std::string_view end) {
  std::vector<ExprPtr> parts;
  bool is_tuple = false;
  while (true) {
    if (!parts.empty()) SLIPWAY_TRY(expect(","));
    if (ends_tuple(end)) break;
    SLIPWAY_ASSIGN(ExprPtr part, with_condition ? expression() : either());
    parts.push_back(std::move(part));
    if (!sees(",")) break;
    is_tuple = true;
  }
  if (!is_tuple) {
    if (!parts.empty()) return std::move(parts[0]);
    if (!explicit_brackets) return wrong("expected an expression");
  }
  return make(Expr::Kind::kTuple, std::move(parts));
}

Result<ExprPtr> Parser::simple_tuple(bool spaces, std::string_view end) {
  std::vector<ExprPtr> parts;
  bool is_tuple = false;
  while (true) {
    if (!parts.empty()) SLIPWAY_TRY(expect(","));
    if (ends_tuple(end)) break;
    SLIPWAY_ASSIGN(ExprPtr part, primary(spaces));
    parts.push_back(std::move(part));
    if (!sees(",")) break;
    is_tuple = true;
  }
  if (!is_tuple && !parts.empty()) return std::move(parts[0]);
  if (!is_tuple) return wrong("expected an expression");
  return make(Expr::Kind::kTuple, std::move(parts));
}

Result<ExprPtr> Parser::list() {
  SLIPWAY_TRY(expect("["));
  std::vector<ExprPtr> parts;
  while (!sees("]")) {
    if (!parts.empty()) SLIPWAY_TRY(expect(","));
    if (sees("]")) break;
    SLIPWAY_ASSIGN(ExprPtr part, expression());
    parts.push_back(std::move(part));
  }
  SLIPWAY_TRY(expect("]"));
  return make(Expr::Kind::kList, std::move(parts));
}

Result<ExprPtr> Parser::dict() {
  SLIPWAY_TRY(expect("{"));
  std::vector<ExprPtr> parts;
  while (!sees("}")) {
    if (!parts.empty()) SLIPWAY_TRY(expect(","));
    if (sees("}")) break;
    SLIPWAY_ASSIGN(ExprPtr key, expression());
    SLIPWAY_TRY(expect(":"));
    SLIPWAY_ASSIGN(ExprPtr value, expression());
    parts.push_back(std::move(key));
    parts.push_back(std::move(value));
  }
  SLIPWAY_TRY(expect("}"));
  return make(Expr::Kind::kDict, std::move(parts));
}

Result<ExprPtr> Parser::postfix(ExprPtr expr) {
  while (true) {
    if (sees(".") || sees("[")) {
      SLIPWAY_ASSIGN(expr, subscript(std::move(expr)));
    } else if (sees("(")) {
      SLIPWAY_ASSIGN(expr, call(std::move(expr)));
    } else {
      return expr;
    }
  }
}

Result<ExprPtr> Parser::filtered(ExprPtr expr) {
  while (true) {
    if (sees("|")) {
      SLIPWAY_ASSIGN(expr, filter(std::move(expr), false));
    } else if (sees_name("is")) {
      SLIPWAY_ASSIGN(expr, test(std::move(expr)));
    } else if (sees("(")) {
      SLIPWAY_ASSIGN(expr, call(std::move(expr)));
    } else {
      return expr;
    }
  }
}

Result<ExprPtr> Parser::subscript(ExprPtr object) {
  if (takes(".")) {
    if (now().is(Token::Kind::kName)) {
      ExprPtr made = node(Expr::Kind::kGetattr);
      made->text = next().text;
      made->parts = one(std::move(object));
      return finish(std::move(made));
    }
    if (!now().is(Token::Kind::kNumber)) return wrong("expected a name or a number behind the dot");
    ExprPtr index = node(Expr::Kind::kConst);
    index->value = next().number;
    index->constant = true;
    std::vector<ExprPtr> parts = one(std::move(object));
    parts.push_back(std::move(index));
    return make(Expr::Kind::kGetitem, std::move(parts));
  }
  SLIPWAY_TRY(expect("["));
  std::vector<ExprPtr> arguments;
  while (!sees("]")) {
    if (!arguments.empty()) SLIPWAY_TRY(expect(","));
    SLIPWAY_ASSIGN(ExprPtr argument, subscribed());
    arguments.push_back(std::move(argument));
  }
  SLIPWAY_TRY(expect("]"));
  std::vector<ExprPtr> parts = one(std::move(object));
  if (arguments.size() == 1) {
    parts.push_back(std::move(arguments[0]));
  } else {
    SLIPWAY_ASSIGN(ExprPtr index, make(Expr::Kind::kTuple, std::move(arguments)));
    parts.push_back(std::move(index));
  }
  return make(Expr::Kind::kGetitem, std::move(parts));
}

Result<ExprPtr> Parser::subscribed() {
  std::vector<ExprPtr> parts;
  if (takes(":")) {
    parts.emplace_back();
  } else {
    SLIPWAY_ASSIGN(ExprPtr start, expression());
    if (!takes(":")) return start;
    parts.push_back(std::move(start));
  }
  const auto part = [&]() -> Result<void> {
    if (sees(":") || sees("]") || sees(",")) {
      parts.emplace_back();
      return {};
    }
    SLIPWAY_ASSIGN(ExprPtr bound, expression());
    parts.push_back(std::move(bound));
    return {};
  };
  SLIPWAY_TRY(part());
  if (takes(":")) {
    if (sees(":")) return unexpected();
    SLIPWAY_TRY(part());
  } else {
    parts.emplace_back();
  }
  return make(Expr::Kind::kSlice, std::move(parts));
}

Result<ExprPtr> Parser::call(ExprPtr callee) {
  ExprPtr made = node(Expr::Kind::kCall);
  made->parts = one(std::move(callee));
  SLIPWAY_TRY(arguments(*made));
  return finish(std::move(made));
}

Result<void> Parser::arguments(Expr& call) {
  SLIPWAY_TRY(expect("("));
  bool first = true;
  while (!sees(")")) {
    if (!first) SLIPWAY_TRY(expect(","));
    if (!first && sees(")")) break;
    SLIPWAY_TRY(argument(call));
    first = false;
  }
  return expect(")");
}

Result<void> Parser::argument(Expr& call) {
  const auto refused = [&] { return wrong("the arguments of a call stand in the wrong order"); };
  if (takes("*")) {
    if (call.star || call.star_star) return refused();
    SLIPWAY_ASSIGN(call.star, expression());
    return {};
  }
  if (takes("**")) {
    if (call.star_star) return refused();
    SLIPWAY_ASSIGN(call.star_star, expression());
    return {};
  }
  if (now().is(Token::Kind::kName) && look().is_sign("=")) {
    if (call.star_star) return refused();
    std::string name = next().text;
    next();
    SLIPWAY_ASSIGN(ExprPtr value, expression());
    call.named.emplace_back(std::move(name), std::move(value));
    return {};
  }
  if (call.star || call.star_star || !call.named.empty()) return refused();
  SLIPWAY_ASSIGN(ExprPtr value, expression());
  call.parts.push_back(std::move(value));
  return {};
}

Result<std::string> Parser::dotted_name() {
  SLIPWAY_ASSIGN(std::string name, expect_name());
  while (takes(".")) {
    SLIPWAY_ASSIGN(const std::string more, expect_name());
    name += "." + more;
  }
  return name;
}

Result<ExprPtr> Parser::filter(ExprPtr subject, bool inline_start) {
  while (inline_start || takes("|")) {
    inline_start = false;
    ExprPtr made = node(Expr::Kind::kFilter);
    SLIPWAY_ASSIGN(made->text, dotted_name());
    made->parts = one(std::move(subject));
    if (sees("(")) SLIPWAY_TRY(arguments(*made));
    SLIPWAY_ASSIGN(subject, finish(std::move(made)));
  }
  return subject;
}

bool Parser::begins_argument() const {
  switch (now().kind) {
    case Token::Kind::kName:
      return !sees_name("else") && !sees_name("or") && !sees_name("and");
    case Token::Kind::kString:
    case Token::Kind::kNumber:
    case Token::Kind::kReal:
      return true;
    default:
      return sees("[") || sees("{");
  }
}

Result<ExprPtr> Parser::test(ExprPtr subject) {
  next();
  const bool negated = takes_name("not");
  ExprPtr made = node(Expr::Kind::kTest);
  SLIPWAY_ASSIGN(made->text, dotted_name());
  made->parts = one(std::move(subject));
  if (sees("(")) {
    SLIPWAY_TRY(arguments(*made));
  } else if (begins_argument()) {
    if (sees_name("is")) return wrong("tests cannot be chained with is");
    SLIPWAY_ASSIGN(ExprPtr argument, primary());
    SLIPWAY_ASSIGN(argument, postfix(std::move(argument)));
    made->parts.push_back(std::move(argument));
  }
  SLIPWAY_ASSIGN(made, finish(std::move(made)));
  if (!negated) return made;
  return make(Expr::Kind::kNot, one(std::move(made)));
}

}  // namespace slipway::jinja
