// model/rule_test_support.h - tiny runs for the tests of the rules.
//
// Threads    value
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/rules.h"

namespace slipway::model::testing_support {

// The files of a decoder with five tokens: <|endoftext|> 0, <|im_start|> 1, <|im_end|> 2, <pad> 3, a 4.
inline constexpr std::string_view kTokenizerJson = R"({"added_tokens": [
  {"id": 0, "content": "<|endoftext|>", "special": true}, {"id": 1, "content": "<|im_start|>", "special": true},
  {"id": 2, "content": "<|im_end|>", "special": true}, {"id": 3, "content": "<pad>", "special": true}],
  "model": {"type": "BPE", "vocab": {"a": 4}}})";
inline constexpr std::string_view kChatml =
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}";
inline constexpr std::string_view kDecoder = R"("architectures": ["LlamaForCausalLM"], "use_cache": true)";

// `config` and `generation` are the members of the objects, without braces; "-": no such file.
Metadata run_with(std::string_view config, std::string_view generation, std::string_view eos = "<|im_end|>");
void name_eos(Metadata& run, const json::Value& eos);  // the tokenizer's end token: a text or null
void drop_template(Metadata& run);
void use_template(Metadata& run, std::string_view text);  // in both places

// Applies the rules, and once more to their own result: that must change nothing.
RuleOutcome apply(const RuleInputs& inputs);

// Compact JSON at a dotted path of a file after the rules; "" where there is none.
std::string after(const RuleInputs& inputs, const RuleOutcome& outcome, std::string_view file,
                  std::string_view path);

std::vector<std::string> codes(const RuleOutcome& outcome);
bool warns(const RuleOutcome& outcome, std::string_view code);

}  // namespace slipway::model::testing_support
