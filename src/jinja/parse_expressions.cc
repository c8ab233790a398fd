#include <algorithm>
#include <array>

#include "jinja/parser.h"
#include "jinja/types.h"

namespace slipway::jinja {
namespace {

template <class... Parts>
std::vector<ExprPtr> parts_of(Parts... parts) {
  std::vector<ExprPtr> made;
  (made.push_back(std::move(parts)), ...);
  return made;
}

constexpr std::pair<std::string_view, Op> kSums[] = {{"+", Op::kAdd}, {"-", Op::kSub}};
constexpr std::pair<std::string_view, Op> kProducts[] = {
    {"*", Op::kMul}, {"/", Op::kDiv}, {"//", Op::kFloorDiv}, {"%", Op::kMod}};
constexpr std::pair<std::string_view, Op> kPowers[] = {{"**", Op::kPow}};
constexpr std::pair<std::string_view, Op> kCompares[] = {
    {"==", Op::kEq}, {"!=", Op::kNe}, {"<", Op::kLt}, {"<=", Op::kLtEq}, {">", Op::kGt}, {">=", Op::kGtEq}};

}  // namespace

Result<ExprPtr> Parser::expression() {
  SLIPWAY_TRY(deeper());
  auto made = condition();
  --depth_;
  return made;
}

Result<ExprPtr> Parser::condition() {
  SLIPWAY_ASSIGN(ExprPtr then, either());
  while (takes_name("if")) {
    SLIPWAY_ASSIGN(ExprPtr test, either());
    ExprPtr otherwise;
    if (takes_name("else")) {
      SLIPWAY_ASSIGN(otherwise, expression());
    }
    SLIPWAY_ASSIGN(then,
                   make(Expr::Kind::kCond, parts_of(std::move(test), std::move(then), std::move(otherwise))));
  }
  return then;
}

Result<ExprPtr> Parser::either() {
  SLIPWAY_ASSIGN(ExprPtr left, both());
  while (takes_name("or")) {
    SLIPWAY_ASSIGN(ExprPtr right, both());
    SLIPWAY_ASSIGN(left, make(Expr::Kind::kOr, parts_of(std::move(left), std::move(right))));
  }
  return left;
}

Result<ExprPtr> Parser::both() {
  SLIPWAY_ASSIGN(ExprPtr left, negation());
  while (takes_name("and")) {
    SLIPWAY_ASSIGN(ExprPtr right, negation());
    SLIPWAY_ASSIGN(left, make(Expr::Kind::kAnd, parts_of(std::move(left), std::move(right))));
  }
  return left;
}

Result<ExprPtr> Parser::negation() {
  if (!takes_name("not")) return comparison();
  SLIPWAY_TRY(deeper());
  SLIPWAY_ASSIGN(ExprPtr inner, negation());
  --depth_;
  return make(Expr::Kind::kNot, parts_of(std::move(inner)));
}

Result<ExprPtr> Parser::comparison() {
  SLIPWAY_ASSIGN(ExprPtr first, sum());
  std::vector<ExprPtr> parts = parts_of(std::move(first));
  std::vector<Op> ops;
  while (true) {
    const auto sign = std::ranges::find_if(kCompares, [&](const auto& row) { return sees(row.first); });
    if (sign != std::end(kCompares)) {
      next();
      ops.push_back(sign->second);
    } else if (takes_name("in")) {
      ops.push_back(Op::kIn);
    } else if (sees_name("not") && look().is_name("in")) {
      next();
      next();
      ops.push_back(Op::kNotIn);
    } else {
      break;
    }
    SLIPWAY_ASSIGN(ExprPtr operand, sum());
    parts.push_back(std::move(operand));
  }
  if (ops.empty()) return std::move(parts[0]);
  ExprPtr made = node(Expr::Kind::kCompare);
  made->parts = std::move(parts);
  made->ops = std::move(ops);
  return finish(std::move(made));
}

Result<ExprPtr> Parser::left_chain(Result<ExprPtr> (Parser::*operand)(),
                                   std::span<const std::pair<std::string_view, Op>> signs) {
  SLIPWAY_ASSIGN(ExprPtr left, (this->*operand)());
  while (true) {
    const auto sign = std::ranges::find_if(signs, [&](const auto& row) { return sees(row.first); });
    if (sign == signs.end()) return left;
    next();
    SLIPWAY_ASSIGN(ExprPtr right, (this->*operand)());
    ExprPtr made = node(Expr::Kind::kBinary);
    made->parts = parts_of(std::move(left), std::move(right));
    made->ops = {sign->second};
    SLIPWAY_ASSIGN(left, finish(std::move(made)));
  }
}

Result<ExprPtr> Parser::sum() { return left_chain(&Parser::concat, kSums); }

Result<ExprPtr> Parser::concat() {
  SLIPWAY_ASSIGN(ExprPtr first, product());
  if (!sees("~")) return first;
  std::vector<ExprPtr> parts = parts_of(std::move(first));
  while (takes("~")) {
    SLIPWAY_ASSIGN(ExprPtr part, product());
    parts.push_back(std::move(part));
  }
  return make(Expr::Kind::kConcat, std::move(parts));
}

Result<ExprPtr> Parser::product() { return left_chain(&Parser::power, kProducts); }

Result<ExprPtr> Parser::power() { return left_chain(&Parser::filtered_unary, kPowers); }

Result<ExprPtr> Parser::unary(bool with_filter) {
  ExprPtr made;
  if (sees("-") || sees("+")) {
    const auto kind = next().text == "-" ? Expr::Kind::kNeg : Expr::Kind::kPos;
    SLIPWAY_TRY(deeper());
    SLIPWAY_ASSIGN(ExprPtr inner, unary(false));
    --depth_;
    SLIPWAY_ASSIGN(made, make(kind, parts_of(std::move(inner))));
  } else {
    SLIPWAY_ASSIGN(made, primary());
  }
  SLIPWAY_ASSIGN(made, postfix(std::move(made)));
  if (!with_filter) return made;
  return filtered(std::move(made));
}

}  // namespace slipway::jinja
