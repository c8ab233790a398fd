// The rules on any texts as metadata: total, and nothing to do on their own result.
// The input is cut at NUL bytes: config, generation config, base's generation config, tokenizer config,
// adapter config, base's config.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/rules.h"
#include "slipway/result.h"

namespace {

using namespace slipway::model;

constexpr std::string_view kTokenizer =
    R"({"added_tokens":[{"id":0,"content":"</s>","special":true},{"id":2,"content":"<|im_end|>","special":true}],)"
    R"("model":{"vocab":{"a":1}}})";
constexpr std::string_view kTemplate =
    "{% for m in messages %}{{ m.role }}{{ m.content }}<|im_end|>{% endfor %}";

std::string next(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\0'), rest.size());
  std::string piece(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return piece;
}

void put(Metadata& files, const char* name, std::string text) {
  if (!text.empty()) files.files[name] = std::move(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  RuleInputs inputs;
  Metadata base;
  put(inputs.run, "config.json", next(rest));
  put(inputs.run, "generation_config.json", next(rest));
  put(base, "generation_config.json", next(rest));
  put(inputs.run, "tokenizer_config.json", next(rest));
  put(inputs.run, "adapter_config.json", next(rest));
  put(base, "config.json", next(rest));
  inputs.adapter = inputs.run.find("adapter_config.json") != nullptr;
  if (size % 2 == 0) inputs.output_rows = size % 8;
  inputs.handbook_eos = size % 5 == 0;
  inputs.fix_pad = size % 3 == 0;
  put(inputs.run, "tokenizer.json", std::string(kTokenizer));
  put(inputs.run, "chat_template.jinja", std::string(kTemplate));
  if (!base.files.empty()) {
    put(base, "tokenizer.json", std::string(kTokenizer));
    inputs.base = base;
  }
  const auto outcome = apply_rules(inputs);
  if (!outcome) return 0;
  for (const auto& [name, text] : outcome->files.files) inputs.run.files[name] = text;
  const auto again = apply_rules(inputs);
  SLIPWAY_CHECK(again.has_value());
  SLIPWAY_CHECK(again->fixes.empty() && again->files.files.empty());
  return 0;
}
