#include "model/engines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace slipway::model {
namespace {

constexpr std::string_view kLlama = R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama"})";

struct Case {
  std::string config{kLlama};
  std::string adapter{};
  std::string turn_end = "<|im_end|>";  // "": undecided
  bool differs_from_base = false;
  ModelKind kind = ModelKind::kDecoder;
};

std::vector<EngineClaim> claims_of(const Case& one) {
  Metadata run;
  const auto config = json::parse(one.config);
  if (one.adapter.empty())
    run.files["config.json"] = one.config;
  else
    run.files["adapter_config.json"] = one.adapter;
  Tokenizer tokenizer;
  tokenizer.eos = "</s>";
  RuleOutcome outcome{.stops = {.ids = {2, 7}, .eos = 2, .differs_from_base = one.differs_from_base},
                      .kind = one.kind};
  if (!one.turn_end.empty())
    outcome.stops.turn_end = {.verdict = TurnEnd::Verdict::kDecided, .token = one.turn_end, .id = 7};
  return claim_engines(run, one.adapter.empty() ? nullptr : &*config, outcome, tokenizer);
}

EngineClaim claim_of(const Case& one, std::string_view engine) {
  const auto claims = claims_of(one);
  const auto at = std::ranges::find(claims, engine, &EngineClaim::engine);
  return at == claims.end() ? EngineClaim{} : *at;
}

TEST(Engines, AreProvedWhereTheTestsRanThem) {
  for (const std::string_view engine : {"transformers 4", "transformers 5"})
    EXPECT_EQ(claim_of({}, engine),
              (EngineClaim{.engine = engine, .loads = Proof::kProved, .stops = Proof::kProved}));
}

TEST(Engines, FollowTheRuleWhereTheyAreDocumented) {
  for (const std::string_view engine : {"vLLM", "llama.cpp"})
    EXPECT_EQ(claim_of({}, engine),
              (EngineClaim{.engine = engine, .loads = Proof::kByRule, .stops = Proof::kByRule}));
  EXPECT_EQ(claim_of({.config = R"({"architectures": ["Phi3ForCausalLM"]})"}, "transformers 5").loads,
            Proof::kByRule);
}

TEST(Engines, StopWhereNobodyKnowsWhenTheTurnEndIsUndecided) {
  for (const EngineClaim& claim : claims_of({.turn_end = ""})) {
    EXPECT_EQ(claim.stops, Proof::kUnknown) << claim.engine;
    EXPECT_NE(claim.loads, Proof::kUnknown) << claim.engine;
    EXPECT_FALSE(claim.why.empty());
  }
}

TEST(Engines, AreUnknownForAModelWithItsOwnCode) {
  const Case own{
      .config = R"({"architectures": ["LlamaForCausalLM"], "auto_map": {"AutoModelForCausalLM": "m.M"}})"};
  for (const EngineClaim& claim : claims_of(own)) EXPECT_EQ(claim.loads, Proof::kUnknown) << claim.engine;
}

TEST(Engines, LlamaCppStopsAtTextsThatItKnows) {
  const EngineClaim claim = claim_of({.turn_end = "<|odd|>"}, "llama.cpp");
  EXPECT_EQ(claim.stops, Proof::kUnknown);
  EXPECT_NE(claim.why.find("<|odd|>"), std::string::npos) << claim.why;
  EXPECT_EQ(claim_of({.turn_end = "</s>"}, "llama.cpp").stops, Proof::kByRule);
  EXPECT_EQ(claim_of({.config = R"({"architectures": ["OddForCausalLM"]})"}, "llama.cpp").loads,
            Proof::kUnknown);
}

TEST(Engines, VllmReadsTheGenerationConfigOfAnAdaptersBase) {
  const Case lora{.adapter = R"({"peft_type": "LORA"})", .differs_from_base = true};
  EXPECT_EQ(claim_of(lora, "transformers 4").stops, Proof::kProved);
  EXPECT_EQ(claim_of(lora, "vLLM").loads, Proof::kByRule);
  EXPECT_EQ(claim_of(lora, "vLLM").stops, Proof::kUnknown);
  EXPECT_EQ(claim_of({.adapter = lora.adapter, .turn_end = "</s>", .differs_from_base = true}, "vLLM").stops,
            Proof::kByRule);
}

TEST(Engines, AdaptersThatServersRefuseAreNotClaimed) {
  EXPECT_EQ(claim_of({.adapter = R"({"peft_type": "LORA", "modules_to_save": ["lm_head"]})"}, "vLLM").loads,
            Proof::kUnknown);
  EXPECT_EQ(claim_of({.adapter = R"({"peft_type": "LOHA"})"}, "llama.cpp").loads, Proof::kUnknown);
  EXPECT_EQ(claim_of({.adapter = R"({"peft_type": "LOHA"})"}, "transformers 5").loads, Proof::kByRule);
}

TEST(Engines, ServersAreNotClaimedForABaseOfUnknownClass) {
  const Case lora{.config = "{}", .adapter = R"({"peft_type": "LORA"})"};
  EXPECT_EQ(claim_of(lora, "transformers 5").loads, Proof::kByRule);
  EXPECT_EQ(claim_of(lora, "vLLM").loads, Proof::kUnknown);
  EXPECT_EQ(claim_of(lora, "llama.cpp").loads, Proof::kUnknown);
}

TEST(Engines, SayNothingOfStopsWhereNothingIsGenerated) {
  const Case reward{.config = R"({"architectures": ["Qwen2ForSequenceClassification"]})",
                    .kind = ModelKind::kClassifier};
  EXPECT_EQ(claim_of(reward, "transformers 5").loads, Proof::kProved);
  for (const EngineClaim& claim : claims_of(reward)) EXPECT_FALSE(claim.stops.has_value());
}

}  // namespace
}  // namespace slipway::model
