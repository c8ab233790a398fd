#include <algorithm>
#include <array>

#include <fmt/format.h>
#include "model/jinja/expression_parser.h"
#include "model/jinja/syntax.h"

namespace slipway::model::jinja {
namespace {

class StatementParser {
 public:
  explicit StatementParser(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}

  Result<Body> run() {
    Body body;
    SLIPWAY_TRY(body_until(body, {}));
    return body;
  }

 private:
  using Ends = std::span<const std::string_view>;
  // Reads statements up to a tag named in `ends` and leaves it as the next piece.
  Result<void> body_until(Body& body, Ends ends);
  Result<void> statement(Body& body);
  Result<Stmt> tag(const std::string& name, ExpressionParser& in);
  Result<Stmt> if_tag(ExpressionParser& in);
  Result<Stmt> for_tag(ExpressionParser& in);
  Result<Stmt> set_tag(ExpressionParser& in);
  Result<Stmt> macro_tag(ExpressionParser& in);
  Result<void> close(std::string_view name);
  std::string_view tag_name() const;

  std::vector<Piece> pieces_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

std::string_view StatementParser::tag_name() const {
  if (at_ >= pieces_.size()) return "";
  const Piece& piece = pieces_[at_];
  if (piece.kind != Piece::Kind::kTag || piece.tokens.empty()) return "";
  return piece.tokens.front().text;
}

Result<void> StatementParser::body_until(Body& body, Ends ends) {
  if (++depth_ > kStatementDepthMax) return fail(ErrorCode::kUnsupported, "statements are nested too deep");
  while (at_ < pieces_.size()) {
    const std::string_view name = tag_name();
    if (std::ranges::find(ends, name) != ends.end()) {
      --depth_;
      return {};
    }
    SLIPWAY_TRY(statement(body));
  }
  --depth_;
  if (ends.empty()) return {};
  return fail(ErrorCode::kUnsupported, fmt::format("'{}' is missing", ends.back()));
}

Result<void> StatementParser::close(std::string_view name) {
  if (tag_name() != name) return fail(ErrorCode::kUnsupported, fmt::format("'{}' is missing", name));
  ++at_;
  return {};
}

Result<void> StatementParser::statement(Body& body) {
  Piece& piece = pieces_[at_];
  if (piece.kind == Piece::Kind::kText) {
    body.push_back({.kind = Stmt::Kind::kText, .text = std::move(piece.text)});
    ++at_;
    return {};
  }
  const std::vector<Token> tokens = std::move(piece.tokens);
  ++at_;
  ExpressionParser in(tokens);
  if (piece.kind == Piece::Kind::kOutput) {
    Stmt output{.kind = Stmt::Kind::kOutput};
    SLIPWAY_ASSIGN(output.expr, in.tuple());
    SLIPWAY_TRY(in.expect_end());
    body.push_back(std::move(output));
    return {};
  }
  SLIPWAY_ASSIGN(const std::string name, in.name());
  SLIPWAY_ASSIGN(Stmt made, tag(name, in));
  body.push_back(std::move(made));
  return {};
}

Result<Stmt> StatementParser::tag(const std::string& name, ExpressionParser& in) {
  if (name == "if") return if_tag(in);
  if (name == "for") return for_tag(in);
  if (name == "set") return set_tag(in);
  if (name == "macro") return macro_tag(in);
  if (name == "break") return Stmt{.kind = Stmt::Kind::kBreak};
  if (name == "continue") return Stmt{.kind = Stmt::Kind::kContinue};
  if (name == "generation") {  // marks what is trained on; prints its body
    Stmt scope{.kind = Stmt::Kind::kScope};
    static constexpr auto kEnds = std::to_array<std::string_view>({"endgeneration"});
    SLIPWAY_TRY(body_until(scope.body, kEnds));
    SLIPWAY_TRY(close("endgeneration"));
    return scope;
  }
  return fail(ErrorCode::kUnsupported, fmt::format("the tag '{}' is not read", name));
}

Result<Stmt> StatementParser::if_tag(ExpressionParser& in) {
  static constexpr auto kEnds = std::to_array<std::string_view>({"elif", "else", "endif"});
  static constexpr auto kLast = std::to_array<std::string_view>({"endif"});
  Stmt root{.kind = Stmt::Kind::kIf};
  SLIPWAY_ASSIGN(root.expr, in.tuple());
  SLIPWAY_TRY(in.expect_end());
  SLIPWAY_TRY(body_until(root.body, kEnds));
  if (tag_name() == "elif") {
    // An elif is an if inside the else; both end at the same endif.
    if (++depth_ > kStatementDepthMax) return fail(ErrorCode::kUnsupported, "statements are nested too deep");
    const std::vector<Token> tokens = std::move(pieces_[at_].tokens);
    ++at_;
    ExpressionParser next(tokens);
    next.takes_name("elif");
    SLIPWAY_ASSIGN(Stmt other, if_tag(next));
    root.other.push_back(std::move(other));
    --depth_;
    return root;
  }
  if (tag_name() == "else") {
    ++at_;
    SLIPWAY_TRY(body_until(root.other, kLast));
  }
  SLIPWAY_TRY(close("endif"));
  return root;
}

Result<Stmt> StatementParser::for_tag(ExpressionParser& in) {
  static constexpr auto kEnds = std::to_array<std::string_view>({"else", "endfor"});
  static constexpr auto kLast = std::to_array<std::string_view>({"endfor"});
  Stmt loop{.kind = Stmt::Kind::kFor};
  const bool bracketed = in.takes("(");
  do {
    SLIPWAY_ASSIGN(std::string target, in.name());
    loop.names.push_back(std::move(target));
  } while (in.takes(","));
  if (bracketed) SLIPWAY_TRY(in.expect(")"));
  if (!in.takes_name("in")) return fail(ErrorCode::kUnsupported, "a for without 'in' is not read");
  SLIPWAY_ASSIGN(loop.expr, in.without_if());
  if (in.takes_name("if")) {
    SLIPWAY_ASSIGN(loop.filter, in.expression());
  }
  SLIPWAY_TRY(in.expect_end());
  SLIPWAY_TRY(body_until(loop.body, kEnds));
  if (tag_name() == "else") {
    ++at_;
    SLIPWAY_TRY(body_until(loop.other, kLast));
  }
  SLIPWAY_TRY(close("endfor"));
  return loop;
}

Result<Stmt> StatementParser::set_tag(ExpressionParser& in) {
  static constexpr auto kEnds = std::to_array<std::string_view>({"endset"});
  Stmt set{.kind = Stmt::Kind::kSet};
  do {
    SLIPWAY_ASSIGN(std::string target, in.name());
    set.names.push_back(std::move(target));
  } while (in.takes(","));
  if (in.takes(".")) {
    set.space = std::make_unique<Expr>();
    set.space->kind = Expr::Kind::kName;
    set.space->text = set.names.front();
    SLIPWAY_ASSIGN(set.names.front(), in.name());
  }
  if (in.takes("=")) {
    SLIPWAY_ASSIGN(set.expr, in.tuple());
    SLIPWAY_TRY(in.expect_end());
    return set;
  }
  SLIPWAY_TRY(in.expect_end());
  set.kind = Stmt::Kind::kSetBlock;
  SLIPWAY_TRY(body_until(set.body, kEnds));
  SLIPWAY_TRY(close("endset"));
  return set;
}

Result<Stmt> StatementParser::macro_tag(ExpressionParser& in) {
  static constexpr auto kEnds = std::to_array<std::string_view>({"endmacro"});
  Stmt macro{.kind = Stmt::Kind::kMacro};
  SLIPWAY_ASSIGN(macro.text, in.name());
  SLIPWAY_TRY(in.expect("("));
  while (!in.takes(")")) {
    SLIPWAY_ASSIGN(std::string parameter, in.name());
    ExprPtr value;
    if (in.takes("=")) {
      SLIPWAY_ASSIGN(value, in.expression());
    }
    macro.parameters.emplace_back(std::move(parameter), std::move(value));
    if (in.takes(",")) continue;
    SLIPWAY_TRY(in.expect(")"));
    break;
  }
  SLIPWAY_TRY(in.expect_end());
  SLIPWAY_TRY(body_until(macro.body, kEnds));
  SLIPWAY_TRY(close("endmacro"));
  return macro;
}

}  // namespace

Result<Body> parse_template(std::string_view text) {
  if (text.size() > kTemplateBytesMax)
    return fail(ErrorCode::kUnsupported, fmt::format("it is longer than {} bytes", kTemplateBytesMax));
  SLIPWAY_ASSIGN(auto pieces, lex(text));
  return StatementParser(std::move(pieces)).run();
}

}  // namespace slipway::model::jinja
