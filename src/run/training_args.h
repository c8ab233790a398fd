// run/training_args.h - what training_args.bin says of a run: target, visibility, hyper-parameters.
//
// Contract   The file is a pickle of a TrainingArguments (or trl's) object that torch.save wrote: read
//            symbolically, nothing of it is called. Values are texts as a recipe would write them: enums by
//            their value, lists joined by ", ", numbers as Python prints them. What is None is left out.
//            Secrets: what hub_token, push_to_hub_token and keys like them hold is never kept. The file is
//            read into one buffer; the interpreter overwrites such a value there the moment it meets its key,
//            before any value becomes a text; the whole buffer is overwritten before it is freed, also
//            on errors, whose messages quote nothing of the file but names of classes. `secrets` says which
//            keys held one.
// Limits     16 MiB; values of 4 KiB, 64 in a list
// Errors     kCorruptData, kUnsupported (no file of torch.save; compressed; TorchScript), kIo; kRefused: a
//            pickle that names what only an attack does
// Threads    value
// Source     transformers trainer.py (_save), training_args.py; pytorch torch/serialization.py
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slipway/file_system.h"
#include "slipway/result.h"

namespace slipway::run {

inline constexpr std::string_view kTrainingArgsName = "training_args.bin";
inline constexpr std::uint64_t kTrainingArgsBytesMax = 16u << 20;

struct TrainingArgs {
  std::string type{};  // "trl.trainer.sft_config.SFTConfig"
  std::optional<std::string> output_dir{};
  std::optional<std::string> hub_model_id{};
  std::optional<std::string> hub_revision{};
  std::optional<std::string> hub_strategy{};
  std::optional<bool> hub_private_repo{};
  std::optional<bool> push_to_hub{};                          // what the run asked for; it decides nothing
  std::vector<std::pair<std::string, std::string>> values{};  // in the file's order
  std::vector<std::string> secrets{};                         // "hub_token"

  const std::string* find(std::string_view key) const;
};

Result<TrainingArgs> read_training_args(os::ReadFile& file);
// Of the pickle alone; its secrets are overwritten in place.
Result<TrainingArgs> training_args_of(MutableBytes pickle);

}  // namespace slipway::run
