// model/engines.h - where a release loads and stops: in transformers 4 and 5, vLLM and llama.cpp.
//
// Contract   A fixed vocabulary. `proved`: the tests of this project load and generate with that engine on a
//            model of this class and form. `by rule`: what the engine documents covers it. `unknown`:
//            neither; `why` says the reason. Nothing is claimed of kinds that do not generate but that they
//            load.
// Source     docs/engines.md, which names the engine's sources
// Threads    value
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/metadata.h"
#include "model/rules.h"
#include "model/tokenizer.h"

namespace slipway::model {

enum class Proof : std::uint8_t { kProved, kByRule, kUnknown };
std::string_view proof_name(Proof proof);  // "proved here", "by rule", "unknown"

struct EngineClaim {
  std::string_view engine{};  // "transformers 4"
  Proof loads = Proof::kUnknown;
  std::optional<Proof> stops{};  // of kinds that generate
  std::string why{};             // one clause, where something is unknown

  bool operator==(const EngineClaim&) const = default;
};

// The class that a test loads and generates with, once in each era (tests/python/stock_loaders_test.py).
struct ProvedClass {
  std::string_view architecture;
  bool as_adapter;  // a LoRA adapter of it, too
};
std::vector<ProvedClass> proved_classes();

// `base_config`: of an adapter. The outcome's stops and kind; the tokenizer of the release.
std::vector<EngineClaim> claim_engines(const Metadata& run, const json::Value* base_config,
                                       const RuleOutcome& outcome, const Tokenizer& tokenizer);

}  // namespace slipway::model
