#include "model/generation_values.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace slipway::model {
namespace {

using json::Value;

constexpr std::string_view kNotLoaded =
    "before, transformers refuses to load the file, and so does vLLM, which reads it through transformers; "
    "after, both load it and use their default";
constexpr std::string_view kNotLoadedBy4 =
    "before, transformers 4 refuses to load the file, and so does a vLLM that runs on it; after, every "
    "version loads it and uses its default";
constexpr std::string_view kNotLoadedBy5 =
    "before, transformers 5 refuses to load the file, and so does a vLLM that runs on it; after, every "
    "version loads it and uses its default";
constexpr std::string_view kNotUsed =
    "before, transformers fails when it loads or uses this value, and vLLM takes no notice or fails as well; "
    "after, both use their default";
constexpr std::string_view kNotSaved =
    "before, transformers pads batches with an id that does not exist and refuses to save the model again, "
    "vLLM ignores it; after, transformers takes the end token, vLLM as before";
constexpr std::string_view kArgument =
    "before, transformers refuses to load the file because this is an argument of generate(), and so does "
    "vLLM, which reads the file through it; after, both load it";

std::optional<double> finite(const Value& value) {
  const auto number = value.is_number() ? value.as_double() : std::nullopt;
  return number && std::isfinite(*number) ? number : std::nullopt;
}

bool is_whole(const Value& value) {
  const auto number = finite(value);
  return number && *number == std::floor(*number);
}

bool is_ids(const Value& value) {
  return value.is_array() &&
         std::ranges::all_of(value.items(), [](const Value& id) { return id.as_int().has_value(); });
}

bool is_null(const Value& value) { return value.is_null(); }
bool is_number(const Value& value) { return value.is_null() || finite(value); }
bool is_natural(const Value& value) { return value.is_null() || (is_whole(value) && *finite(value) >= 0); }
bool is_positive(const Value& value) { return value.is_null() || (is_whole(value) && *finite(value) > 0); }
bool is_count(const Value& value) { return is_whole(value) && *finite(value) > 0; }  // 4 fails on null
bool is_bool(const Value& value) { return value.is_null() || as_flag(&value); }
bool is_id_list(const Value& value) { return value.is_null() || is_ids(value); }
bool is_id_or_list(const Value& value) { return value.is_null() || value.as_int() || is_ids(value); }
bool is_early_stopping(const Value& value) {  // 4 fails on null
  return as_flag(&value) || (value.is_string() && value.string() == "never");
}
bool is_not_negative(const Value& value) { return value.is_null() || finite(value).value_or(-1) >= 0; }
bool is_share(const Value& value) {
  return value.is_null() || (finite(value).value_or(-1) >= 0 && *finite(value) <= 1);
}
bool is_part(const Value& value) {
  const auto number = finite(value);
  return value.is_null() || (number && *number > 0 && *number < 1);
}

// Those that both eras know; "dynamic_full" is gone in 5, "paged" is not known to 4.
bool is_cache(const Value& value) {
  constexpr auto kKnown = std::to_array<std::string_view>(
      {"dynamic", "hybrid", "hybrid_chunked", "offloaded", "offloaded_hybrid", "offloaded_hybrid_chunked",
       "offloaded_static", "quantized", "sliding_window", "static"});
  return value.is_null() || (value.is_string() && std::ranges::find(kKnown, value.string()) != kKnown.end());
}

bool is_watermark_member(const std::string& key, const Value& value) {
  if (key == "seeding_scheme")
    return value.is_string() && (value.string() == "selfhash" || value.string() == "lefthash");
  if (key == "bias" || key == "hashing_key") return true;
  const auto number = finite(value);
  if (!number) return false;
  if (key == "greenlist_ratio") return *number >= 0 && *number <= 1;
  return key == "context_width" && *number >= 1;
}

bool is_watermark(const Value& value) {
  if (value.is_null()) return true;
  return value.is_object() && std::ranges::all_of(value.members(), [](const auto& member) {
           return is_watermark_member(member.first, member.second);
         });
}

// Some values are refused by one version only, some not before they are used.
std::string_view reason_for_cache(const Value& value) {
  if (value.is_string() && value.string() == "dynamic_full") return kNotLoadedBy5;
  return value.is_string() && value.string() == "paged" ? kNotLoadedBy4 : kNotLoaded;
}
std::string_view reason_for_early_stopping(const Value& value) {
  return value.is_null() ? kNotLoadedBy4 : kNotLoaded;
}
std::string_view reason_for_new_tokens(const Value& value) {
  return finite(value).value_or(1) <= 0 ? kNotLoaded : kNotUsed;
}
std::string_view reason_for_pad(const Value& value) {
  return finite(value).value_or(1) < 0 ? kNotSaved : kNotUsed;
}
std::string_view not_loaded(const Value&) { return kNotLoaded; }
std::string_view not_loaded_by_5(const Value&) { return kNotLoadedBy5; }
std::string_view not_used(const Value&) { return kNotUsed; }

struct Check {
  std::string_view key;
  bool (*usable)(const Value&);
  std::string_view (*reason)(const Value&);
};
constexpr auto kChecks = std::to_array<Check>({
    {"assistant_ensemble_weight", is_part, not_loaded_by_5},
    {"cache_implementation", is_cache, reason_for_cache},
    {"compile_config", is_null, not_loaded},
    {"do_sample", is_bool, not_used},
    {"early_stopping", is_early_stopping, reason_for_early_stopping},
    {"epsilon_cutoff", is_share, not_used},
    {"eta_cutoff", is_share, not_used},
    {"forced_bos_token_id", is_id_or_list, not_used},
    {"forced_eos_token_id", is_id_or_list, not_used},
    {"length_penalty", is_number, not_used},
    {"max_new_tokens", is_positive, reason_for_new_tokens},
    {"min_p", is_share, not_used},
    {"num_beams", is_count, not_used},
    {"num_return_sequences", is_count, not_used},
    {"pad_token_id", is_natural, reason_for_pad},
    {"suppress_tokens", is_id_list, not_used},
    {"temperature", is_not_negative, not_used},
    {"top_h", is_share, not_used},
    {"top_k", is_natural, not_used},
    {"top_p", is_share, not_used},
    {"typical_p", is_share, not_used},
    {"watermarking_config", is_watermark, not_loaded},
});

constexpr auto kArguments = std::to_array<std::string_view>(
    {"assistant_model", "logits_processor", "negative_prompt_attention_mask", "negative_prompt_ids",
     "prefix_allowed_tokens_fn", "stopping_criteria", "streamer", "synced_gpus"});

void add(std::vector<Unusable>& found, std::string_view key, std::string_view reason) {
  found.push_back({std::string(key), reason, reason != kNotUsed && reason != kNotSaved});
}

std::set<std::int64_t> ids_in(const Value* value) {
  std::set<std::int64_t> ids;
  if (value == nullptr) return ids;
  if (const auto id = value->as_int()) ids.insert(*id);
  for (const Value& item : value->items())
    if (const auto id = item.as_int()) ids.insert(*id);
  return ids;
}

// A token that must come and may not: every probability is then NaN.
void add_forced(const Value& root, std::vector<Unusable>& found) {
  const Value* list = root.find("suppress_tokens");
  if (list == nullptr || !is_ids(*list)) return;
  const std::set<std::int64_t> suppressed = ids_in(list);
  for (const std::string_view key : {"forced_bos_token_id", "forced_eos_token_id"}) {
    const std::set<std::int64_t> forced = ids_in(root.find(key));
    if (!forced.empty() && std::ranges::includes(suppressed, forced)) add(found, key, kNotLoadedBy5);
  }
}

// With the mark `_from_model_config` transformers takes over no key that it does not know.
void add_arguments(const Value& root, std::vector<Unusable>& found) {
  const Value* mark = root.find("_from_model_config");
  if (mark != nullptr && as_flag(mark).value_or(false)) return;
  for (const std::string_view key : kArguments)
    if (root.find(key) != nullptr) add(found, key, kArgument);
  if (root.find("use_model_defaults") != nullptr) add(found, "use_model_defaults", kNotLoadedBy4);
}

}  // namespace

std::optional<bool> as_flag(const Value* value) {
  if (value == nullptr) return std::nullopt;
  if (value->is_bool()) return value->as_bool();
  const auto number = finite(*value);
  return number && (*number == 0.0 || *number == 1.0) ? std::optional(*number == 1.0) : std::nullopt;
}

std::vector<Unusable> unusable_values(const Value& generation) {
  std::vector<Unusable> found;
  for (const Check& check : kChecks) {
    const Value* value = generation.find(check.key);
    if (value != nullptr && !check.usable(*value)) add(found, check.key, check.reason(*value));
  }
  add_arguments(generation, found);
  add_forced(generation, found);
  return found;
}

}  // namespace slipway::model
