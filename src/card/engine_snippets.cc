// How other engines take the model, where they are known to load it and to stop.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "card/hub_values.h"
#include "card/markdown.h"
#include "card/sections.h"

namespace slipway::card {
namespace {

struct Package {
  std::string_view method;
  std::string_view needs;
};
constexpr auto kPackages = std::to_array<Package>({
    {"awq", "`gptqmodel` (transformers 4: `autoawq`)"},
    {"bitsandbytes", "`bitsandbytes`"},
    {"compressed-tensors", "`compressed-tensors`"},
    {"gptq", "`gptqmodel`"},
    {"mxfp4", "`kernels`"},
    {"torchao", "`torchao`"},
});

bool is_sure(const CardFacts& facts, std::string_view engine) {
  const auto claim = std::ranges::find(facts.engines, engine, &model::EngineClaim::engine);
  return claim != facts.engines.end() && claim->loads != model::Proof::kUnknown && claim->stops &&
         *claim->stops != model::Proof::kUnknown;
}

// Words of a shell: ids and names of files that need no quotes.
bool is_word(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/";
  return !text.empty() && text.front() != '-' && text.find_first_not_of(kLetters) == std::string_view::npos;
}

std::string shell(std::string_view engine, std::string_view lines) {
  return fmt::format("\n\nWith {}:\n\n```bash\n{}\n```", engine, lines);
}

std::string vllm(const CardFacts& facts) {
  if (!is_sure(facts, "vLLM") || !is_word(facts.repo)) return "";
  if (!facts.adapter) return shell("vLLM", "vllm serve " + facts.repo);
  if (!is_hub_id(facts.base_id) || facts.pass_generation_config) return "";
  const auto& settings = facts.training.settings;
  const auto rank = std::ranges::find(settings, "lora_r", &Setting::first);
  const std::string wide =
      rank == settings.end() || !is_word(rank->second) ? "" : " --max-lora-rank " + rank->second;
  return shell("vLLM", fmt::format("vllm serve {} --enable-lora{} --lora-modules adapter={}", facts.base_id,
                                   wide, facts.repo));
}

bool is_text_model(const std::string& file) {
  return is_word(file) && file.find("mmproj") == std::string::npos;
}

std::string llama_cpp(const CardFacts& facts) {
  constexpr std::string_view kName = "llama.cpp";
  const auto file = std::ranges::find_if(facts.gguf, is_text_model);
  if (file != facts.gguf.end())
    return shell(kName, is_word(facts.repo) ? "llama-cli -hf " + facts.repo : "llama-cli -m " + *file);
  if (facts.adapter || !is_sure(facts, kName) || !is_word(facts.repo)) return "";
  return shell(kName, fmt::format("hf download {} --local-dir model\n"
                                  "python convert_hf_to_gguf.py model --outfile model.gguf\n"
                                  "llama-cli -m model.gguf",
                                  facts.repo));
}

std::string packages(const CardFacts& facts) {
  const auto* at = std::ranges::find(kPackages, facts.quantised, &Package::method);
  return at == kPackages.end()
             ? ""
             : fmt::format("\n\nThe weights are quantised: loading them needs {}.", at->needs);
}

}  // namespace

std::string engine_snippets(const CardFacts& facts) {
  return packages(facts) + vllm(facts) + llama_cpp(facts);
}

}  // namespace slipway::card
