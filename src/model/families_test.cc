// Every family of tests/golden/stops as a tiny run: the stop set must be the measured one.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "model/rule_test_support.h"
#include "support/source_dir.h"

namespace slipway::model {
namespace {

using json::Value;

Value read_families() {
  std::ifstream file(slipway::testing::source_dir() + "/tests/golden/stops/families.json");
  std::stringstream text;
  text << file.rdbuf();
  auto root = json::parse(text.str());
  return root ? std::move(*root) : Value();
}

// The value of a fact, `[value, mark, source]`.
const Value& fact(const Value* holder, std::string_view key) {
  static const Value kNull;
  const Value* entry = holder == nullptr ? nullptr : holder->find(key);
  return entry == nullptr || !entry->is_array() || entry->items().empty() ? kNull : entry->items()[0];
}

std::string text_at(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  return value != nullptr && value->is_string() ? value->string() : "";
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::string with_variables(const std::string& tail) {
  return replaced(replaced(tail, "{eos_token}", "{{ eos_token }}"), "{bos_token}", "{{ bos_token }}");
}

// The row's turn-end token as text, "" when it has none.
std::string turn_end_of(const Value& row) {
  const std::string token = text_at(*row.find("template"), "turn_end");
  const Value& eos = fact(row.find("tokenizer"), "eos");
  return token == "{eos_token}" && eos.is_array() ? eos.items()[0].string() : token;
}

// Question, answer with the row's tail, next question. The header of a question is what stands after
// the turn end in the past tail.
std::string template_of(const Value& row) {
  const Value& facts = *row.find("template");
  const std::string past = text_at(facts, "past_tail");
  const std::string token = text_at(facts, "turn_end");
  const std::size_t at = token.empty() ? std::string::npos : past.rfind(token);
  const std::string header = at == std::string::npos ? past : past.substr(at + token.size());
  const std::string end = past.substr(0, past.size() - header.size());
  return "{% for m in messages %}{% if m.role == 'user' %}" + with_variables(header) +
         "{{ m.content }} // {% else %}{{ m.content }}{% if loop.last %}" +
         with_variables(text_at(facts, "final_tail")) + "{% else %}" + with_variables(end) +
         "{% endif %}{% endif %}{% endfor %}";
}

// Rows whose tail was shortened in the table are written from their tokens.
bool is_whole(const Value& row) {
  const Value* facts = row.find("template");
  if (facts == nullptr || text_at(*facts, "past_tail").empty()) return false;
  return text_at(*facts, "final_tail").find("…") == std::string::npos;
}

void add_tokens(const Value& row, Metadata& run) {
  Value added = Value::array();
  Value config = Value::object();
  std::vector<std::string> plain;
  const Value* holder = row.find("special_tokens");
  if (const Value* list = holder->find("added_but_not_special"))
    for (const Value& text : list->items()) plain.push_back(text.string());
  const auto add = [&](const std::string& text, const Value& id) {
    for (const Value& entry : added.items())
      if (entry.find("content")->string() == text) return;
    const bool special = std::ranges::find(plain, text) == plain.end();
    added.push_back(Value::object({{"id", id}, {"content", text}, {"special", special}}));
  };
  for (const auto& [text, id] : holder->find("ids")->members()) add(text, id);
  for (const char* name : {"eos", "bos", "pad"}) {
    const Value& token = fact(row.find("tokenizer"), name);
    if (!token.is_array()) continue;
    config.set(std::string(name) + "_token", token.items()[0]);
    add(token.items()[0].string(), token.items()[1]);
  }
  run.files["tokenizer.json"] = json::print_compact(
      Value::object({{"added_tokens", added}, {"model", Value::object({{"vocab", Value::object()}})}}));
  run.files["tokenizer_config.json"] = json::print_compact(config);
}

Metadata run_of(const Value& row) {
  Metadata run;
  const bool pair = text_at(row, "kind") == "encoder-decoder";
  Value config = Value::object();
  config.set("architectures",
             Value::array({Value(pair ? "T5ForConditionalGeneration" : "LlamaForCausalLM")}));
  config.set("is_encoder_decoder", pair);
  const Value& eos = fact(row.find("config"), "eos_token_id");
  const std::string level = text_at(*row.find("config"), "level");
  if (level == "text_config" || level == "both")
    config.set("text_config", Value::object({{"eos_token_id", eos}}));
  if (level != "text_config" && !eos.is_null()) config.set("eos_token_id", eos);
  Value generation = Value::object();
  const Value& listed = fact(row.find("generation_config"), "eos_token_id");
  if (!listed.is_null()) generation.set("eos_token_id", listed);
  run.files["config.json"] = json::print(config);
  run.files["generation_config.json"] = json::print(generation);
  add_tokens(row, run);
  if (is_whole(row)) run.files["chat_template.jinja"] = template_of(row);
  return run;
}

std::vector<TokenId> ids_at(const Value& row, std::string_view key) {
  std::vector<TokenId> ids;
  const Value* list = row.find("expected")->find(key);
  if (list != nullptr)
    for (const Value& id : list->items()) ids.push_back(id.as_int().value_or(-1));
  return ids;
}

class Family : public ::testing::Test {
 protected:
  void for_each(const std::function<void(const Value& row)>& check) {
    const Value root = read_families();
    const Value* rows = root.find("families");
    ASSERT_TRUE(rows != nullptr && rows->items().size() > 70);
    for (const Value& row : rows->items()) {
      SCOPED_TRACE(text_at(row, "family") + "/" + text_at(row, "variant"));
      check(row);
    }
  }
};

TEST_F(Family, StopsWhereItWasMeasuredToStop) {
  for_each([](const Value& row) {
    const std::vector<TokenId> wanted = ids_at(row, "stop_set_rendered");
    if (wanted.empty()) return;
    const RuleOutcome outcome = testing_support::apply({.run = run_of(row)});
    const bool decided = outcome.stops.turn_end.verdict == TurnEnd::Verdict::kDecided;
    EXPECT_EQ(outcome.stops.ids, decided || !is_whole(row) ? wanted : ids_at(row, "stop_set_static"))
        << outcome.stops.turn_end.why;
  });
}

TEST_F(Family, DecidesTheTurnEndOfItsTailOrNone) {
  for_each([](const Value& row) {
    if (!is_whole(row)) return;
    const auto tokenizer = read_tokenizer(run_of(row));
    ASSERT_TRUE(tokenizer.has_value());
    const TurnEnd end = read_turn_end(*tokenizer);
    const std::string wanted = turn_end_of(row);
    const bool knows = tokenizer->special.contains(wanted);
    if (end.verdict == TurnEnd::Verdict::kDecided) {
      EXPECT_EQ(end.token, wanted);
    }
    const bool should = text_at(*row.find("template"), "static_reading") == "decided" && knows;
    EXPECT_TRUE(end.verdict == TurnEnd::Verdict::kDecided || !should) << end.why;
  });
}

}  // namespace
}  // namespace slipway::model
