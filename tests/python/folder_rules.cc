// Applies the rules of the stage to folders, in place, for the tests that load the result with the real
// stack. Standard input: a folder a line, with the base's folder after a tab where there is one. The answer
// is a line each: the codes of fixes and warnings, or "!" and the error.
#include <cstdio>
#include <string>

#include <fmt/ranges.h>

#include "model/rules.h"
#include "os/path.h"
#include "os/posix_file_system.h"
#include "run/metadata_files.h"

namespace {

using namespace slipway;

Result<std::string> apply(os::FileSystem& fs, const std::string& folder, const std::string& base) {
  model::RuleInputs inputs;
  SLIPWAY_ASSIGN(inputs.run, run::read_metadata(fs, folder));
  inputs.adapter = inputs.run.find("adapter_config.json") != nullptr;
  if (!base.empty()) {
    SLIPWAY_ASSIGN(inputs.base, run::read_metadata(fs, base));
  }
  SLIPWAY_ASSIGN(const model::RuleOutcome outcome, model::apply_rules(inputs));
  for (const auto& [name, text] : outcome.files.files)
    SLIPWAY_TRY(os::replace_file(fs, os::join(folder, name), as_bytes(text)));
  std::vector<std::string> codes;
  for (const model::Fix& fix : outcome.fixes) codes.push_back(fix.code);
  for (const model::Warning& warning : outcome.warnings) codes.push_back(warning.code);
  return fmt::format("{}", fmt::join(codes, " "));
}

bool next_line(std::string& line) {
  line.clear();
  int c = std::getchar();
  if (c == EOF) return false;
  for (; c != EOF && c != '\n'; c = std::getchar()) line += static_cast<char>(c);
  return true;
}

}  // namespace

int main() {
  os::PosixFileSystem fs;
  for (std::string line; next_line(line);) {
    const std::size_t tab = line.find('\t');
    const std::string base = tab == std::string::npos ? "" : line.substr(tab + 1);
    const auto answer = apply(fs, line.substr(0, tab), base);
    fmt::print("{}\n", answer ? *answer : "!" + describe(answer.error()));
    std::fflush(stdout);
  }
  return 0;
}
