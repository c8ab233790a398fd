#include "model/rope_keys.h"

#include <algorithm>
#include <array>

namespace slipway::model {
namespace {

using json::Value;
using Keys = std::vector<std::pair<std::string, Value>>;

constexpr std::string_view kParameters = "rope_parameters";
constexpr std::string_view kScaling = "rope_scaling";
constexpr std::string_view kFull = "full_attention";
constexpr std::string_view kSliding = "sliding_attention";

// The old names of a family. With `sliding`, the new form has one object for each type of layer.
struct Family {
  std::string_view model_type;
  std::string_view theta = "rope_theta";
  std::string_view partial = "partial_rotary_factor";
  std::string_view sliding = "";
};
constexpr auto kFamilies = std::to_array<Family>({
    {.model_type = "gpt_neox", .theta = "rotary_emb_base", .partial = "rotary_pct"},
    {.model_type = "gpt_neox_japanese", .theta = "rotary_emb_base", .partial = "rotary_pct"},
    {.model_type = "gemma3_text", .sliding = "rope_local_base_freq"},
    {.model_type = "gemma3n_text", .sliding = "rope_local_base_freq"},
    {.model_type = "modernbert", .theta = "global_rope_theta", .sliding = "local_rope_theta"},
    {.model_type = "modernbert-decoder", .theta = "global_rope_theta", .sliding = "local_rope_theta"},
    {.model_type = "olmo3", .sliding = "rope_theta"},
});
constexpr Family kPlain{.model_type = ""};

// Families that each era gives a scaling of its own where the file has none.
constexpr auto kScaledByDefault = std::to_array<std::string_view>({"gpt_oss", "apertus"});
// Families whose transformers 4 code asks rope_scaling for its type even where nothing is scaled.
constexpr auto kAlwaysScaled =
    std::to_array<std::string_view>({"mllama_text_model", "qwen3_vl_text", "qwen3_vl_moe_text"});
// Families whose transformers 4 form has exactly type, short_factor and long_factor.
constexpr auto kThreeFields = std::to_array<std::string_view>({"phi3", "phi4_multimodal"});
// Families that refused, in some version from 4.40 on, a linear or dynamic scaling of more than type and
// factor; all others read rope_type, and many nothing else.
constexpr auto kTypeAlone =
    std::to_array<std::string_view>({"llama", "falcon", "gpt_neox", "persimmon", "phi", "stablelm", "fuyu",
                                     "olmo", "olmo2", "chameleon", "hunyuan_v1_dense", "hunyuan_v1_moe"});

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string_view text_at(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  return value == nullptr ? std::string_view() : std::string_view(value->string());
}

std::string_view model_type_of(const Value& level) { return text_at(level, "model_type"); }

const Family& family_of(const Value& level) {
  const auto* found = std::ranges::find(kFamilies, model_type_of(level), &Family::model_type);
  return found == kFamilies.end() ? kPlain : *found;
}

bool is_object_at(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  return value != nullptr && value->is_object();
}

// "su" and "yarn" are what early files of phi3 call longrope; "mrope" is default with sections.
std::string_view rope_type_of(const Value& parameters, std::string_view model_type) {
  const Value* named = parameters.find("rope_type");
  const std::string_view type = named != nullptr ? named->string() : text_at(parameters, "type");
  if (type == "su" || (type == "yarn" && is_one_of(kThreeFields, model_type))) return "longrope";
  return type.empty() || type == "mrope" ? "default" : type;
}

bool is_outside_scaling(std::string_view key) {
  return key == "rope_theta" || key == "partial_rotary_factor" || key == "rope_type" || key == "type";
}

void name_type(Value& scaling, std::string_view type, std::string_view model_type) {
  const bool early = (type == "linear" || type == "dynamic") && is_one_of(kTypeAlone, model_type);
  if (!early && !is_one_of(kThreeFields, model_type)) scaling.set("rope_type", type);
  scaling.set("type", type);
}

// rope_scaling of one object of parameters; null where there is none.
Value scaling_of(const Value& parameters, std::string_view model_type) {
  const std::string_view type = rope_type_of(parameters, model_type);
  const bool three = is_one_of(kThreeFields, model_type);
  Value scaling = Value::object();
  for (const auto& [key, value] : parameters.members()) {
    if (is_outside_scaling(key) || value.is_null()) continue;
    if (three && key != "short_factor" && key != "long_factor") continue;
    scaling.set(key, value);
  }
  const bool needless = type == "default" && !is_one_of(kAlwaysScaled, model_type);
  if (needless && scaling.members().empty()) return {};
  name_type(scaling, type, model_type);
  return scaling;
}

void add(Keys& keys, std::string_view key, const Value* value) {
  if (value != nullptr && !value->is_null()) keys.emplace_back(key, *value);
}

void add_scaling(Keys& keys, const Value& parameters, std::string_view model_type) {
  Value scaling = scaling_of(parameters, model_type);
  if (scaling.is_null() && !is_one_of(kScaledByDefault, model_type)) return;
  keys.emplace_back(kScaling, std::move(scaling));
}

Keys flat_keys(const Value& level, const Value& parameters, const Family& family) {
  Keys keys;
  add(keys, family.theta, parameters.find("rope_theta"));
  add(keys, family.partial, parameters.find("partial_rotary_factor"));
  add_scaling(keys, parameters, model_type_of(level));
  if (rope_type_of(parameters, model_type_of(level)) == "longrope")
    add(keys, "original_max_position_embeddings", parameters.find("original_max_position_embeddings"));
  return keys;
}

// full_attention and sliding_attention; other layer types are newer than transformers 4.
Keys layered_keys(const Value& level, const Value& parameters, const Family& family) {
  Keys keys;
  const Value* full = parameters.find(kFull);
  const Value* sliding = parameters.find(kSliding);
  if (sliding != nullptr) add(keys, family.sliding, sliding->find("rope_theta"));
  if (full == nullptr || !full->is_object()) return keys;
  if (family.sliding != family.theta) add(keys, family.theta, full->find("rope_theta"));
  add_scaling(keys, *full, model_type_of(level));
  return keys;
}

bool is_layered(const Value& parameters) {
  return std::ranges::any_of(parameters.members(), [](const auto& member) {
    return member.second.is_object() || member.first.ends_with("_attention");
  });
}

Keys old_keys(const Value& level, const Value& parameters) {
  const Family& family = family_of(level);
  if (!is_layered(parameters)) return family.sliding.empty() ? flat_keys(level, parameters, family) : Keys();
  return family.sliding.empty() ? Keys() : layered_keys(level, parameters, family);
}

bool same_number(const Value& a, const Value& b) {
  return a.is_number() && b.is_number() && a.as_double() == b.as_double();
}

bool agree(const Value& a, const Value& b) {
  if (a.is_array() && b.is_array())
    return std::ranges::equal(a.items(), b.items(),
                              [](const Value& x, const Value& y) { return agree(x, y); });
  return a.same_as(b) || same_number(a, b);
}

// The same type, and the same value of every other key that both have.
bool scalings_agree(const Value& old_form, const Value& new_form, std::string_view model_type) {
  if (old_form.is_null() || new_form.is_null()) return old_form.is_null() && new_form.is_null();
  if (rope_type_of(old_form, model_type) != rope_type_of(new_form, model_type)) return false;
  return std::ranges::all_of(new_form.members(), [&](const auto& member) {
    const Value* other = old_form.find(member.first);
    return is_outside_scaling(member.first) || other == nullptr || agree(*other, member.second);
  });
}

bool key_agrees(const Value& level, const std::string& key, const Value& wanted) {
  const Value* there = level.find(key);
  if (there == nullptr) return true;
  if (key == kScaling) return scalings_agree(*there, wanted, model_type_of(level));
  return there->is_null() || agree(*there, wanted);
}

// A null left by transformers 4 says "none"; a newer file says it by rope_parameters alone.
bool is_missing(const Value& level, const std::string& key) { return level.find(key) == nullptr; }

RopeKeys keys_of_new_form(const Value& level, const Value& parameters) {
  RopeKeys keys;
  for (auto& [key, value] : old_keys(level, parameters)) {
    if (!key_agrees(level, key, value)) {
      keys.difference = {key, json::print_compact(*level.find(key)), json::print_compact(value)};
      keys.missing_old.clear();
      return keys;
    }
    if (is_missing(level, key)) keys.missing_old.emplace_back(key, std::move(value));
  }
  return keys;
}

// One base for both types of layers, which transformers 5 does not read from the old key.
Value layered_parameters(const Value& level, const Family& family, const Value& theta) {
  Value full = Value::object({{"rope_type", "default"}});
  const Value* scaling = level.find(kScaling);
  if (scaling != nullptr && scaling->is_object()) {
    for (const auto& [key, value] : scaling->members()) full.set(key, value);
    full.set("rope_type", rope_type_of(*scaling, family.model_type));
  }
  full.set("rope_theta", theta);
  const Value sliding = Value::object({{"rope_type", "default"}, {"rope_theta", theta}});
  return Value::object({{std::string(kFull), full}, {std::string(kSliding), sliding}});
}

// What transformers 5 would misread in the old form; nearly all families need nothing.
RopeKeys keys_of_old_form(const Value& level, const Family& family) {
  RopeKeys keys;
  const Value* theta = level.find(family.theta);
  if (theta == nullptr || !theta->is_number()) return keys;
  const Value* scaling = level.find(kScaling);
  const bool unscaled = scaling != nullptr && scaling->is_null();
  if (family.sliding == family.theta) keys.missing_new = layered_parameters(level, family, *theta);
  if (unscaled && is_one_of(kScaledByDefault, model_type_of(level)))
    keys.missing_new = Value::object({{"rope_theta", *theta}, {"rope_type", "default"}});
  return keys;
}

}  // namespace

bool has_rope(const Value& level) {
  return is_object_at(level, kParameters) || level.find(family_of(level).theta) != nullptr;
}

RopeKeys rope_keys(const Value& level) {
  const Value* parameters = level.find(kParameters);
  if (parameters != nullptr && parameters->is_object()) return keys_of_new_form(level, *parameters);
  return keys_of_old_form(level, family_of(level));
}

}  // namespace slipway::model
