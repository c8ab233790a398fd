#include "card/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "card/table.h"

namespace slipway::card {
namespace {

struct Known {
  std::string_view key;
  bool trainers_too = false;  // transformers' own cards list it
};

constexpr auto kSettings = std::to_array<Known>({
    {"learning_rate", true},
    {"lr_scheduler_type", true},
    {"lr_scheduler_kwargs"},
    {"lr_scheduler_warmup_ratio", true},
    {"lr_scheduler_warmup_steps", true},
    {"warmup_ratio"},
    {"warmup_steps"},
    {"num_train_epochs"},
    {"num_epochs", true},
    {"max_steps"},
    {"training_steps", true},
    {"per_device_train_batch_size"},
    {"train_batch_size", true},
    {"per_device_eval_batch_size"},
    {"eval_batch_size", true},
    {"distributed_type", true},
    {"num_devices", true},
    {"gradient_accumulation_steps", true},
    {"total_train_batch_size", true},
    {"total_eval_batch_size", true},
    {"optim"},
    {"optimizer", true},
    {"adam_beta1"},
    {"adam_beta2"},
    {"adam_epsilon"},
    {"weight_decay"},
    {"max_grad_norm"},
    {"label_smoothing_factor", true},
    {"label_smoothing"},
    {"neftune_noise_alpha"},
    {"seed", true},
    {"data_seed"},
    {"bf16"},
    {"fp16"},
    {"tf32"},
    {"mixed_precision_training", true},
    {"training_precision", true},
    {"torch_dtype"},
    {"dtype"},
    {"attn_implementation"},
    {"gradient_checkpointing"},
    {"max_length"},
    {"max_seq_length"},
    {"max_prompt_length"},
    {"max_completion_length"},
    {"packing"},
    {"padding_free"},
    {"assistant_only_loss"},
    {"completion_only_loss"},
    {"beta"},
    {"loss_type"},
    {"desirable_weight"},
    {"undesirable_weight"},
    {"num_generations"},
    {"num_iterations"},
    {"epsilon"},
    {"scale_rewards"},
    {"reward_funcs"},
    {"reward_weights"},
    {"temperature"},
    {"top_p"},
    {"top_k"},
    {"load_in_4bit"},
    {"load_in_8bit"},
    {"bnb_4bit_quant_type"},
    {"use_bnb_nested_quant"},
    {"lora_r"},
    {"lora_alpha"},
    {"lora_dropout"},
    {"lora_target_modules"},
    {"lora_target_parameters"},
    {"lora_modules_to_save"},
    {"use_rslora"},
    {"use_dora"},
});

constexpr auto kVersions =
    std::to_array<std::string_view>({"TRL", "PEFT", "Transformers", "PyTorch", "Datasets", "Tokenizers"});

const Known* known(std::string_view key) {
  const auto* at = std::ranges::find(kSettings, key, &Known::key);
  return at == kSettings.end() ? nullptr : at;
}

std::size_t place_of(const Setting& setting) {
  return static_cast<std::size_t>(std::ranges::find(kSettings, setting.first, &Known::key) -
                                  kSettings.begin());
}

void add_new(std::vector<Setting>& list, const Setting& setting) {
  if (std::ranges::find(list, setting.first, &Setting::first) == list.end()) list.push_back(setting);
}

const Setting* find(const std::vector<Setting>& list, std::string_view key) {
  const auto at = std::ranges::find(list, key, &Setting::first);
  return at == list.end() ? nullptr : &*at;
}

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto done = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = done.ec == std::errc{} && done.ptr == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

// A trainer's object holds every setting: what is off, or zero, or left to others, says nothing.
bool says_something(std::string_view value) {
  constexpr auto kNothing = std::to_array<std::string_view>({"", "false", "none", "no"});
  if (std::ranges::find(kNothing, value) != kNothing.end()) return false;
  const auto number = number_of(value);
  return !number || (*number != 0 && *number != -1);
}

// The arguments to show, in the spelling of an earlier card where that means the same.
std::vector<Setting> telling_arguments(const std::vector<Setting>& arguments,
                                       const std::vector<Setting>& shown, const std::vector<Setting>& prior) {
  const Setting* steps = find(arguments, "max_steps");
  const bool by_steps = steps != nullptr && says_something(steps->second);
  const bool old_length =
      find(shown, "max_seq_length") != nullptr || find(prior, "max_seq_length") != nullptr;
  std::vector<Setting> telling;
  for (const auto& [key, value] : arguments) {
    const bool settled = (by_steps && key == "num_train_epochs") || (old_length && key == "max_length");
    if (known(key) == nullptr || settled || !says_something(value)) continue;
    const Setting* earlier = find(prior, key);
    const bool same = earlier != nullptr && is_same_value(earlier->second, value);
    telling.emplace_back(key, same ? earlier->second : shown_value(value));
  }
  return telling;
}

}  // namespace

bool is_setting_key(std::string_view key) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !key.empty() && key.size() <= 60 && std::ranges::all_of(key, plain);
}

bool is_trainers_setting(std::string_view key) {
  const Known* one = known(key);
  return one != nullptr && one->trainers_too;
}

bool is_known_setting(std::string_view key) { return known(key) != nullptr; }

bool is_same_value(std::string_view a, std::string_view b) {
  const auto number = number_of(a);
  return a == b || (number && number == number_of(b));
}

std::string shown_value(std::string_view value) { return text_of_cell(cell_text(value)); }

std::vector<Setting> settings_to_show(const TrainingFacts& facts, const std::vector<Setting>& prior) {
  std::vector<Setting> shown;
  for (const Setting& setting : facts.settings) add_new(shown, {setting.first, shown_value(setting.second)});
  if (facts.recipe) {
    for (const auto& [key, value] : *facts.recipe) {
      if (known(key) != nullptr) add_new(shown, {key, shown_value(value)});
    }
  }
  for (const Setting& setting : telling_arguments(facts.arguments, shown, prior)) add_new(shown, setting);
  for (const Setting& setting : prior) {
    const Known* one = known(setting.first);
    const bool forgotten = facts.recipe && one != nullptr && !one->trainers_too;
    if (!forgotten) add_new(shown, setting);
  }
  std::erase_if(shown, [](const Setting& setting) { return setting.second.empty(); });
  std::ranges::stable_sort(shown, {}, place_of);
  return shown;
}

std::string_view version_name(std::string_view name) {
  if (name == "Pytorch") return "PyTorch";
  const auto* at = std::ranges::find(kVersions, name);
  return at == kVersions.end() ? std::string_view() : *at;
}

bool is_version(std::string_view text) {
  constexpr std::string_view kLetters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.+-_";
  return !text.empty() && text.size() <= 40 && text[0] >= '0' && text[0] <= '9' &&
         text.find_first_not_of(kLetters) == std::string_view::npos;
}

std::vector<Setting> versions_to_show(const TrainingFacts& facts, const std::vector<Setting>& prior) {
  std::vector<Setting> shown;
  for (const std::string_view name : kVersions) {
    for (const auto* list : {&facts.versions, &prior}) {
      const auto at = std::ranges::find(*list, name, &Setting::first);
      if (at != list->end() && is_version(at->second)) add_new(shown, *at);
    }
  }
  return shown;
}

}  // namespace slipway::card
