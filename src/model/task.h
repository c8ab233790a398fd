// model/task.h - what a model is for, in the Hub's words: narrower than its kind.
//
// Contract   From the class that the config names and the modules of sentence-transformers; an adapter's from
//            its `task_type`, with the config of its base. What nothing tells is told by the kind.
// Threads    value
#pragma once

#include <string_view>

#include "model/metadata.h"

namespace slipway::model {

// "token-classification"; "" when not known.
std::string_view task_of(const Metadata& run, const json::Value& config, ModelKind kind);

bool has_modules(const Metadata& run);          // a folder of sentence-transformers
bool names_code(const json::Value& config);     // `auto_map`: classes that lie beside it
std::string_view pipeline_tag(ModelKind kind);  // "text-generation"; "" when not known

}  // namespace slipway::model
