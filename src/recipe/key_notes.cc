#include "recipe/key_notes.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "recipe/keys.h"

namespace slipway::recipe {
namespace {

struct Remark {
  std::string_view key;
  std::string_view text;
};

// Keys that look as if they did something here.
constexpr std::array<Remark, 8> kRemarks{{
    {"hub_model_revision", "is never read by any trainer: use hub_revision or --revision"},
    {"hub_token", "is never used: log in or give --token-file, and take it out of the recipe"},
    {"push_to_hub_token", "is never used: log in or give --token-file, and take it out of the recipe"},
    {"push_to_hub_model_id", "is gone from transformers 5 and not used: use hub_model_id"},
    {"push_to_hub_organization", "is gone from transformers 5 and not used: use hub_model_id: owner/name"},
    {"overwrite_output_dir", "has no effect here, and transformers 5 refuses it"},
    {"tags", "is no recipe key of any trainer and not used: use --tag"},
    {"use_auth_token", "is never used: log in or give --token-file"},
}};

struct Renamed {
  std::string_view old_name;
  std::string_view name;
};

// Under another name in an older or a newer stack.
constexpr auto kRenamed = std::to_array<Renamed>({
    {"evaluation_strategy", "eval_strategy"},                     // transformers 4.41, gone in 4.46
    {"max_seq_length", "max_length"},                             // trl 0.20
    {"torch_dtype", "dtype"},                                     // trl 0.24, gone in 1.0
    {"warmup_ratio", "warmup_steps"},                             // transformers 5: a share of one is a ratio
    {"preprocessing_num_workers", "dataset_num_proc"},            // handbook after 0.3
    {"dataset_mixer", "dataset_mixture"},                         // handbook after 0.3
    {"use_flash_attention_2", "attn_implementation"},             // handbook 0.3
    {"text_column", "dataset_text_field"},                        // handbook after 0.3
    {"use_liger", "use_liger_kernel"},                            // trl 0.16
    {"per_gpu_train_batch_size", "per_device_train_batch_size"},  // transformers 5
    {"per_gpu_eval_batch_size", "per_device_eval_batch_size"},    // transformers 5
    {"no_cuda", "use_cpu"},                                       // transformers 5
    {"group_by_length", "train_sampling_strategy"},               // transformers 5
    {"include_inputs_for_metrics", "include_for_metrics"},        // transformers 5
});

// What they say decides what is published, and where.
constexpr auto kDeciding = std::to_array<std::string_view>(
    {"push_to_hub", "hub_model_id", "hub_private_repo", "hub_revision", "output_dir"});

constexpr std::size_t kUnknownMax = 200;  // each is compared with every key that is known

bool is_given(const Setting& setting) { return setting.value.kind != yaml::Kind::kNull; }

const Remark* remark_of(std::string_view key) {
  const auto at = std::ranges::find(kRemarks, key, &Remark::key);
  return at == kRemarks.end() ? nullptr : &*at;
}

// The stack that refuses the fewest of the keys.
std::size_t dialect_of(const Settings& settings) {
  std::array<std::size_t, kDialects.size()> taken{};
  for (const Setting& setting : settings.all()) {
    const RecipeKey* key = find_key(setting.key);
    for (std::size_t i = 0; key != nullptr && i < taken.size(); ++i) taken[i] += key->is_of(i) ? 1U : 0U;
  }
  const auto newest = std::ranges::max_element(taken.rbegin(), taken.rend());
  return static_cast<std::size_t>(taken.rend() - newest) - 1;
}

// Its name in the dialect, "" when nothing there stands for it.
std::string_view name_in(std::string_view key, std::size_t dialect) {
  for (const auto& [old_name, name] : kRenamed) {
    if (key != old_name && key != name) continue;
    const std::string_view other = key == old_name ? name : old_name;
    const RecipeKey* there = find_key(other);
    if (there != nullptr && there->is_of(dialect)) return other;
  }
  return "";
}

std::string note_of_stranger(const Setting& setting, std::size_t dialect) {
  const std::string_view name = name_in(setting.key, dialect);
  return fmt::format("{}: {}: {}, for which most of the recipe is, does not take it{}", setting.place(),
                     setting.key, kDialects[dialect],
                     name.empty() ? "" : fmt::format(": it is called {} there", name));
}

// A key comes from the file: only what can be one is repeated.
std::string shown(std::string_view key) {
  const auto plain = [](char c) { return c >= 0x20 && c != 0x7f; };
  return key.size() <= 100 && std::ranges::all_of(key, plain) ? std::string(key) : "a key";
}

Result<std::string> note_of_unknown(const Setting& setting) {
  const auto meant = nearest_key(setting.key);
  const std::string what =
      fmt::format("{}: {}: no trainer knows this key", setting.place(), shown(setting.key));
  if (!meant) return what + ", and trl refuses it";
  if (std::ranges::find(kDeciding, *meant) != kDeciding.end())
    return fail(ErrorCode::kBadRecipe,
                fmt::format("{}; {} is probably meant: correct it, because what is published, "
                            "and where, hangs on it",
                            what, *meant));
  return fmt::format("{}, and trl refuses it; {} is probably meant", what, *meant);
}

void note_of_value(const Setting& setting, const RecipeKey& key, Recipe& recipe) {
  if (takes_value(key, setting.value)) return;
  recipe.notes.push_back(fmt::format("{}: {}: {} is wanted, this is {}", setting.place(), setting.key,
                                     wanted_of(key), yaml::kind_name(setting.value.kind)));
}

void note_of_environment(const Setting& setting, Recipe& recipe) {
  for (const auto& [name, value] : setting.value.members) {
    if (name.text != "HF_TOKEN" && name.text != "HUGGING_FACE_HUB_TOKEN") continue;
    recipe.notes.push_back(
        fmt::format("{}: env.{} is never used: log in or give --token-file, and take it out of the recipe",
                    setting.place_of(name), name.text));
  }
}

}  // namespace

Result<void> note_keys(const Settings& settings, Recipe& recipe) {
  const std::size_t dialect = dialect_of(settings);
  std::size_t unknown = 0;
  for (const Setting& setting : settings.all()) {
    const RecipeKey* key = find_key(setting.key);
    if (const Remark* remark = remark_of(setting.key)) {
      if (is_given(setting))
        recipe.notes.push_back(fmt::format("{}: {} {}", setting.place(), setting.key, remark->text));
    } else if (key == nullptr) {
      if (++unknown > kUnknownMax)
        return fail(ErrorCode::kBadRecipe,
                    fmt::format("{}: this is no recipe: more than {} of its keys are known to "
                                "no trainer",
                                setting.place(), kUnknownMax));
      SLIPWAY_ASSIGN(std::string note, note_of_unknown(setting));
      recipe.notes.push_back(std::move(note));
    } else {
      if (!key->is_of(dialect)) recipe.notes.push_back(note_of_stranger(setting, dialect));
      note_of_value(setting, *key, recipe);
    }
    if (setting.key == "env") note_of_environment(setting, recipe);
  }
  return {};
}

}  // namespace slipway::recipe
