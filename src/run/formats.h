// run/formats.h - which checkpoint formats a folder's file names speak of.
//
// Source     docs/format/safetensors.md; transformers, accelerate and DeepSpeed write the others
// Threads    value
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "run/walk.h"

namespace slipway::run {

struct ForeignFormat {
  std::string format{};   // "torch", "dcp", "zero", "gguf"
  std::string file{};     // the first file that shows it
  std::string title{};    // "a PyTorch .bin checkpoint", for messages
  std::string way_out{};  // "save the model as safetensors"
};

// Formats known by name that are not read; several when several are there.
std::vector<ForeignFormat> foreign_formats(const Walked& walked);

// Whether the file belongs to weights of this format.
bool is_of_format(std::string_view format, const std::string& path);

// All the files of a pickled checkpoint beside the weights, with its index.
std::vector<std::string> torch_files(const Walked& walked);

}  // namespace slipway::run
