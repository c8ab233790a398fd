// model/rules.h - the rules of the stage: EOS, KV cache, validity, the adapter's own files, and what lets
// loaders of both eras of transformers read the configs and the tokenizer.
//
// Contract   Pure: texts in, texts and fixes out. Applying the rules to their own result changes
//            nothing. Nothing listed as a stop is ever removed except ids past the output rows.
// Errors     kCorruptData for a metadata file that is not JSON; kRefused for a tokenizer EOS past the
//            output rows
// Threads    value
// Source     docs/design.md#rules
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/fix.h"
#include "model/metadata.h"
#include "model/tokenizer.h"
#include "model/turn_end.h"
#include "slipway/result.h"

namespace slipway::model {

struct RuleInputs {
  Metadata run{};                              // of the run's folder
  std::optional<Metadata> base{};              // of the base model, where it is known
  std::optional<std::uint64_t> output_rows{};  // rows of lm_head, else of the embeddings, if known
  std::string dtype{};  // torch's name of the float type of most parameters, "" when not known
  bool adapter = false;
  std::string public_base_id{};  // "owner/name": written into adapter_config.json when it differs
  std::string base_revision{};   // recorded in adapter_config.json when it says null
  bool handbook_eos = false;     // --eos handbook: the tokenizer's single id in both files
  bool fix_pad = false;          // --fix-pad: a pad that stops becomes the base's
  bool plain_weights = false;    // no weight is quantised, whatever the config says
  bool untie = false;            // the config (of an adapter: the base's) ties two embeddings that differ
};

struct StopSet {
  std::vector<TokenId> ids{};    // in order: tokenizer EOS, turn end, listed ones
  std::optional<TokenId> eos{};  // the tokenizer's
  TurnEnd turn_end{};
  bool differs_from_base = false;  // adapters: loaders must be told
};

struct RuleOutcome {
  Metadata files{};  // only those that changed or are new
  std::vector<Fix> fixes{};
  std::vector<Warning> warnings{};
  StopSet stops{};
  ModelKind kind = ModelKind::kUnknown;
  Tokenizer tokenizer{};  // of the run
};

Result<RuleOutcome> apply_rules(const RuleInputs& inputs);

}  // namespace slipway::model
