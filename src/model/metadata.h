// model/metadata.h - the small files of a model folder, by name, as text.
//
// Contract   Pure values: who reads them from disk is not this floor's business. A file that is not
//            there is absent from the map.
// Threads    value
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slipway/json.h"
#include "slipway/result.h"

namespace slipway::model {

inline constexpr std::string_view kReadmeName = "README.md";          // the model card
inline constexpr std::string_view kLossCurveName = "loss-curve.svg";  // the picture that it shows
inline constexpr std::string_view kEvalFolder = ".eval_results/";     // results on registered benchmarks
inline bool is_eval_file(std::string_view path) {
  return path.starts_with(kEvalFolder) && path.ends_with(".yaml") &&
         path.find('/', kEvalFolder.size()) == std::string_view::npos;
}
inline bool is_card(std::string_view path) {
  return path == kReadmeName || path == kLossCurveName || is_eval_file(path);
}

// Names read: config.json, generation_config.json, adapter_config.json, tokenizer.json,
// tokenizer_config.json, special_tokens_map.json, added_tokens.json, vocab.json, chat_template.jinja.
struct Metadata {
  std::map<std::string, std::string> files{};

  const std::string* find(std::string_view name) const {
    const auto at = files.find(std::string(name));
    return at == files.end() ? nullptr : &at->second;
  }
};

// A file as JSON, NaN allowed; null when it is absent or damaged, which inspecting the run has said already.
json::Value value_of(const Metadata& files, std::string_view name);

enum class ModelKind { kDecoder, kEncoderDecoder, kVisionLanguage, kClassifier, kEncoder, kUnknown };
std::string_view kind_name(ModelKind kind);  // "decoder", ... as `inspect --json` shows it
bool generates(ModelKind kind);              // rules 1 to 3 hold for these

std::string architecture_of(const json::Value& config);  // the first of `architectures`; "" without one

// From `architectures`, the adapter's `task_type` and config keys; config may be null for an adapter.
ModelKind decide_kind(const json::Value* config, const json::Value* adapter_config);
// At the top or at any level below: AWQ, GPTQ, fp8, mxfp4, bitsandbytes. Such weights stay.
bool is_quantised(const json::Value& config);
// The same of a folder: its config.json, or a file that a quantiser wrote beside it.
bool is_quantised(const Metadata& files);
bool has_quantiser_file(const Metadata& files);
// AutoGPTQ's, AutoAWQ's, ModelOpt's: loaders and servers look for them beside config.json.
inline constexpr auto kQuantiserFiles =
    std::to_array<std::string_view>({"quantize_config.json", "quant_config.json", "hf_quant_config.json"});

}  // namespace slipway::model
