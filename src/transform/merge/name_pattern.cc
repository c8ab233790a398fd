#include "transform/merge/name_pattern.h"

#include <algorithm>
#include <functional>
#include <optional>

#include <fmt/format.h>

#include "tensor/tensor_name.h"

namespace slipway::transform {
namespace {

using Set = NamePattern::Set;
using Step = NamePattern::Step;
using Kind = Step::Kind;

constexpr int kGroupDepthMax = 64;
constexpr std::size_t kRepeatMax = 1000;
constexpr std::string_view kMeta = R"(\^$*+?{}[]|())";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Set range(unsigned char first, unsigned char last) {
  Set set;
  for (unsigned c = first; c <= last; ++c) set.set(c);
  return set;
}

// \d, \w, \s and their opposites, of ASCII; nullopt for any other letter.
std::optional<Set> class_of(char letter) {
  Set set;
  switch (letter | 0x20) {
    case 'd':
      set = range('0', '9');
      break;
    case 'w':
      set = range('0', '9') | range('a', 'z') | range('A', 'Z') | range('_', '_') | range(0x80, 0xFF);
      break;
    case 's':
      set = range('\t', '\r') | range(' ', ' ');
      break;
    default:
      return std::nullopt;
  }
  return (letter & 0x20) == 0 ? ~set : set;
}

// Builds the program from its end: each part is compiled towards the step that comes after it.
class Compiler {
 public:
  Compiler(std::string_view key, std::vector<Step>& steps, std::vector<Set>& sets)
      : key_(key), steps_(steps), sets_(sets) {}

  Result<std::size_t> compile() {
    const std::size_t match = add({.kind = Kind::kMatch});
    const std::size_t end = add({.kind = Kind::kEnd, .next = match});
    SLIPWAY_ASSIGN(const Part whole, alternatives(0));
    if (at_ != key_.size()) return refuse("an unbalanced )");
    SLIPWAY_ASSIGN(const std::size_t own, whole(end));
    // (.*\.)? in front: the key begins at the name's beginning or behind a dot.
    const std::size_t dot = add({.kind = Kind::kByte, .next = own, .byte = '.'});
    const std::size_t loop = add({.kind = Kind::kSplit, .other = dot});
    steps_[loop].next = add_set(~Set().set('\n'), loop);
    return add({.kind = Kind::kSplit, .next = own, .other = loop});
  }

 private:
  // A part of the expression: gives its first step, once it knows the one behind it.
  using Part = std::function<Result<std::size_t>(std::size_t next)>;

  std::unexpected<Error> refuse(std::string_view what) const {
    return fail(ErrorCode::kUnsupported,
                fmt::format("the pattern {} has {}, which is not read; name the modules without it",
                            tensor::shown_name(key_), what));
  }

  std::size_t add(Step step) {
    steps_.push_back(step);
    return steps_.size() - 1;
  }
  std::size_t add_set(const Set& set, std::size_t next) {
    const auto at = std::ranges::find(sets_, set);
    const auto index = static_cast<std::size_t>(at - sets_.begin());
    if (at == sets_.end()) sets_.push_back(set);
    return add({.kind = Kind::kSet, .next = next, .set = index});
  }
  // A repetition of nothing adds no step, so its turns are counted as well.
  Result<std::size_t> checked(std::size_t step) {
    if (steps_.size() > NamePattern::kProgramMax || ++turns_ > 8 * NamePattern::kProgramMax)
      return refuse("too many repetitions");
    return step;
  }

  bool at_end() const { return at_ == key_.size(); }
  bool take(std::string_view text) {
    if (!key_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }

  Result<Part> alternatives(int depth) {
    if (depth > kGroupDepthMax) return refuse("groups too deep inside each other");
    std::vector<Part> ways;
    do {
      SLIPWAY_ASSIGN(Part way, sequence(depth));
      ways.push_back(std::move(way));
    } while (take("|"));
    if (ways.size() == 1) return std::move(ways.front());
    return Part([this, ways = std::move(ways)](std::size_t next) -> Result<std::size_t> {
      SLIPWAY_ASSIGN(std::size_t first, ways.back()(next));
      for (std::size_t i = ways.size() - 1; i-- > 0;) {
        SLIPWAY_ASSIGN(const std::size_t way, ways[i](next));
        first = add({.kind = Kind::kSplit, .next = way, .other = first});
      }
      return checked(first);
    });
  }

  Result<Part> sequence(int depth) {
    std::vector<Part> parts;
    while (!at_end() && key_[at_] != '|' && key_[at_] != ')') {
      SLIPWAY_ASSIGN(Part part, repeated(depth));
      parts.push_back(std::move(part));
    }
    return Part([parts = std::move(parts)](std::size_t next) -> Result<std::size_t> {
      for (std::size_t i = parts.size(); i-- > 0;) {
        SLIPWAY_ASSIGN(next, parts[i](next));
      }
      return next;
    });
  }

  struct Times {
    std::size_t least = 1;
    std::size_t most = 1;
    bool endless = false;
  };

  Result<std::optional<Times>> times() {
    std::optional<Times> found;
    if (take("*")) {
      found = Times{0, 0, true};
    } else if (take("+")) {
      found = Times{1, 1, true};
    } else if (take("?")) {
      found = Times{0, 1, false};
    } else if (!at_end() && key_[at_] == '{') {
      SLIPWAY_ASSIGN(found, counted());
    }
    if (found && take("+")) return refuse("a possessive repetition");
    if (found) take("?");  // lazy: it matches the same names
    return found;
  }

  // {m}, {m,}, {,n}, {m,n}; a brace that is none of these is refused, not taken literally.
  Result<std::optional<Times>> counted() {
    ++at_;
    Times found{0, 0, false};
    const std::optional<std::size_t> least = number();
    const bool comma = take(",");
    const std::optional<std::size_t> most = comma ? number() : least;
    if (!take("}") || (!least && !most)) return refuse("a brace that is no repetition");
    found.least = least.value_or(0);
    found.endless = comma && !most;
    found.most = most.value_or(found.least);
    if (found.most < found.least || found.most > kRepeatMax) return refuse("a repetition that cannot be");
    return std::optional(found);
  }

  std::optional<std::size_t> number() {
    std::optional<std::size_t> value;
    for (; !at_end() && is_digit(key_[at_]); ++at_)
      value = std::min(value.value_or(0) * 10 + static_cast<std::size_t>(key_[at_] - '0'), kRepeatMax + 1);
    return value;
  }

  Result<Part> repeated(int depth) {
    SLIPWAY_ASSIGN(Part part, atom(depth));
    SLIPWAY_ASSIGN(const auto how, times());
    if (!how) return part;
    if (!at_end() && std::string_view("*+?{").contains(key_[at_])) return refuse("a repeated repetition");
    return Part([this, part = std::move(part), how = *how](std::size_t next) -> Result<std::size_t> {
      if (how.endless) {
        const std::size_t loop = add({.kind = Kind::kSplit, .other = next});
        SLIPWAY_ASSIGN(steps_[loop].next, part(loop));
        next = loop;
      }
      for (std::size_t i = how.least; i < how.most; ++i) {
        SLIPWAY_ASSIGN(const std::size_t once, part(next));
        next = add({.kind = Kind::kSplit, .next = once, .other = next});
        SLIPWAY_TRY(checked(next));
      }
      for (std::size_t i = 0; i < how.least; ++i) {
        SLIPWAY_ASSIGN(next, part(next));
        SLIPWAY_TRY(checked(next));
      }
      return next;
    });
  }

  Part single(Kind kind, unsigned char byte = 0) {
    return [this, kind, byte](std::size_t next) -> Result<std::size_t> {
      return checked(add({.kind = kind, .next = next, .byte = byte}));
    };
  }
  Part of_set(const Set& set) {
    return [this, set](std::size_t next) -> Result<std::size_t> { return checked(add_set(set, next)); };
  }

  Result<Part> atom(int depth) {
    const char c = key_[at_++];
    switch (c) {
      case '(':
        return group(depth);
      case '[':
        return bracket();
      case '.':
        return of_set(~Set().set('\n'));
      case '^':
        return single(Kind::kBegin);
      case '$':
        return single(Kind::kEnd);
      case '\\':
        return escape();
      case '*':
      case '+':
      case '?':
      case '{':
        return refuse("a repetition of nothing");
      default:
        return single(Kind::kByte, static_cast<unsigned char>(c));
    }
  }

  Result<Part> group(int depth) {
    const bool named = take("?P<");
    if (named) {
      const std::size_t end = key_.find('>', at_);
      if (end == std::string_view::npos) return refuse("a group without an end");
      at_ = end + 1;
    } else if (!take("?:") && key_.substr(at_).starts_with("?")) {
      return refuse("lookaround, a flag or a condition ((?...))");
    }
    SLIPWAY_ASSIGN(Part inside, alternatives(depth + 1));
    if (!take(")")) return refuse("a group without an end");
    return inside;
  }

  Result<Part> escape() {
    if (at_end()) return refuse("a backslash at its end");
    const char c = key_[at_++];
    if (const auto set = class_of(c)) return of_set(*set);
    const bool word = is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    if (word) return refuse(fmt::format("\\{}", c));
    return single(Kind::kByte, static_cast<unsigned char>(c));
  }

  Result<Part> bracket() {
    const bool negated = take("^");
    Set set;
    for (bool first = true; first || at_end() || key_[at_] != ']'; first = false) {
      if (at_end()) return refuse("a class without an end");
      SLIPWAY_TRY(member(set));
    }
    ++at_;
    return of_set(negated ? ~set : set);
  }

  // One byte, an escape, or a range of bytes.
  Result<void> member(Set& set) {
    const std::size_t start = at_;
    char c = key_[at_++];
    if (c == '\\') {
      if (at_end()) return refuse("a backslash at its end");
      c = key_[at_++];
      if (const auto known = class_of(c)) {
        set |= *known;
        return {};
      }
      if (!kMeta.contains(c) && c != '.' && c != '-') return refuse(key_.substr(start, 2));
    }
    const bool ranged = at_ + 1 < key_.size() && key_[at_] == '-' && key_[at_ + 1] != ']';
    if (!ranged) {
      set.set(static_cast<unsigned char>(c));
      return {};
    }
    const char last = key_[at_ + 1];
    at_ += 2;
    if (last == '\\' || static_cast<unsigned char>(last) < static_cast<unsigned char>(c))
      return refuse("a range that cannot be");
    set |= range(static_cast<unsigned char>(c), static_cast<unsigned char>(last));
    return {};
  }

  std::string_view key_;
  std::size_t at_ = 0;
  std::size_t turns_ = 0;
  std::vector<Step>& steps_;
  std::vector<Set>& sets_;
};

// The steps that stand at one place of the name; a step is followed once at most.
class Front {
 public:
  Front(const std::vector<Step>& steps, std::size_t name_bytes)
      : steps_(steps), seen_(steps.size(), SIZE_MAX), name_bytes_(name_bytes) {}

  void enter(std::size_t step, std::size_t at) {
    pending_.push_back(step);
    while (!pending_.empty()) {
      const std::size_t here = pending_.back();
      pending_.pop_back();
      if (seen_[here] == at) continue;
      seen_[here] = at;
      follow(here, at);
    }
  }
  std::vector<std::size_t> take() { return std::exchange(waiting_, {}); }
  bool matched() const { return matched_; }

 private:
  void follow(std::size_t here, std::size_t at) {
    const Step& step = steps_[here];
    switch (step.kind) {
      case Kind::kSplit:
        pending_.push_back(step.other);
        pending_.push_back(step.next);
        return;
      case Kind::kBegin:
        if (at == 0) pending_.push_back(step.next);
        return;
      case Kind::kEnd:
        if (at == name_bytes_) pending_.push_back(step.next);
        return;
      case Kind::kMatch:
        matched_ = true;
        return;
      default:
        waiting_.push_back(here);
    }
  }

  const std::vector<Step>& steps_;
  std::vector<std::size_t> seen_;  // the place at which a step was last entered
  std::vector<std::size_t> pending_{};
  std::vector<std::size_t> waiting_{};  // for a byte
  std::size_t name_bytes_;
  bool matched_ = false;
};

}  // namespace

Result<NamePattern> NamePattern::parse(std::string_view key) {
  NamePattern pattern;
  pattern.key_ = key;
  if (key.size() > kKeyBytesMax) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("the pattern {} is longer than {} bytes; name the modules one by one",
                            tensor::shown_name(key), kKeyBytesMax));
  }
  pattern.plain_ = key.find_first_of(kMeta) == std::string_view::npos;
  if (pattern.plain_) return pattern;
  Compiler compiler(key, pattern.steps_, pattern.sets_);
  SLIPWAY_ASSIGN(pattern.start_, compiler.compile());
  return pattern;
}

bool NamePattern::matches_plainly(std::string_view name) const {
  if (name.size() < key_.size()) return false;
  const std::size_t front = name.size() - key_.size();
  if (front > 0 && name[front - 1] != '.') return false;
  return std::ranges::equal(name.substr(front), key_,
                            [](char of_name, char of_key) { return of_key == '.' || of_key == of_name; });
}

bool NamePattern::matches(std::string_view name) const {
  if (plain_) return matches_plainly(name);
  Front front(steps_, name.size());
  front.enter(start_, 0);
  for (std::size_t at = 0; at < name.size(); ++at) {
    const auto byte = static_cast<unsigned char>(name[at]);
    for (const std::size_t here : front.take()) {
      const Step& step = steps_[here];
      const bool takes = step.kind == Kind::kByte ? step.byte == byte : sets_[step.set].test(byte);
      if (takes) front.enter(step.next, at + 1);
    }
  }
  return front.matched();
}

}  // namespace slipway::transform
