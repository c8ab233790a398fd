// run/metadata_files.h - which small files of a model folder are read, and reading them.
//
// Limits     64 MiB a file
// Errors     kIo; what is not there or too large is left out
// Threads    value
#pragma once

#include <string_view>

#include "model/metadata.h"
#include "slipway/file_system.h"
#include "slipway/result.h"

namespace slipway::run {

inline constexpr std::uint64_t kMetadataBytesMax = 64u << 20;

// config.json, the tokenizer's files, ...: what a loader needs. Some are JSON objects by contract.
bool is_model_metadata(std::string_view name);
bool is_json_object_file(std::string_view name);

// Those of a folder, without looking at links: for a base model, which is only read from.
Result<model::Metadata> read_metadata(os::FileSystem& fs, const os::Path& folder);

}  // namespace slipway::run
