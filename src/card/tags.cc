#include "card/tags.h"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace slipway::card {
namespace {

struct Trainer {
  std::string_view tag;
  std::string_view name;
};

// The trainers of trl 0.7 to 1.16: the tag that each gives itself, and its name in a sentence.
constexpr auto kTrainers = std::to_array<Trainer>({
    {"sft", "SFT"},
    {"dpo", "DPO"},
    {"orpo", "ORPO"},
    {"kto", "KTO"},
    {"grpo", "GRPO"},
    {"rloo", "RLOO"},
    {"reward-trainer", "Reward"},
    {"cpo", "CPO"},
    {"gkd", "GKD"},
    {"ppo", "PPO"},
    {"bco", "BCO"},
    {"xpo", "XPO"},
    {"online-dpo", "Online DPO"},
    {"nash-md", "Nash-MD"},
    {"iterative-sft", "Iterative SFT"},
    {"stepwise-reward-trainer", "Stepwise Reward"},
    {"prm", "PRM"},
    {"ddpo", "DDPO"},
    {"alignprop", "AlignProp"},
    {"gold", "GOLD"},
    {"gmpo", "GMPO"},
    {"sdft", "SDFT"},
    {"sdpo", "SDPO"},
    {"tpo", "TPO"},
    {"a2po", "A2PO"},
    {"iw-opd", "IW-OPD"},
    {"minillm", "MiniLLM"},
    {"papo", "PAPO"},
    {"distillation", "Distillation"},
    {"async-distillation", "AsyncDistillation"},
    {"server-distillation", "Server Distillation"},
    {"async-grpo", "AsyncGRPO"},
});

bool contains(const std::vector<std::string>& tags, std::string_view tag) {
  return std::ranges::find(tags, tag) != tags.end();
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return out;
}

// Each tag once; an existing card may have very many.
class TagList {
 public:
  void add(const std::string& tag) {
    if (!tag.empty() && seen_.insert(tag).second) tags_.push_back(tag);
  }
  std::vector<std::string> take() { return std::move(tags_); }

 private:
  std::vector<std::string> tags_;
  std::unordered_set<std::string> seen_;
};

// Tags that say what an adapter is: stale on a merged model, or when the base changed.
bool is_adapter_tag(std::string_view tag) {
  return tag.starts_with("base_model:") || tag == "lora" || tag == "peft";
}

}  // namespace

std::vector<std::string> card_tags(const CardFacts& facts, const std::vector<std::string>& existing) {
  TagList tags;
  const std::string trainer = facts.trainer.empty() ? trainer_among(existing) : facts.trainer;
  if (facts.handbook) tags.add("alignment-handbook");
  if (!trainer.empty()) {
    tags.add("trl");
    tags.add(trainer);
  }
  if (contains(existing, "generated_from_trainer")) tags.add("generated_from_trainer");
  if (facts.adapter) {
    if (!facts.base_id.empty()) tags.add("base_model:adapter:" + facts.base_id);
    tags.add(lower(facts.peft_type));
    tags.add("transformers");
  }
  for (const std::string& tag : facts.tags) tags.add(tag);
  for (const std::string& tag : existing) {
    if (!is_adapter_tag(tag) || (facts.adapter && !tag.starts_with("base_model:"))) tags.add(tag);
  }
  return tags.take();
}

std::vector<std::string> renewed_tags(const CardFacts& facts, const std::vector<std::string>& existing,
                                      bool base_is_new) {
  TagList tags;
  const std::string of_base = facts.base_id.empty() ? "" : "base_model:adapter:" + facts.base_id;
  for (const std::string& tag : existing) {
    if (!is_adapter_tag(tag)) {
      tags.add(tag);
    } else if (facts.adapter) {
      tags.add(tag.starts_with("base_model:") ? of_base : tag);
    }
  }
  if (facts.handbook) tags.add("alignment-handbook");
  if (contains(existing, "trl")) tags.add(facts.trainer);
  if (facts.adapter && base_is_new) {
    tags.add(of_base);
    tags.add(lower(facts.peft_type));
    tags.add("transformers");
  }
  for (const std::string& tag : facts.tags) tags.add(tag);
  return tags.take();
}

std::vector<std::string> trainer_tags(std::vector<std::string> tags) {
  std::erase_if(tags, [](const std::string& tag) { return is_adapter_tag(tag) || tag == "transformers"; });
  std::ranges::sort(tags);
  return tags;
}

std::string trainer_among(const std::vector<std::string>& tags) {
  if (!contains(tags, "trl")) return "";
  for (const std::string& tag : tags) {
    if (std::ranges::find(kTrainers, tag, &Trainer::tag) != kTrainers.end()) return tag;
  }
  return "";
}

std::string trainer_named(std::string_view name) {
  const auto* at = std::ranges::find(kTrainers, name, &Trainer::name);
  return at == kTrainers.end() ? "" : std::string(at->tag);
}

std::string_view trainer_name(std::string_view tag) {
  const auto* at = std::ranges::find(kTrainers, tag, &Trainer::tag);
  return at == kTrainers.end() ? tag : at->name;
}

}  // namespace slipway::card
