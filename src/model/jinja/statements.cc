#include <fmt/format.h>
#include "model/jinja/walk.h"

namespace slipway::model::jinja {
namespace {

constexpr std::size_t kTextBytesMax = 1u << 20;

// Loops see these; what is left out (cycle, depth) is no key.
Value loop_object(const List& items, std::size_t place) {
  const auto index = static_cast<std::int64_t>(place);
  const auto size = static_cast<std::int64_t>(items.size());
  Dict loop{{"index0", Value::integer(index)},
            {"index", Value::integer(index + 1)},
            {"revindex", Value::integer(size - index)},
            {"revindex0", Value::integer(size - index - 1)},
            {"first", Value::boolean(index == 0)},
            {"last", Value::boolean(index + 1 == size)},
            {"length", Value::integer(size)}};
  if (place > 0) loop.emplace_back("previtem", items[place - 1]);
  if (place + 1 < items.size()) loop.emplace_back("nextitem", items[place + 1]);
  return Value::of(std::move(loop));
}

}  // namespace

bool Choices::ask(const std::string& key) {
  if (!key.empty())
    if (const auto at = known_.find(key); at != known_.end()) return at->second;
  if (next_ == answers_.size()) answers_.push_back(false);
  const bool answer = answers_[next_++];
  if (!key.empty()) known_.emplace(key, answer);
  return answer;
}

void Choices::begin_path() {
  next_ = 0;
  known_.clear();
}

bool Choices::next_path() {
  answers_.resize(next_);  // questions that this path did not reach
  while (!answers_.empty() && answers_.back()) answers_.pop_back();
  if (answers_.empty()) return false;
  answers_.back() = true;
  return true;
}

Ending Walk::run(Globals globals) {
  scopes_.clear();
  scopes_.emplace_back(globals.begin(), globals.end());
  output_.clear();
  ending_ = Ending::kDone;
  jump_ = Jump::kNone;
  body(program_);
  return ending_;
}

bool Walk::spend(std::size_t steps) {
  if (budget_.steps >= steps) {
    budget_.steps -= steps;
    return true;
  }
  budget_.steps = 0;
  ending_ = Ending::kTooLong;
  return false;
}

Value Walk::raise() {
  if (!stopped()) ending_ = Ending::kRaised;
  return {};
}

Value Walk::not_read(std::string why) {
  if (stopped()) return {};
  ending_ = Ending::kNotRead;
  why_ = std::move(why);
  return {};
}

void Walk::body(const Body& statements) {
  for (const Stmt& stmt : statements) {
    if (stopped() || jump_ != Jump::kNone || !spend(1)) return;
    statement(stmt);
  }
}

void Walk::emit(Text text) {
  if (stopped() || !spend(weight(text) / 16)) return;
  append(output_, std::move(text));
  if (weight(output_) > kTextBytesMax) not_read("it writes too much");
}

Text Walk::captured(const Body& statements) {
  Text outer = std::exchange(output_, {});
  body(statements);
  return std::exchange(output_, std::move(outer));
}

void Walk::statement(const Stmt& stmt) {
  switch (stmt.kind) {
    case Stmt::Kind::kText:
      return emit(Value::string(stmt.text).text);
    case Stmt::Kind::kOutput:
      return emit(to_text(eval(*stmt.expr)));
    case Stmt::Kind::kIf:
      return body(truth(eval(*stmt.expr)) ? stmt.body : stmt.other);
    case Stmt::Kind::kFor:
      return for_loop(stmt);
    case Stmt::Kind::kSet:
      return assign(stmt, eval(*stmt.expr));
    case Stmt::Kind::kSetBlock:
      return assign(stmt, Value::of(captured(stmt.body)));
    case Stmt::Kind::kMacro:
      scopes_.back()[stmt.text] = {.kind = Value::Kind::kMacro, .macro = &stmt};
      return;
    case Stmt::Kind::kScope:
      return body(stmt.body);
    case Stmt::Kind::kBreak:
      jump_ = Jump::kBreak;
      return;
    case Stmt::Kind::kContinue:
      jump_ = Jump::kContinue;
      return;
  }
}

void Walk::assign(const Stmt& stmt, const Value& value) {
  if (stopped()) return;
  if (stmt.space == nullptr) return bind(stmt.names, value);
  const Value space = eval(*stmt.space);
  if (!space.space) {
    raise();
    return;
  }
  // A namespace held by itself would never be freed.
  if (value.space) {
    not_read("a namespace inside a namespace");
    return;
  }
  (*space.space)[stmt.names.front()] = value;
}

void Walk::bind(const std::vector<std::string>& names, const Value& value) {
  if (names.size() == 1) {
    scopes_.back()[names.front()] = value;
    return;
  }
  if (value.is(Value::Kind::kList) && value.list->size() == names.size()) {
    for (std::size_t i = 0; i < names.size(); ++i) scopes_.back()[names[i]] = (*value.list)[i];
  } else if (value.is(Value::Kind::kUnknown)) {
    for (const std::string& name : names) scopes_.back()[name] = derived("part " + name, value, {});
  } else {
    raise();
  }
}

List Walk::items_of(const Value& value) {
  using Kind = Value::Kind;
  if (value.is(Kind::kList)) return spend(value.list->size()) ? *value.list : List();
  if (value.is(Kind::kUndefined)) return {};
  if (value.is(Kind::kDict)) {
    List keys;
    if (!spend(value.dict->size())) return {};
    for (const auto& member : *value.dict) keys.push_back(Value::string(member.first));
    return keys;
  }
  if (value.is(Kind::kUnknown)) {
    if (!is_solid(value) && !ask("has items", value)) return {};
    List items{derived("first item", value, {})};
    if (ask("has more items", value)) items.push_back(derived("next item", value, {}));
    return items;
  }
  if (value.is(Kind::kText)) {
    not_read("it goes through a text letter by letter");
  } else {
    raise();
  }
  return {};
}

void Walk::for_loop(const Stmt& stmt) {
  List items = items_of(eval(*stmt.expr));
  if (stmt.filter != nullptr) {
    List kept;
    for (const Value& entry : items) {
      if (stopped() || !spend(1)) return;
      scopes_.emplace_back();
      bind(stmt.names, entry);
      if (truth(eval(*stmt.filter))) kept.push_back(entry);
      scopes_.pop_back();
    }
    items = std::move(kept);
  }
  if (stopped()) return;
  if (items.empty()) return body(stmt.other);
  for (std::size_t place = 0; place < items.size(); ++place)
    if (!one_turn(stmt, items, place)) return;
}

bool Walk::one_turn(const Stmt& stmt, const List& items, std::size_t place) {
  if (stopped() || !spend(1)) return false;
  scopes_.emplace_back();
  bind(stmt.names, items[place]);
  scopes_.back()["loop"] = loop_object(items, place);
  body(stmt.body);
  scopes_.pop_back();
  const bool left = jump_ == Jump::kBreak;
  jump_ = Jump::kNone;
  return !left;
}

}  // namespace slipway::model::jinja
