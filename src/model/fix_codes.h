// model/fix_codes.h - every fix and warning code of the stage, with what its page says.
//
// Contract   Added, never renamed. docs/fixes/ is made from this table.
// Threads    value
#pragma once

#include <span>
#include <string_view>

namespace slipway::model {

struct FixCode {
  std::string_view code;
  std::string_view title;    // "The KV cache is switched off"
  std::string_view problem;  // what happens without the fix
  std::string_view change;   // what we do
  // What transformers and vLLM do before and after; "" where it is nothing that loaders see.
  std::string_view loaders{};
};

std::span<const FixCode> fix_codes();

}  // namespace slipway::model
