// model/fix_codes.h - every fix and warning code of the stage, with what its page says.
//
// Contract   Added, never renamed. docs/fixes/ is made from this table.
// Threads    value
#pragma once

#include <span>
#include <string_view>

namespace slipway::model {

// How much depends on it.
enum class Severity {
  kError,    // the model does not load, or does something else than it was trained to
  kWarning,  // some loader or some use goes wrong, or it cannot be told
  kNote,     // nothing is broken: what publish adds for others, and what is only said
};
std::string_view severity_name(Severity severity);  // "error", "warning", "note"

struct FixCode {
  std::string_view code;
  Severity severity;
  std::string_view title;    // "The KV cache is switched off"
  std::string_view problem;  // what happens without the fix
  std::string_view change;   // what we do
  // What transformers and vLLM do before and after; "" where it is nothing that loaders see.
  std::string_view loaders{};
};

std::span<const FixCode> fix_codes();
std::span<const FixCode> said_codes();            // what is reported, never changed
std::span<const FixCode> problem_codes();         // what refuses a release, and what is said of a card
const FixCode* find_code(std::string_view code);  // in any of the tables; null when it is not known
// Of a code that is not known: kWarning.
Severity severity_of(std::string_view code);

}  // namespace slipway::model
