// transform/merge/adapter_config.h - what adapter_config.json says of how an adapter is merged.
//
// Contract   Whether the kind of adapter can be merged at all is model/mergeable.h's to say. A field that is
//            not known here and has another value than nothing is refused by name: it may change the formula.
//            Keys of patterns keep the file's order, of which the first that matches counts.
// Limits     100,000 patterns and token rows; ranks to 2^20, alpha to 1e9, 4,096 replicated layers
// Threads    value
// Errors     kCorruptData (a field of another type), kUnsupported (a field, a pattern)
// Source     peft tuners/lora/config.py
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slipway/json.h"
#include "slipway/result.h"
#include "transform/merge/name_pattern.h"

namespace slipway::transform {

struct TokenRows {
  std::string module{};  // "embed_tokens"; "" stands for the input embeddings
  std::vector<std::uint64_t> rows{};
};

class AdapterConfig {
 public:
  static Result<AdapterConfig> parse(const json::Value& adapter_config);

  // By the patterns, else the config's own.
  std::uint64_t rank_of(std::string_view module) const;
  float scale_of(std::string_view module) const;

  bool fan_in_fan_out = false;
  bool dora = false;
  bool ensure_weight_tying = false;
  std::string peft_version{};                    // "" before 0.18
  std::vector<std::string> modules_to_save{};    // last parts or whole paths
  std::vector<std::string> target_parameters{};  // "mlp.experts.gate_up_proj"
  std::vector<TokenRows> token_rows{};
  std::vector<std::pair<std::uint64_t, std::uint64_t>> layer_replication{};  // [first, end) of the base's
  std::uint64_t blocks = 1;                                                  // of block-diagonal matrices,
  std::vector<std::string> blocks_of_a{};  // which A is where a module's last part holds one of these,
  std::vector<std::string> blocks_of_b{};  // and B
  std::string task_type{};                 // "SEQ_CLS"
  std::string trained_class{};             // by auto_mapping, where no task_type is: "ViTModel"

 private:
  using Pattern = std::pair<NamePattern, double>;
  static double value_of(const std::vector<Pattern>& patterns, std::string_view module, double otherwise);
  static Result<std::vector<Pattern>> patterns_of(const json::Value& config, std::string_view key);
  Result<void> read_token_rows(const json::Value& value);
  Result<void> read_blocks(const json::Value* value);

  double rank_ = 8;
  double alpha_ = 8;
  bool rank_stabilised_ = false;
  std::vector<Pattern> rank_patterns_{};
  std::vector<Pattern> alpha_patterns_{};
};

}  // namespace slipway::transform
