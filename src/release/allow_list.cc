// Which files of a run a release sends: docs/format/release.md.
#include <algorithm>
#include <array>

#include "base/glob.h"
#include "os/path.h"
#include "release/allow_list.h"
#include "release/release.h"

namespace slipway::release {
namespace {

bool matches_any(std::span<const std::string_view> patterns, std::string_view path) {
  return std::ranges::any_of(patterns, [&](std::string_view pattern) { return glob_match(pattern, path); });
}

// At the root of the folder only.
constexpr std::array kPublishedRoot = std::to_array<std::string_view>({"config.json",
                                                                       "generation_config.json",
                                                                       "adapter_config.json",
                                                                       "model.safetensors",
                                                                       "model-*-of-*.safetensors",
                                                                       "model.safetensors.index.json",
                                                                       "adapter_model.safetensors",
                                                                       "*.gguf",
                                                                       "tokenizer.json",
                                                                       "tokenizer_config.json",
                                                                       "special_tokens_map.json",
                                                                       "added_tokens.json",
                                                                       "vocab.json",
                                                                       "vocab.txt",
                                                                       "merges.txt",
                                                                       "*.model",
                                                                       "tokenizer.model.v*",
                                                                       "*.vocab",
                                                                       "vocab-*.json",
                                                                       "*_vocab.json",
                                                                       "tekken.json",
                                                                       "normalizer.json",
                                                                       "bpe.codes",
                                                                       "dict.txt",
                                                                       "prophetnet.tokenizer",
                                                                       "*.spm",
                                                                       "*.tiktoken",
                                                                       "chat_template.jinja",
                                                                       "chat_template.json",
                                                                       "preprocessor_config.json",
                                                                       "processor_config.json",
                                                                       "video_preprocessor_config.json",
                                                                       "*_results.json",
                                                                       "modules.json",
                                                                       "sentence_bert_config.json",
                                                                       "config_sentence_transformers.json",
                                                                       model::kReadmeName,
                                                                       model::kLossCurveName,
                                                                       "LICENSE*",
                                                                       "NOTICE*",
                                                                       "USE_POLICY*",
                                                                       ".gitattributes"});

constexpr std::array kPublishedBelow = std::to_array<std::string_view>({"additional_chat_templates/*.jinja"});

constexpr std::array kTrainingState = std::to_array<std::string_view>(
    {"training_args.bin", "trainer_state.json", "optimizer*", "scheduler.pt", "scaler.pt", "rng_state*",
     "*.log", "wandb/*", "runs/*", "logs/*", "checkpoint-*/*", "global_step*/*", "latest", "zero_to_fp32.py",
     "pytorch_model_fsdp*", "events.out.tfevents*", ".env", "*.distcp", ".metadata"});

// A module's folder is whole, but for what hides and what training left there.
bool is_in_module(std::string_view path, const NamedParts& parts) {
  const std::string name = os::base_name(std::string(path));
  if (name.starts_with('.') || is_training_state(path) || is_training_state(name)) return false;
  return std::ranges::any_of(parts.folders, [path](const std::string& folder) {
    return path.starts_with(folder) && path.substr(folder.size()).starts_with('/');
  });
}

}  // namespace

bool is_training_state(std::string_view path) { return matches_any(kTrainingState, path); }

bool is_code(std::string_view path, const NamedParts& parts) {
  const bool is_module = path.ends_with(".py") && path.find('/') == std::string_view::npos;
  return parts.code && is_module && !is_training_state(path);
}

bool is_published(std::string_view path, const NamedParts& parts) {
  if (path.find('/') == std::string_view::npos)
    return matches_any(kPublishedRoot, path) || matches_any(model::kQuantiserFiles, path) ||
           is_code(path, parts);
  return matches_any(kPublishedBelow, path) || model::is_eval_file(path) || is_in_module(path, parts);
}

}  // namespace slipway::release
