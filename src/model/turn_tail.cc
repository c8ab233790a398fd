#include "model/turn_tail.h"

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include <fmt/format.h>

namespace slipway::model {
namespace {

using namespace jinja;  // NOLINT: Text, Part, Taint of the walk

struct Item {
  enum class Kind { kSpecial, kWord, kOpaque };
  Kind kind = Kind::kWord;
  std::string text{};
  Taint taint = 0;
  bool dirty = false;

  bool is_special() const { return kind == Kind::kSpecial; }
  bool holds(Taint of) const { return (taint & of) != 0; }
  bool operator==(const Item&) const = default;
};
using Items = std::vector<Item>;
using View = std::span<const Item>;

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Specials by their first byte, the longest first: what a tokenizer's own matching does.
class Scanner {
 public:
  explicit Scanner(const Specials& specials) {
    for (const std::string& text : specials.texts) add(text);
    for (auto& texts : by_first_)
      std::ranges::sort(texts, [](std::string_view a, std::string_view b) { return a.size() > b.size(); });
  }

  void scan(std::string_view text, Items& items) const {
    std::string word;
    const auto end_word = [&] {
      if (!word.empty()) items.push_back({.kind = Item::Kind::kWord, .text = std::exchange(word, {})});
    };
    while (!text.empty()) {
      const std::string_view special = at_front(text);
      if (!special.empty()) {
        end_word();
        items.push_back({.kind = Item::Kind::kSpecial, .text = std::string(special)});
      } else if (is_blank(text.front())) {
        end_word();
      } else {
        word += text.front();
      }
      text.remove_prefix(special.empty() ? 1 : special.size());
    }
    end_word();
  }

 private:
  void add(std::string_view text) {
    if (!text.empty()) by_first_[static_cast<unsigned char>(text.front())].push_back(text);
  }
  std::string_view at_front(std::string_view text) const {
    for (const std::string_view special : by_first_[static_cast<unsigned char>(text.front())])
      if (text.starts_with(special)) return special;
    return "";
  }

  std::vector<std::string_view> by_first_[256]{};
};

Items items_of(const Text& text, const Scanner& scanner) {
  Items items;
  for (const Part& part : text) {
    if (part.opaque) {
      items.push_back({.kind = Item::Kind::kOpaque, .taint = part.taint, .dirty = part.dirty});
    } else {
      scanner.scan(part.text, items);
    }
  }
  return items;
}

std::optional<std::size_t> first_with(View items, Taint taint) {
  const auto at = std::ranges::find_if(items, [taint](const Item& item) { return item.holds(taint); });
  return at == items.end() ? std::nullopt : std::optional<std::size_t>(at - items.begin());
}

std::optional<std::size_t> last_with(View items, Taint taint) {
  for (std::size_t i = items.size(); i > 0; --i)
    if (items[i - 1].holds(taint)) return i - 1;
  return std::nullopt;
}

// One rendering taken apart: header, question, header, answer, rest.
struct Turn {
  View before_question{};
  View before_answer{};
  View inside{};  // between the answer's first and last piece, reasoning included
  View after{};   // up to the next question, where there is one
};

std::optional<Turn> take_apart(View items, bool asks_again) {
  const auto question = first_with(items, kFirstUser);
  const auto answer = last_with(items, kAssistant);
  const auto begin = first_with(items, kAssistant | kReasoning);
  if (!question || !answer || *begin < *question) return std::nullopt;
  const View head = items.first(*begin);
  Turn turn{.before_question = items.first(*question),
            .before_answer = head.subspan(*last_with(head, kFirstUser) + 1),
            .inside = items.subspan(*begin, *answer - *begin),
            .after = items.subspan(*answer + 1)};
  const auto again = first_with(items, kSecondUser);
  if (again.has_value() != asks_again) return std::nullopt;
  if (asks_again && *again <= *answer) return std::nullopt;
  if (asks_again) turn.after = items.subspan(*answer + 1, *again - *answer - 1);
  const bool mixed = std::ranges::any_of(
      items, [](const Item& item) { return item.holds(kAssistant) && item.holds(kFirstUser | kSecondUser); });
  return mixed ? std::nullopt : std::optional(turn);
}

bool holds_text(View items, std::string_view text) {
  return std::ranges::any_of(items,
                             [text](const Item& item) { return item.is_special() && item.text == text; });
}

class Rule {
 public:
  Rule(const Turn& final_turn, const Turn& past_turn, const Specials& specials)
      : final_(final_turn), past_(past_turn), specials_(specials) {}

  Tail find() {
    cut_at_opener();
    const auto hidden = [](const Item& item) { return item.kind == Item::Kind::kOpaque; };
    if (std::ranges::any_of(f_, hidden) || std::ranges::any_of(p_, hidden))
      return {.why = "text that cannot be known from the template follows the answer"};
    Tail tail = choose();
    if (tail.token.empty()) return tail;
    if (holds_text(final_.inside, tail.token) || holds_text(past_.inside, tail.token))
      return {.why = fmt::format("{} also stands inside a turn", tail.token)};
    return tail;
  }

 private:
  bool is_frame(const Item& item) const { return item.text == specials_.bos || item.text == specials_.eos; }

  // The token that opens the first message opens the next one too: what follows it is no turn end.
  void cut_at_opener() {
    const auto opener = std::ranges::find_if(
        past_.before_question, [this](const Item& item) { return item.is_special() && !is_frame(item); });
    const std::string_view text = opener == past_.before_question.end() ? std::string_view() : opener->text;
    f_ = cut(final_.after, text);
    p_ = cut(past_.after, text);
    whole_p_ = p_;
    if (p_.size() == past_.after.size()) cut_header();
  }

  // BOS cuts too, unless it is the EOS as well.
  View cut(View items, std::string_view opener) const {
    const auto at = std::ranges::find_if(items, [&](const Item& item) {
      const bool begins = item.text == specials_.bos && item.text != specials_.eos;
      return item.is_special() && (item.text == opener || begins);
    });
    return items.first(static_cast<std::size_t>(at - items.begin()));
  }

  // No opener in P: the header of a question is what both questions have before them.
  void cut_header() {
    View head = past_.before_question;
    while (!p_.empty() && !head.empty() && p_.back() == head.back() && !is_frame(p_.back())) {
      p_ = p_.first(p_.size() - 1);
      head = head.first(head.size() - 1);
    }
  }

  std::size_t common_with_final(View other) const {
    std::size_t common = 0;
    while (common < f_.size() && common < other.size() && f_[common] == other[common]) ++common;
    return common;
  }

  bool opens_a_message(const Item& item) const {
    if (holds_text(final_.before_answer, item.text)) return true;
    return !is_frame(item) && holds_text(final_.before_question, item.text);
  }

  Tail choose() const {
    const Item* last_common = last_special(f_.first(common_with_final(p_)));
    // Where F goes on with what was taken for a question's header, it may be the answer's end as well.
    const Item* last_whole = last_special(f_.first(common_with_final(whole_p_)));
    if (last_whole != last_common)
      return {.why = fmt::format("{} after the answer may also open the next message", last_whole->text)};
    if (last_common != nullptr) return {.token = last_common->text};
    if (const Item* last = last_special(leading_specials(f_))) {
      if (!opens_a_message(*last)) return {.token = last->text};
      return {.why = fmt::format("{} after the answer also opens a message", last->text)};
    }
    if (f_.empty())
      if (const Item* last = last_special(leading_specials(p_))) return {.token = last->text};
    return none();
  }

  Tail none() const {
    const View written = f_.empty() ? p_ : f_;
    if (!written.empty() && written.front().kind == Item::Kind::kWord)
      return {.why = fmt::format("'{:.40}' follows the answer, which is no special token of the tokenizer",
                                 written.front().text)};
    if (!past_.after.empty() && past_.after.front().is_special())
      return {.why = fmt::format("only {}, which opens the next message, follows the answer",
                                 past_.after.front().text)};
    return {.why = "no special token follows the answer"};
  }

  static View leading_specials(View items) {
    const auto end = std::ranges::find_if(items, [](const Item& item) { return !item.is_special(); });
    return items.first(static_cast<std::size_t>(end - items.begin()));
  }
  static const Item* last_special(View items) {
    for (std::size_t i = items.size(); i > 0; --i)
      if (items[i - 1].is_special()) return &items[i - 1];
    return nullptr;
  }

  const Turn& final_;
  const Turn& past_;
  const Specials& specials_;
  View f_{};
  View p_{};
  View whole_p_{};  // with the next question's header
};

}  // namespace

Tail find_turn_end(const Text& final_text, const Text& past_text, const Specials& specials) {
  const Scanner scanner(specials);
  const Items final_items = items_of(final_text, scanner);
  const Items past_items = items_of(past_text, scanner);
  const auto is_dirty = [](const Item& item) { return item.dirty; };
  if (std::ranges::any_of(final_items, is_dirty) || std::ranges::any_of(past_items, is_dirty))
    return {.why = "the template writes text that it computes in a way that is not followed"};
  const auto final_turn = take_apart(final_items, false);
  const auto past_turn = take_apart(past_items, true);
  if (!final_turn || !past_turn) return {.why = "a message's content is not written, or not in its place"};
  return Rule(*final_turn, *past_turn, specials).find();
}

}  // namespace slipway::model
