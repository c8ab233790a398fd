// run/checkpoints.h - which folders of a run are its checkpoints, by their names.
//
// Contract   Trainer's checkpoint-N; accelerate's checkpoints/checkpoint_N, and step_N and epoch_N as its
//            scripts name them (torchtune's too). Names of two kinds do not tell which is newer: the kind
//            that stands first here counts, the others do not.
// Source     transformers.Trainer; accelerate.ProjectConfiguration(automatic_checkpoint_naming), its examples
// Threads    pure functions
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run/walk.h"

namespace slipway::run {

// Relative to the run, newest first; the second keeps those that hold safetensors weights.
std::vector<std::string> checkpoint_folders(const Walked& walked);
std::vector<std::string> usable_checkpoints(const Walked& walked);

// Whether a folder of the run, relative to it, has a checkpoint's name.
bool is_checkpoint(std::string_view folder);

// The folder that a checkpoint's own path says it is a checkpoint of; nullopt where its name is another.
std::optional<os::Path> run_around(const os::Path& folder);

// The training's step, where the name counts steps: N of checkpoint-N and step_N.
std::optional<std::int64_t> named_step(const os::Path& folder);

}  // namespace slipway::run
