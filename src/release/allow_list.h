// release/allow_list.h - which files of a run a release sends.
//
// Contract   What the run's own configs name is needed to load it: code by auto_map, folders by modules.json.
// Threads    value
// Source     docs/format/release.md
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "run/run.h"

namespace slipway::release {

// What only the run's configs can tell.
struct NamedParts {
  bool code = false;                   // Python of its own, beside the configs
  std::vector<std::string> folders{};  // modules of sentence-transformers: "1_Pooling"
};
NamedParts parts_named_by(const run::RunFacts& run);

bool is_code(std::string_view path, const NamedParts& parts);
bool is_published(std::string_view path, const NamedParts& parts);

}  // namespace slipway::release
