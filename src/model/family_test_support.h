// model/family_test_support.h - every family of tests/golden/stops as a tiny finished run, and the table that
// docs/stop-table.md shows.
//
// Threads    value
// Source     tests/golden/stops/PROVENANCE.md
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/rules.h"

namespace slipway::model::testing_support {

enum class Form { kFull, kAdapter };
enum class Era { k4, k5 };  // whose file forms the run has

struct Family {
  json::Value row{};

  std::string name() const;                       // "llama-3/base"
  std::string turn_end() const;                   // as measured, as text; "" for none
  std::vector<TokenId> publishers_stops() const;  // of generation_config, else config, else the tokenizer
  std::vector<TokenId> measured_stops() const;    // empty: not known
  bool has_whole_tail() const;                    // a template with its tail can be written
  RuleInputs run(Form form, Era era) const;       // as training leaves it, with its base for an adapter
};
std::vector<Family> read_families();  // of `folder`/tests/golden/stops/families.json

// Where loaders stop after the rules: what the release's generation config lists, else the base's.
std::vector<TokenId> published_stops(const RuleInputs& inputs, const RuleOutcome& outcome);

struct StopRow {
  std::string name{};
  TurnEnd turn_end{};
  std::vector<TokenId> publishers{};
  std::vector<TokenId> ours{};
  bool alike = true;                 // full and adapter, both eras
  std::vector<TokenId> missing{};    // the publisher's that we lack: must be none
  std::vector<std::string> added{};  // "7 `<|im_end|>`: the template ends a turn with it"
};
StopRow stop_row(const Family& family);
std::string stop_table_page();

}  // namespace slipway::model::testing_support
