// model/jinja/walk.h - runs a template over messages whose texts are not known, one path at a time.
//
// Contract   What is known decides; everything else is asked of Choices, which tries every answer in
//            turn. The first path is the stock one: every variable a caller may give is missing.
// Limits     Budget: steps over all paths; texts 1 MiB; calls nest 16 deep
// Threads    belongs to one reading
// Source     Jinja's template designer documentation; transformers' apply_chat_template
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/jinja/syntax.h"
#include "model/jinja/value.h"

namespace slipway::model::jinja {

// Answers to what is not known, in the order it is asked; the same question has one answer a path.
class Choices {
 public:
  bool ask(const std::string& key);  // "" is a new question each time
  void begin_path();
  bool next_path();  // false when every path was taken

 private:
  std::vector<bool> answers_{};
  std::size_t next_ = 0;
  std::map<std::string, bool> known_{};
};

struct Budget {
  std::size_t steps = 0;  // left
};

enum class Ending {
  kDone,
  kRaised,   // the template itself refuses this path
  kNotRead,  // something we do not understand: no conclusion
  kTooLong   // the budget is spent
};

// The special tokens' texts: what must not get lost inside a computed text.
using Specials = std::set<std::string, std::less<>>;

using Globals = std::map<std::string, Value, std::less<>>;

class Walk {
 public:
  Walk(const Body& program, const Specials& specials, Choices& choices, Budget& budget)
      : program_(program), specials_(specials), choices_(choices), budget_(budget) {}

  Ending run(Globals globals);
  const Text& output() const { return output_; }
  const std::string& why() const { return why_; }

 private:
  enum class Jump { kNone, kBreak, kContinue };
  struct Arguments {
    List given{};
    std::vector<std::pair<std::string, Value>> named{};
    const Value* at(std::size_t place, std::string_view name) const;
  };

  // statements.cc
  void body(const Body& statements);
  void statement(const Stmt& stmt);
  void for_loop(const Stmt& stmt);
  bool one_turn(const Stmt& stmt, const List& items, std::size_t place);
  List items_of(const Value& value);
  void assign(const Stmt& stmt, const Value& value);
  void bind(const std::vector<std::string>& names, const Value& value);
  void emit(Text text);
  Text captured(const Body& statements);

  // evaluate.cc
  Value eval(const Expr& expr);
  Value eval_any(const Expr& expr);
  Value literal_value(const Expr& expr);
  Value choice(const Expr& expr);
  Value pair_value(const Expr& expr);
  Value test_value(const Expr& expr);
  Value lookup(const std::string& name);
  Value attribute(const Value& object, const std::string& name);
  Value item(const Value& object, const Value& index);
  Value slice(const Expr& expr);
  Value dict_literal(const Expr& expr);
  bool truth(const Value& value);

  // operators.cc
  Value compare(const Expr& expr);
  Value binary(const std::string& sign, const Value& left, const Value& right);
  Value add(const Value& left, const Value& right);
  Value arithmetic(const std::string& sign, const Value& left, const Value& right);
  bool equal(const Value& left, const Value& right, int depth = 0);
  bool contains(const Value& needle, const Value& hay);
  bool less(const Value& left, const Value& right);
  Text to_text(const Value& value);

  // calls.cc
  Value call(const Expr& expr);
  Value function(const std::string& name, const Arguments& arguments);
  Value macro(const Stmt& macro, const Arguments& arguments);
  Value method(const Value& object, const std::string& name, const Arguments& arguments);
  Value dict_method(const Value& object, const std::string& name, const Arguments& arguments);
  Arguments arguments(const Expr& expr);

  // strings.cc
  Value text_method(const Value& object, const std::string& name, const Arguments& arguments);
  Value split(const Value& object, const Arguments& arguments);
  bool begins_or_ends(const Value& object, const std::string& name, const Value& with);
  Value recased(const Value& object, const std::string& name);
  Value stripped(const Value& object, std::string_view name, const Arguments& arguments);
  Value replaced(const Value& object, const Arguments& arguments);

  // filters.cc
  Value filter(const Expr& expr);
  Value apply_filter(const std::string& name, const Value& value, const Arguments& arguments);
  Value list_filter(const std::string& name, const Value& value, const Arguments& arguments);
  Value length(const Value& value);
  Value joined(const Value& value, const Arguments& arguments);
  Value mapped(const Value& value, const Arguments& arguments);
  Value selected(const Value& value, const Arguments& arguments, bool by_attribute, bool wanted);
  bool test(const std::string& name, const Value& value, const List& arguments);
  bool unknown_test(const std::string& name, const Value& value);

  // A text computed in a way we do not follow.
  Value derived(std::string_view how, const Value& from, const Arguments& arguments, bool dirty = false);
  Value derived_solid(std::string_view how, const Value& from, const Arguments& arguments);
  enum class Care { kSpecials, kAnyText };  // which template text may not go into a computed text
  bool hides(const Value& value, Care care);
  bool ask(std::string_view question, const Value& about);
  bool stopped() const { return ending_ != Ending::kDone; }
  bool spend(std::size_t steps);
  Value raise();
  Value not_read(std::string why);

  const Body& program_;
  const Specials& specials_;
  Choices& choices_;
  Budget& budget_;
  std::vector<std::map<std::string, Value, std::less<>>> scopes_{};
  Text output_{};
  Ending ending_ = Ending::kDone;
  Jump jump_ = Jump::kNone;
  std::string why_{};
  int calls_ = 0;
};

}  // namespace slipway::model::jinja
