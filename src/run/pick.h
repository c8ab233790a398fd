// run/pick.h - which folder of a run holds the model: the run itself, else one of its checkpoints.
//
// Contract   A run with whole weights of its own is taken. Else the checkpoint that trainer_state.json calls
//            the best, else the newest; those of which the weights are missing, cut off, empty or contradict
//            themselves are passed over. `notes` say what was taken and why everything before it was not.
//            Where no checkpoint is whole the run itself is the answer: its own problems tell.
// Cost       one inspection of each folder looked at
// Errors     as inspect()
// Threads    value
#pragma once

#include "run/run.h"

namespace slipway::run {

struct Picked {
  os::Path folder{};
  std::vector<Problem> notes{};  // mild: "checkpoint-picked", "checkpoint-passed-over"
};
bool is_note_of_choice(std::string_view code);

Result<Picked> pick(os::FileSystem& fs, const os::Path& folder,
                    const std::vector<os::Path>& followed_links = {});

// The facts of the picked folder, with the notes among its problems.
Result<RunFacts> inspect_picked(os::FileSystem& fs, const os::Path& folder,
                                const std::vector<os::Path>& followed_links = {});

}  // namespace slipway::run
