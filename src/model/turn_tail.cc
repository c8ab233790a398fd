#include "model/turn_tail.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace slipway::model {
namespace {

// Whose text a piece is.
enum class Whose : std::uint8_t { kTemplate, kQuestion, kAnswer, kNextQuestion, kReasoning };

struct Item {
  std::string text{};
  bool special = false;
  Whose whose = Whose::kTemplate;

  bool is_special() const { return special; }
  bool is_of(Whose other) const { return whose == other; }
  bool operator==(const Item&) const = default;
};
using Items = std::vector<Item>;
using View = std::span<const Item>;

constexpr std::array<std::pair<std::string_view, Whose>, 4> kProbes{{
    {probe::kQuestion, Whose::kQuestion},
    {probe::kAnswer, Whose::kAnswer},
    {probe::kNextQuestion, Whose::kNextQuestion},
    {probe::kReasoning, Whose::kReasoning},
}};

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Specials by their first byte, the longest first: what a tokenizer's own matching does.
class Scanner {
 public:
  explicit Scanner(const Specials& specials) {
    for (const std::string& text : specials.texts) add(text);
    for (auto& texts : by_first_)
      std::ranges::sort(texts, [](std::string_view a, std::string_view b) { return a.size() > b.size(); });
  }

  Items scan(std::string_view text) const {
    Items items;
    std::string word;
    const auto end_word = [&] {
      if (!word.empty()) items.push_back({.text = std::exchange(word, {})});
    };
    while (!text.empty()) {
      std::size_t taken = 1;
      if (const auto probe = probe_at_front(text)) {
        end_word();
        items.push_back({.whose = probe->second});
        taken = probe->first.size();
      } else if (const std::string_view special = at_front(text); !special.empty()) {
        end_word();
        items.push_back({.text = std::string(special), .special = true});
        taken = special.size();
      } else if (is_blank(text.front())) {
        end_word();
      } else {
        word += text.front();
      }
      text.remove_prefix(taken);
    }
    end_word();
    return items;
  }

 private:
  void add(std::string_view text) {
    if (!text.empty()) by_first_[static_cast<unsigned char>(text.front())].push_back(text);
  }
  static std::optional<std::pair<std::string_view, Whose>> probe_at_front(std::string_view text) {
    const auto at =
        std::ranges::find_if(kProbes, [text](const auto& one) { return text.starts_with(one.first); });
    return at == kProbes.end() ? std::nullopt : std::optional(*at);
  }
  std::string_view at_front(std::string_view text) const {
    for (const std::string_view special : by_first_[static_cast<unsigned char>(text.front())])
      if (text.starts_with(special)) return special;
    return "";
  }

  std::vector<std::string_view> by_first_[256]{};
};

std::optional<std::size_t> first_of(View items, Whose whose) {
  const auto at = std::ranges::find(items, whose, &Item::whose);
  return at == items.end() ? std::nullopt : std::optional<std::size_t>(at - items.begin());
}

std::optional<std::size_t> last_of(View items, Whose whose) {
  for (std::size_t i = items.size(); i > 0; --i)
    if (items[i - 1].is_of(whose)) return i - 1;
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
  const auto question = first_of(items, Whose::kQuestion);
  const auto answer = last_of(items, Whose::kAnswer);
  if (!question || !answer) return std::nullopt;
  const std::size_t begin =
      std::min(*first_of(items, Whose::kAnswer), first_of(items, Whose::kReasoning).value_or(*answer));
  if (begin < *question) return std::nullopt;
  const View head = items.first(begin);
  Turn turn{.before_question = items.first(*question),
            .before_answer = head.subspan(*last_of(head, Whose::kQuestion) + 1),
            .inside = items.subspan(begin, *answer - begin),
            .after = items.subspan(*answer + 1)};
  const auto again = first_of(items, Whose::kNextQuestion);
  if (again.has_value() != asks_again) return std::nullopt;
  if (asks_again && *again <= *answer) return std::nullopt;
  if (asks_again) turn.after = items.subspan(*answer + 1, *again - *answer - 1);
  return turn;
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
    Tail tail = choose();
    tail.written = true;
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
    least_p_ = p_;
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

  // No opener in P: the header of a question is what both questions have before them, at least the
  // special token nearest to the question, at most all of it.
  void cut_header() {
    View head = past_.before_question;
    bool near = true;
    while (!least_p_.empty() && !head.empty() && least_p_.back() == head.back() &&
           !is_frame(least_p_.back())) {
      const bool ends_near = near && least_p_.back().is_special();
      least_p_ = least_p_.first(least_p_.size() - 1);
      head = head.first(head.size() - 1);
      if (near) p_ = least_p_;
      if (ends_near) near = false;
    }
  }

  std::size_t common_with_final(View other) const {
    std::size_t common = 0;
    while (common < f_.size() && common < other.size() && f_[common] == other[common]) ++common;
    return common;
  }

  bool opens_a_message(const Item& item) const {
    if (item.text == specials_.eos) return false;
    if (holds_text(final_.before_answer, item.text)) return true;
    return !is_frame(item) && holds_text(final_.before_question, item.text);
  }

  Tail choose() const {
    const std::size_t common = common_with_final(p_);
    const Item* last = last_special(f_.first(common));
    if (last != nullptr) {
      if (last == last_special(f_.first(common_with_final(least_p_))) || ends_with(*last))
        return {.token = last->text};
      return {.why = fmt::format("{} after the answer may also open the next message", last->text)};
    }
    if (const Item* first_run = last_special(leading_specials(f_))) {
      if (!opens_a_message(*first_run)) return {.token = first_run->text};
      return {.why = fmt::format("{} after the answer also opens a message", first_run->text)};
    }
    return f_.empty() ? choose_of_past() : none();
  }

  // The last turn is left open: only the past one says how a turn ends.
  Tail choose_of_past() const {
    const Item* last = last_special(leading_specials(p_));
    if (last == nullptr) return none();
    if (last == last_special(leading_specials(least_p_))) return {.token = last->text};
    return {.why = fmt::format("{} after the answer may also open the next message", last->text)};
  }

  // Nothing stands after it in F but BOS, EOS or the next question's header.
  bool ends_with(const Item& item) const {
    const View rest = f_.subspan(static_cast<std::size_t>(&item - f_.data()) + 1);
    if (std::ranges::all_of(rest, [this](const Item& one) { return is_frame(one); })) return true;
    const View header = View(p_.data() + p_.size(), past_.after.data() + past_.after.size());
    return std::ranges::equal(rest, header);
  }

  Tail none() const {
    const View written = f_.empty() ? p_ : f_;
    if (!written.empty() && !written.front().is_special())
      return {.why = fmt::format("'{:.40}' follows the answer, which is no special token of the tokenizer",
                                 written.front().text)};
    if (!past_.after.empty() && past_.after.front().is_special())
      return {.why = fmt::format("only {}, which opens the next message, follows the answer",
                                 past_.after.front().text),
              .opener = past_.after.front().text};
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
  View p_{};        // without the special token nearest to the next question
  View least_p_{};  // without all that both questions have before them
};

}  // namespace

Tail find_turn_end(std::string_view final_text, std::string_view past_text, const Specials& specials) {
  const Scanner scanner(specials);
  const Items final_items = scanner.scan(final_text);
  const Items past_items = scanner.scan(past_text);
  const auto final_turn = take_apart(final_items, false);
  const auto past_turn = take_apart(past_items, true);
  if (!final_turn || !past_turn) return {.why = "a message's content is not written, or not in its place"};
  return Rule(*final_turn, *past_turn, specials).find();
}

bool token_inside_turn(std::string_view text, std::string_view token, const Specials& specials) {
  const Items items = Scanner(specials).scan(text);
  const bool asks_again = first_of(items, Whose::kNextQuestion).has_value();
  const auto turn = take_apart(items, asks_again);
  return turn && holds_text(turn->inside, token);
}

}  // namespace slipway::model
