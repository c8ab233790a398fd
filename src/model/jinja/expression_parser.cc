#include "model/jinja/expression_parser.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace slipway::model::jinja {
namespace {

constexpr auto kSums = std::to_array<std::string_view>({"+", "-"});
constexpr auto kJoins = std::to_array<std::string_view>({"~"});
constexpr auto kProducts = std::to_array<std::string_view>({"*", "/", "//", "%"});
constexpr auto kComparisons = std::to_array<std::string_view>({"==", "!=", "<=", ">=", "<", ">"});

ExprPtr leaf(Expr::Kind kind, std::string text = {}) {
  auto expr = std::make_unique<Expr>();
  expr->kind = kind;
  expr->text = std::move(text);
  return expr;
}

void adopt(Expr& parent, ExprPtr child) {
  if (child != nullptr) parent.depth = std::max(parent.depth, child->depth + 1);
  parent.parts.push_back(std::move(child));
}

ExprPtr node(Expr::Kind kind, std::string text, ExprPtr first, ExprPtr second = nullptr) {
  ExprPtr expr = leaf(kind, std::move(text));
  adopt(*expr, std::move(first));
  if (second != nullptr) adopt(*expr, std::move(second));
  return expr;
}

std::unexpected<Error> too_deep() {
  return fail(ErrorCode::kUnsupported,
              fmt::format("an expression is nested deeper than {}", kExpressionDepthMax));
}

Result<ExprPtr> checked(ExprPtr expr) {
  if (expr->depth > kExpressionDepthMax) return too_deep();
  return expr;
}

}  // namespace

bool ExpressionParser::sees(std::string_view sign) const {
  return !at_end() && tokens_[at_].kind == Token::Kind::kSign && tokens_[at_].text == sign;
}

bool ExpressionParser::sees_name(std::string_view name) const {
  return !at_end() && tokens_[at_].kind == Token::Kind::kName && tokens_[at_].text == name;
}

bool ExpressionParser::takes(std::string_view sign) {
  const bool there = sees(sign);
  if (there) ++at_;
  return there;
}

bool ExpressionParser::takes_name(std::string_view name) {
  const bool there = sees_name(name);
  if (there) ++at_;
  return there;
}

std::unexpected<Error> ExpressionParser::trouble() const {
  return fail(ErrorCode::kUnsupported, at_end()
                                           ? std::string("a tag ends too early")
                                           : fmt::format("'{}' is not understood here", tokens_[at_].text));
}

Result<void> ExpressionParser::expect(std::string_view sign) {
  if (!takes(sign)) return trouble();
  return {};
}

Result<void> ExpressionParser::expect_end() const {
  if (!at_end()) return trouble();
  return {};
}

Result<std::string> ExpressionParser::name() {
  if (at_end() || tokens_[at_].kind != Token::Kind::kName) return trouble();
  return tokens_[at_++].text;
}

Result<ExprPtr> ExpressionParser::expression() {
  if (++depth_ > kExpressionDepthMax) return too_deep();
  SLIPWAY_ASSIGN(ExprPtr value, either());
  while (takes_name("if")) {
    SLIPWAY_ASSIGN(ExprPtr condition, either());
    ExprPtr expr = node(Expr::Kind::kIfElse, "", std::move(condition), std::move(value));
    ExprPtr other;
    if (takes_name("else")) {
      SLIPWAY_ASSIGN(other, expression());
    }
    adopt(*expr, std::move(other));
    SLIPWAY_ASSIGN(value, checked(std::move(expr)));
  }
  --depth_;
  return value;
}

Result<ExprPtr> ExpressionParser::without_if() { return either(); }

Result<ExprPtr> ExpressionParser::tuple() {
  SLIPWAY_ASSIGN(ExprPtr first, expression());
  if (!sees(",")) return first;
  ExprPtr list = node(Expr::Kind::kList, "", std::move(first));
  while (takes(",") && !at_end()) {
    SLIPWAY_ASSIGN(ExprPtr item, expression());
    adopt(*list, std::move(item));
  }
  return list;
}

Result<ExprPtr> ExpressionParser::either() {
  SLIPWAY_ASSIGN(ExprPtr left, both());
  while (takes_name("or")) {
    SLIPWAY_ASSIGN(ExprPtr right, both());
    SLIPWAY_ASSIGN(left, checked(node(Expr::Kind::kOr, "", std::move(left), std::move(right))));
  }
  return left;
}

Result<ExprPtr> ExpressionParser::both() {
  SLIPWAY_ASSIGN(ExprPtr left, negation());
  while (takes_name("and")) {
    SLIPWAY_ASSIGN(ExprPtr right, negation());
    SLIPWAY_ASSIGN(left, checked(node(Expr::Kind::kAnd, "", std::move(left), std::move(right))));
  }
  return left;
}

Result<ExprPtr> ExpressionParser::negation() {
  if (!takes_name("not")) return comparison();
  if (++depth_ > kExpressionDepthMax) return too_deep();
  SLIPWAY_ASSIGN(ExprPtr inner, negation());
  --depth_;
  return checked(node(Expr::Kind::kNot, "", std::move(inner)));
}

std::string ExpressionParser::comparison_sign() {
  for (const std::string_view sign : kComparisons)
    if (takes(sign)) return std::string(sign);
  if (takes_name("in")) return "in";
  if (sees_name("not") && at_ + 1 < tokens_.size() && tokens_[at_ + 1].text == "in") {
    at_ += 2;
    return "not in";
  }
  return "";
}

Result<ExprPtr> ExpressionParser::comparison() {
  SLIPWAY_ASSIGN(ExprPtr left, sum());
  std::string sign = comparison_sign();
  if (sign.empty()) return left;
  SLIPWAY_ASSIGN(ExprPtr right, sum());
  if (!comparison_sign().empty()) return fail(ErrorCode::kUnsupported, "a chained comparison is not read");
  return checked(node(Expr::Kind::kCompare, std::move(sign), std::move(left), std::move(right)));
}

Result<ExprPtr> ExpressionParser::left_chain(Level next, std::span<const std::string_view> signs) {
  SLIPWAY_ASSIGN(ExprPtr left, (this->*next)());
  while (true) {
    std::string_view found;
    for (const std::string_view sign : signs)
      if (found.empty() && takes(sign)) found = sign;
    if (found.empty()) return left;
    SLIPWAY_ASSIGN(ExprPtr right, (this->*next)());
    SLIPWAY_ASSIGN(left,
                   checked(node(Expr::Kind::kBinary, std::string(found), std::move(left), std::move(right))));
  }
}

Result<ExprPtr> ExpressionParser::sum() { return left_chain(&ExpressionParser::joined, kSums); }
Result<ExprPtr> ExpressionParser::joined() { return left_chain(&ExpressionParser::product, kJoins); }
Result<ExprPtr> ExpressionParser::product() { return left_chain(&ExpressionParser::unary, kProducts); }

Result<ExprPtr> ExpressionParser::unary() {
  if (takes("-")) {
    if (++depth_ > kExpressionDepthMax) return too_deep();
    SLIPWAY_ASSIGN(ExprPtr inner, unary());
    --depth_;
    return checked(node(Expr::Kind::kNegate, "", std::move(inner)));
  }
  SLIPWAY_ASSIGN(ExprPtr expr, primary());
  SLIPWAY_ASSIGN(expr, postfix(std::move(expr)));
  return filtered(std::move(expr));
}

Result<ExprPtr> ExpressionParser::filtered(ExprPtr expr) {
  while (true) {
    if (takes("|")) {
      SLIPWAY_ASSIGN(std::string filter, name());
      expr = node(Expr::Kind::kFilter, std::move(filter), std::move(expr));
      if (takes("(")) SLIPWAY_TRY(arguments(*expr));
    } else if (takes_name("is")) {
      SLIPWAY_ASSIGN(expr, test(std::move(expr)));
    } else {
      return expr;
    }
    SLIPWAY_ASSIGN(expr, checked(std::move(expr)));
    SLIPWAY_ASSIGN(expr, postfix(std::move(expr)));
  }
}

bool ExpressionParser::begins_argument() const {
  if (at_end()) return false;
  const Token& token = tokens_[at_];
  if (token.kind == Token::Kind::kSign) return token.text == "[" || token.text == "{";
  if (token.kind != Token::Kind::kName) return true;
  for (const std::string_view word : {"and", "or", "if", "else", "is", "in", "not"})
    if (token.text == word) return false;
  return true;
}

Result<ExprPtr> ExpressionParser::test(ExprPtr expr) {
  const bool negated = takes_name("not");
  SLIPWAY_ASSIGN(std::string which, name());
  ExprPtr result = node(Expr::Kind::kTest, std::move(which), std::move(expr));
  if (takes("(")) {
    SLIPWAY_TRY(arguments(*result));
  } else if (begins_argument()) {
    SLIPWAY_ASSIGN(ExprPtr argument, primary());
    SLIPWAY_ASSIGN(argument, postfix(std::move(argument)));
    adopt(*result, std::move(argument));
  }
  return negated ? node(Expr::Kind::kNot, "", std::move(result)) : std::move(result);
}

Result<ExprPtr> ExpressionParser::postfix(ExprPtr expr) {
  while (true) {
    if (takes(".")) {
      SLIPWAY_ASSIGN(std::string attribute, name());
      expr = node(Expr::Kind::kAttr, std::move(attribute), std::move(expr));
    } else if (takes("[")) {
      SLIPWAY_ASSIGN(expr, subscript(std::move(expr)));
    } else if (takes("(")) {
      expr = node(Expr::Kind::kCall, "", std::move(expr));
      SLIPWAY_TRY(arguments(*expr));
    } else {
      return expr;
    }
    SLIPWAY_ASSIGN(expr, checked(std::move(expr)));
  }
}

Result<ExprPtr> ExpressionParser::subscript(ExprPtr object) {
  ExprPtr first, second, third;
  if (!sees(":")) {
    SLIPWAY_ASSIGN(first, expression());
  }
  if (takes("]")) return node(Expr::Kind::kItem, "", std::move(object), std::move(first));
  SLIPWAY_TRY(expect(":"));
  if (!sees(":") && !sees("]")) {
    SLIPWAY_ASSIGN(second, expression());
  }
  if (takes(":") && !sees("]")) {
    SLIPWAY_ASSIGN(third, expression());
  }
  SLIPWAY_TRY(expect("]"));
  ExprPtr slice = node(Expr::Kind::kSlice, "", std::move(object));
  adopt(*slice, std::move(first));
  adopt(*slice, std::move(second));
  adopt(*slice, std::move(third));
  return slice;
}

Result<void> ExpressionParser::arguments(Expr& call) {
  while (!takes(")")) {
    std::string key;
    const bool is_named = at_ + 1 < tokens_.size() && tokens_[at_].kind == Token::Kind::kName &&
                          tokens_[at_ + 1].kind == Token::Kind::kSign && tokens_[at_ + 1].text == "=";
    if (is_named) {
      key = tokens_[at_].text;
      at_ += 2;
    }
    SLIPWAY_ASSIGN(ExprPtr value, expression());
    call.depth = std::max(call.depth, value->depth + 1);
    if (is_named) {
      call.named.emplace_back(std::move(key), std::move(value));
    } else {
      call.parts.push_back(std::move(value));
    }
    if (!takes(",") && !sees(")")) return trouble();
  }
  return {};
}

Result<ExprPtr> ExpressionParser::bracketed(Expr::Kind kind, std::string_view end) {
  ExprPtr list = leaf(kind);
  while (!takes(end)) {
    SLIPWAY_ASSIGN(ExprPtr item, expression());
    adopt(*list, std::move(item));
    if (kind == Expr::Kind::kDict) {
      SLIPWAY_TRY(expect(":"));
      SLIPWAY_ASSIGN(ExprPtr value, expression());
      adopt(*list, std::move(value));
    }
    if (!takes(",") && !sees(end)) return trouble();
  }
  return list;
}

Result<ExprPtr> ExpressionParser::word() {
  std::string text = tokens_[at_++].text;
  if (text == "true" || text == "True") return leaf(Expr::Kind::kTrue);
  if (text == "false" || text == "False") return leaf(Expr::Kind::kFalse);
  if (text == "none" || text == "None") return leaf(Expr::Kind::kNone);
  return leaf(Expr::Kind::kName, std::move(text));
}

Result<ExprPtr> ExpressionParser::primary() {
  if (at_end()) return trouble();
  const Token& token = tokens_[at_];
  if (token.kind == Token::Kind::kName) return word();
  if (token.kind == Token::Kind::kString) {
    ExprPtr text = leaf(Expr::Kind::kString);
    while (!at_end() && tokens_[at_].kind == Token::Kind::kString) text->text += tokens_[at_++].text;
    return text;
  }
  if (token.kind == Token::Kind::kInt) {
    ExprPtr number = leaf(Expr::Kind::kInt);
    const char* end = token.text.data() + token.text.size();
    if (std::from_chars(token.text.data(), end, number->number).ec != std::errc()) return trouble();
    ++at_;
    return number;
  }
  if (takes("[")) return bracketed(Expr::Kind::kList, "]");
  if (takes("{")) return bracketed(Expr::Kind::kDict, "}");
  if (!takes("(")) return trouble();
  if (takes(")")) return leaf(Expr::Kind::kList);
  SLIPWAY_ASSIGN(ExprPtr inner, tuple());
  SLIPWAY_TRY(expect(")"));
  return inner;
}

}  // namespace slipway::model::jinja
