// model/jinja/expression_parser.h - the expressions of one tag.
//
// Threads    belongs to one parse
#pragma once

#include <span>

#include "model/jinja/lexer.h"
#include "model/jinja/syntax.h"

namespace slipway::model::jinja {

class ExpressionParser {
 public:
  explicit ExpressionParser(std::span<const Token> tokens) : tokens_(tokens) {}

  Result<ExprPtr> expression();  // a if b else c
  Result<ExprPtr> without_if();  // what stands after `in` of a for, before its own `if`
  Result<ExprPtr> tuple();       // a, b
  bool at_end() const { return at_ >= tokens_.size(); }
  bool takes_name(std::string_view name);
  bool takes(std::string_view sign);
  Result<std::string> name();
  Result<void> expect(std::string_view sign);
  Result<void> expect_end() const;

 private:
  using Level = Result<ExprPtr> (ExpressionParser::*)();
  bool sees(std::string_view sign) const;
  bool sees_name(std::string_view name) const;
  std::unexpected<Error> trouble() const;
  Result<ExprPtr> left_chain(Level next, std::span<const std::string_view> signs);
  Result<ExprPtr> either();
  Result<ExprPtr> both();
  Result<ExprPtr> negation();
  Result<ExprPtr> comparison();
  Result<ExprPtr> sum();
  Result<ExprPtr> joined();
  Result<ExprPtr> product();
  Result<ExprPtr> unary();
  Result<ExprPtr> filtered(ExprPtr expr);
  Result<ExprPtr> postfix(ExprPtr expr);
  Result<ExprPtr> subscript(ExprPtr object);
  Result<ExprPtr> test(ExprPtr expr);
  Result<ExprPtr> primary();
  Result<ExprPtr> bracketed(Expr::Kind kind, std::string_view end);
  Result<ExprPtr> word();
  Result<void> arguments(Expr& call);
  bool begins_argument() const;
  std::string comparison_sign();

  std::span<const Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace slipway::model::jinja
