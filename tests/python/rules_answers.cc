// What the rules of src/model make of runs on standard input, for both_eras_test.py.
//
// Both directions are fields: a length in decimal, a newline, that many bytes. A request is the texts of
// config.json, generation_config.json, tokenizer.json and tokenizer_config.json, and generation_config.json
// of the base; an empty text means that the file is not there. The answer is the verdict ("ok" or the error),
// config.json and generation_config.json then, and code, file, path and reason of each fix, one a line.
#include <array>
#include <string>

#include <fmt/format.h>

#include "answers.h"
#include "model/rules.h"

namespace {

using namespace slipway;
using testing::field;

model::RuleInputs request(std::string_view& input) {
  model::RuleInputs inputs;
  for (const char* name :
       {"config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"})
    if (std::string text = field(input); !text.empty()) inputs.run.files[name] = std::move(text);
  if (std::string text = field(input); !text.empty()) {
    inputs.base = inputs.run;
    inputs.base->files["generation_config.json"] = std::move(text);
  }
  return inputs;
}

std::string file_then(const model::RuleInputs& inputs, const model::RuleOutcome& outcome, const char* name) {
  const std::string* text = outcome.files.find(name);
  if (text == nullptr) text = inputs.run.find(name);
  return text == nullptr ? "" : *text;
}

std::array<std::string, 4> answer(const model::RuleInputs& inputs) {
  const auto outcome = model::apply_rules(inputs);
  if (!outcome) return {describe(outcome.error())};
  std::string fixes;
  for (const model::Fix& fix : outcome->fixes)
    fixes += fmt::format("{}\t{}\t{}\t{}\n", fix.code, fix.file, fix.path, fix.reason);
  return {"ok", file_then(inputs, *outcome, "config.json"),
          file_then(inputs, *outcome, "generation_config.json"), fixes};
}

}  // namespace

int main() {
  testing::answer_all([](std::string_view& input) { return answer(request(input)); });
  return 0;
}
