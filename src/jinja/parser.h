// jinja/parser.h - tokens to a tree.
//
// Limits     kExpressionDepthMax, kTreeDepthMax, kStatementDepthMax
// Errors     kCorruptData with the line; kUnsupported for a limit, for block and autoescape
// Source     jinja2 3.1.6, parser.py
// Threads    belongs to one parse
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "jinja/syntax.h"
#include "jinja/tokens.h"
#include "slipway/result.h"

namespace slipway::jinja {

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<Body> run();

 private:
  using Names = std::span<const std::string_view>;
  using Made = Result<ExprPtr>;

  // parser.cc: the stream
  const Token& now() const { return tokens_[at_]; }
  const Token& look() const { return tokens_[at_ + 1 < tokens_.size() ? at_ + 1 : at_]; }
  const Token& next();
  bool sees(std::string_view sign) const { return now().is_sign(sign); }
  bool sees_name(std::string_view name) const { return now().is_name(name); }
  bool takes(std::string_view sign);
  bool takes_name(std::string_view name);
  Result<void> expect(std::string_view sign);
  Result<void> expect(Token::Kind kind);
  Result<std::string> expect_name();
  Result<void> expect_name(std::string_view name);
  std::unexpected<Error> wrong(std::string_view what) const;
  std::unexpected<Error> unexpected() const;

  // statements.cc
  Result<Body> subparse(Names ends);
  Result<Body> block(Names ends);
  Result<Body> block_to(std::string_view end);
  Result<void> statement(Body& body);
  Result<Stmt> tag(const std::string& name);
  Result<Stmt> parse_if();
  Result<Stmt> parse_for();
  Result<Stmt> parse_set();
  Result<Stmt> parse_macro();
  Result<Stmt> parse_call();
  Result<Stmt> parse_filter_block();
  Result<Stmt> parse_with();
  Result<Stmt> parse_print();
  Result<Stmt> parse_generation();
  Result<Stmt> parse_load(const std::string& name);
  Result<void> load_context();
  Result<void> from_names(Stmt& made);
  Result<void> signature(Callable& callable);
  Made assign_target(bool spaces, std::string_view end = {});
  Made name_target();

  // expressions.cc
  Made expression();
  Made condition();
  Made either();
  Made both();
  Made negation();
  Made comparison();
  Made sum();
  Made concat();
  Made product();
  Made power();
  Made unary(bool with_filter);
  Made filtered_unary() { return unary(true); }
  Made left_chain(Result<ExprPtr> (Parser::*operand)(),
                  std::span<const std::pair<std::string_view, Op>> signs);

  // primaries.cc
  Made primary(bool spaces = false);
  Made word(bool spaces);
  Made string();
  Made tuple(bool explicit_brackets, bool with_condition = true, std::string_view end = {});
  Made simple_tuple(bool spaces, std::string_view end);
  Made list();
  Made dict();
  Made postfix(ExprPtr expr);
  Made filtered(ExprPtr expr);
  Made subscript(ExprPtr object);
  Made subscribed();
  Made call(ExprPtr callee);
  Result<void> arguments(Expr& call);
  Result<void> argument(Expr& call);
  Made filter(ExprPtr subject, bool inline_start);
  Made test(ExprPtr subject);
  Result<std::string> dotted_name();
  bool ends_tuple(std::string_view end) const;
  bool begins_argument() const;

  ExprPtr node(Expr::Kind kind) const;
  Made finish(ExprPtr expr) const;  // knows its depth, checks it
  Made make(Expr::Kind kind, std::vector<ExprPtr> parts) const;
  Result<void> deeper();

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int statements_ = 0;
};

void set_use(Expr& target, Expr::Use use);
bool can_assign(const Expr& target);

}  // namespace slipway::jinja
