#include "model/family_test_support.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/source_dir.h"

namespace slipway::model::testing_support {
namespace {

using json::Value;

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

std::vector<TokenId> ids_in(const Value& value) {
  std::vector<TokenId> ids;
  if (const auto id = value.as_int()) ids.push_back(*id);
  if (value.is_array())
    for (const Value& each : value.items()) ids.push_back(each.as_int().value_or(-1));
  return ids;
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

struct Token {
  std::string text;
  TokenId id;
  bool special;
};

std::vector<Token> tokens_of(const Value& row) {
  std::vector<Token> tokens;
  std::set<std::string, std::less<>> plain;
  const Value* holder = row.find("special_tokens");
  if (const Value* list = holder->find("added_but_not_special"))
    for (const Value& text : list->items()) plain.insert(text.string());
  const auto add = [&](const std::string& text, const Value& id) {
    if (std::ranges::find(tokens, text, &Token::text) == tokens.end())
      tokens.push_back({text, id.as_int().value_or(0), !plain.contains(text)});
  };
  for (const auto& [text, id] : holder->find("ids")->members()) add(text, id);
  for (const char* name : {"eos", "bos", "pad"})
    if (const Value& token = fact(row.find("tokenizer"), name); token.is_array())
      add(token.items()[0].string(), token.items()[1]);
  // A listed id whose text the row does not know has one in the real vocabulary.
  for (const char* file : {"generation_config", "config"})
    for (const TokenId id : ids_in(fact(row.find(file), "eos_token_id")))
      if (std::ranges::find(tokens, id, &Token::id) == tokens.end())
        tokens.push_back({fmt::format("<token {}>", id), id, true});
  return tokens;
}

// The tokenizer's files, in the forms of the era.
void put_tokenizer(const Value& row, Era era, const std::string& chat_template, Metadata& files) {
  Value added = Value::array();
  Value decoder = Value::object();
  for (const Token& token : tokens_of(row)) {
    added.push_back(Value::object({{"id", token.id}, {"content", token.text}, {"special", token.special}}));
    decoder.set(fmt::format("{}", token.id),
                Value::object({{"content", token.text}, {"special", token.special}}));
  }
  files.files["tokenizer.json"] = json::print_compact(
      Value::object({{"added_tokens", added}, {"model", Value::object({{"vocab", Value::object()}})}}));
  Value config = Value::object();
  Value map = Value::object();
  for (const char* name : {"eos", "bos", "pad"}) {
    const Value& token = fact(row.find("tokenizer"), name);
    if (!token.is_array()) continue;
    config.set(std::string(name) + "_token", token.items()[0]);
    map.set(std::string(name) + "_token", token.items()[0]);
  }
  if (era == Era::k4) {
    config.set("added_tokens_decoder", decoder);
    if (!chat_template.empty()) config.set("chat_template", chat_template);
    files.files["special_tokens_map.json"] = json::print_compact(map);
  } else if (!chat_template.empty()) {
    files.files["chat_template.jinja"] = chat_template;
  }
  files.files["tokenizer_config.json"] = json::print_compact(config);
}

bool is_pair(const Value& row) { return text_at(row, "kind") == "encoder-decoder"; }

void put_model(const Value& row, Era era, Metadata& files) {
  Value config = Value::object();
  config.set("architectures",
             Value::array({Value(is_pair(row) ? "T5ForConditionalGeneration" : "LlamaForCausalLM")}));
  config.set("is_encoder_decoder", is_pair(row));
  config.set(era == Era::k4 ? "torch_dtype" : "dtype", "bfloat16");
  const Value& eos = fact(row.find("config"), "eos_token_id");
  const std::string level = text_at(*row.find("config"), "level");
  if (level == "text_config" || level == "both")
    config.set("text_config", Value::object({{"eos_token_id", eos}}));
  if (level != "text_config" && !eos.is_null()) config.set("eos_token_id", eos);
  Value generation = Value::object();
  const Value& listed = fact(row.find("generation_config"), "eos_token_id");
  if (!listed.is_null()) generation.set("eos_token_id", listed);
  files.files["config.json"] = json::print(config);
  files.files["generation_config.json"] = json::print(generation);
}

std::string why_added(const Family& family, const TurnEnd& end, TokenId id) {
  const Value& eos = fact(family.row.find("tokenizer"), "eos");
  if (eos.is_array() && eos.items()[1].as_int() == id) return "the tokenizer's EOS";
  if (end.verdict == TurnEnd::Verdict::kDecided && end.id == id) return "the template ends a turn with it";
  const std::vector<TokenId> config = ids_in(fact(family.row.find("config"), "eos_token_id"));
  return std::ranges::find(config, id) == config.end() ? "" : "listed in config.json";
}

std::string text_of(const Family& family, TokenId id) {
  for (const Token& token : tokens_of(family.row))
    if (token.id == id) return token.text;
  return "";
}

std::vector<TokenId> sorted(std::vector<TokenId> ids) {
  std::ranges::sort(ids);
  return ids;
}

std::string table_row(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const std::string& text : cells) row += fmt::format(" {} |", replaced(text, "|", "\\|"));
  return row + "\n";
}

std::string how_it_ends(const TurnEnd& end) {
  if (end.verdict == TurnEnd::Verdict::kNone) return "no template was measured";
  return end.verdict == TurnEnd::Verdict::kDecided ? fmt::format("`{}`", end.token)
                                                   : fmt::format("undecided: {}", end.why);
}

}  // namespace

std::string Family::name() const { return text_at(row, "family") + "/" + text_at(row, "variant"); }

std::string Family::turn_end() const {
  const std::string token = text_at(*row.find("template"), "turn_end");
  const Value& eos = fact(row.find("tokenizer"), "eos");
  return token == "{eos_token}" && eos.is_array() ? eos.items()[0].string() : token;
}

std::vector<TokenId> Family::publishers_stops() const {
  for (const char* file : {"generation_config", "config"})
    if (auto ids = ids_in(fact(row.find(file), "eos_token_id")); !ids.empty()) return ids;
  const Value& eos = fact(row.find("tokenizer"), "eos");
  return eos.is_array() ? ids_in(eos.items()[1]) : std::vector<TokenId>{};
}

std::vector<TokenId> Family::measured_stops() const {
  const Value* list = row.find("expected")->find("stop_set_rendered");
  return list == nullptr ? std::vector<TokenId>{} : ids_in(*list);
}

bool Family::has_whole_tail() const {
  const Value* facts = row.find("template");
  if (facts == nullptr || text_at(*facts, "past_tail").empty()) return false;
  return text_at(*facts, "final_tail").find("…") == std::string::npos;
}

RuleInputs Family::run(Form form, Era era) const {
  RuleInputs inputs{.adapter = form == Form::kAdapter};
  put_tokenizer(row, era, has_whole_tail() ? template_of(row) : "", inputs.run);
  if (!inputs.adapter) {
    put_model(row, era, inputs.run);
    return inputs;
  }
  inputs.run.files["adapter_config.json"] =
      json::print_compact(Value::object({{"peft_type", "LORA"},
                                         {"task_type", is_pair(row) ? "SEQ_2_SEQ_LM" : "CAUSAL_LM"},
                                         {"base_model_name_or_path", "owner/base"}}));
  inputs.base.emplace();
  put_tokenizer(row, era, "", *inputs.base);
  put_model(row, era, *inputs.base);
  return inputs;
}

std::vector<Family> read_families() {
  std::ifstream file(slipway::testing::source_dir() + "/tests/golden/stops/families.json");
  std::stringstream text;
  text << file.rdbuf();
  std::vector<Family> families;
  const auto root = json::parse(text.str());
  if (!root) return families;
  for (const Value& row : root->find("families")->items()) families.push_back({row});
  return families;
}

std::vector<TokenId> published_stops(const RuleInputs& inputs, const RuleOutcome& outcome) {
  const Metadata* const places[] = {&outcome.files, &inputs.run, inputs.base ? &*inputs.base : nullptr};
  for (const char* name : {"generation_config.json", "config.json"})
    for (const Metadata* files : places) {
      if (files == nullptr || files->find(name) == nullptr) continue;
      const Value root = value_of(*files, name);
      if (const Value* ids = root.find("eos_token_id"); ids != nullptr && !ids->is_null())
        return ids_in(*ids);
    }
  return {};
}

StopRow stop_row(const Family& family) {
  StopRow row{.name = family.name(), .publishers = family.publishers_stops()};
  bool first = true;
  for (const Form form : {Form::kFull, Form::kAdapter}) {
    for (const Era era : {Era::k4, Era::k5}) {
      const RuleInputs inputs = family.run(form, era);
      const auto outcome = apply_rules(inputs);
      const auto stops = outcome ? published_stops(inputs, *outcome) : std::vector<TokenId>{-1};
      row.alike = row.alike && (first || sorted(stops) == sorted(row.ours));
      if (std::exchange(first, false)) row.ours = stops;
      if (outcome) row.turn_end = outcome->stops.turn_end;
    }
  }
  for (const TokenId id : row.publishers)
    if (std::ranges::find(row.ours, id) == row.ours.end()) row.missing.push_back(id);
  for (const TokenId id : row.ours)
    if (std::ranges::find(row.publishers, id) == row.publishers.end())
      row.added.push_back(
          fmt::format("{} `{}`: {}", id, text_of(family, id), why_added(family, row.turn_end, id)));
  return row;
}

std::string stop_table_page() {
  std::string page =
      "# The stop table\n\n<!-- Made by `./dev docs` from tests/golden/stops; do not edit. -->\n\n"
      "Where a finished run of each family stops after Slipway's rules, beside the publisher's own list. "
      "Each row is\n"
      "made four times, as a full model and as an adapter, in the file forms of transformers 4 and of 5, and "
      "all four\n"
      "stop alike (`StopTable.*`). The runs are tiny ones of our own with the family's tokens, ids, lists "
      "and the tail\n"
      "of its template; where the facts are from: `tests/golden/stops/PROVENANCE.md`. *base*: the base "
      "model, fine-tuned\n"
      "with its instruct model's template.\n\n"
      "| family | the turn ends with | publisher's stops | Slipway's stops | |\n| --- | --- | --- | --- | "
      "--- |\n";
  for (const Family& family : read_families()) {
    const StopRow row = stop_row(family);
    page +=
        table_row({row.name, how_it_ends(row.turn_end), fmt::format("{}", fmt::join(row.publishers, ", ")),
                   fmt::format("{}", fmt::join(row.ours, ", ")),
                   row.added.empty() ? "equal" : fmt::format("and {}", fmt::join(row.added, "; "))});
  }
  return page;
}

}  // namespace slipway::model::testing_support
