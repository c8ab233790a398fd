#include "jinja/parser.h"

#include <fmt/format.h>

#include "jinja/limits.h"
#include "jinja/types.h"

namespace slipway::jinja {
namespace {

std::string described(const Token& token) {
  switch (token.kind) {
    case Token::Kind::kName:
    case Token::Kind::kSign:
      return "'" + token.text + "'";
    case Token::Kind::kEnd:
      return "the end of the template";
    case Token::Kind::kBlockEnd:
    case Token::Kind::kPrintEnd:
      return "the end of the tag";
    case Token::Kind::kString:
      return "a string";
    default:
      return "a number";
  }
}

}  // namespace

const Token& Parser::next() {
  const Token& token = tokens_[at_];
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

bool Parser::takes(std::string_view sign) {
  if (!sees(sign)) return false;
  next();
  return true;
}

bool Parser::takes_name(std::string_view name) {
  if (!sees_name(name)) return false;
  next();
  return true;
}

std::unexpected<Error> Parser::wrong(std::string_view what) const {
  return corrupt(fmt::format("line {}: {}", now().line, what));
}

std::unexpected<Error> Parser::unexpected() const { return wrong("unexpected " + described(now())); }

Result<void> Parser::expect(std::string_view sign) {
  if (!takes(sign)) return wrong(fmt::format("expected '{}', not {}", sign, described(now())));
  return {};
}

Result<void> Parser::expect(Token::Kind kind) {
  if (!now().is(kind)) return unexpected();
  next();
  return {};
}

Result<std::string> Parser::expect_name() {
  if (!now().is(Token::Kind::kName)) return wrong("expected a name, not " + described(now()));
  return next().text;
}

Result<void> Parser::expect_name(std::string_view name) {
  if (!takes_name(name)) return wrong(fmt::format("expected '{}', not {}", name, described(now())));
  return {};
}

ExprPtr Parser::node(Expr::Kind kind) const {
  auto made = std::make_unique<Expr>();
  made->kind = kind;
  made->line = now().line;
  return made;
}

namespace {

// A slice in a constant is folded: of what has no items it gives undefined, where it is an error else. A
// constant that comes out undefined is taken so inside of another, and not at its top.
void mark_folding(Expr& expr) {
  if (!expr.constant) return;
  expr.slices = expr.kind == Expr::Kind::kSlice;
  const auto fold = [&](const ExprPtr& part) {
    if (part == nullptr) return;
    part->folded = true;
    expr.slices = expr.slices || part->slices;
  };
  for (const ExprPtr& part : expr.parts) fold(part);
  for (const auto& [name, part] : expr.named) fold(part);
}

}  // namespace

Result<ExprPtr> Parser::finish(ExprPtr expr) const {
  const bool may_be_constant =
      expr->kind != Expr::Kind::kName && expr->kind != Expr::Kind::kCall && expr->kind != Expr::Kind::kSpace;
  expr->constant = may_be_constant;
  const auto consider = [&](const ExprPtr& part) {
    if (part == nullptr) return;
    expr->depth = std::max(expr->depth, part->depth + 1);
    expr->constant = expr->constant && part->constant;
  };
  for (const ExprPtr& part : expr->parts) consider(part);
  for (const auto& [name, part] : expr->named) consider(part);
  consider(expr->star);
  consider(expr->star_star);
  mark_folding(*expr);
  if (expr->depth > kTreeDepthMax) {
    return unsupported(
        fmt::format("line {}: an expression of more than {} levels", expr->line, kTreeDepthMax));
  }
  return expr;
}

Result<ExprPtr> Parser::make(Expr::Kind kind, std::vector<ExprPtr> parts) const {
  ExprPtr made = node(kind);
  made->parts = std::move(parts);
  return finish(std::move(made));
}

Result<void> Parser::deeper() {
  if (depth_ >= kExpressionDepthMax) {
    return unsupported(
        fmt::format("line {}: an expression nests more than {} deep", now().line, kExpressionDepthMax));
  }
  ++depth_;
  return {};
}

void set_use(Expr& target, Expr::Use use) {
  target.use = use;
  for (const ExprPtr& part : target.parts) {
    if (part != nullptr) set_use(*part, use);
  }
}

bool can_assign(const Expr& target) {
  if (target.kind == Expr::Kind::kName || target.kind == Expr::Kind::kSpace) return true;
  if (target.kind != Expr::Kind::kTuple) return false;
  for (const ExprPtr& part : target.parts) {
    if (!can_assign(*part)) return false;
  }
  return true;
}

}  // namespace slipway::jinja
