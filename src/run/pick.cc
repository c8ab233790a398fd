#include "run/pick.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "os/path.h"
#include "run/checkpoints.h"
#include "run/weights.h"
#include "slipway/json.h"
#include "tensor/tensor_name.h"

namespace slipway::run {
namespace {

// What says that weights are not there, not whole or not readable; another folder may hold them.
constexpr auto kNotWhole =
    std::to_array<std::string_view>({"no-weights", "weights-damaged", "adapter-without-weights",
                                     "adapter-without-config", "format-not-read"});

std::optional<Problem> why_not(const RunFacts& facts) {
  const auto found = std::ranges::find_if(facts.problems, [](const Problem& problem) {
    return std::ranges::find(kNotWhole, problem.code) != kNotWhole.end();
  });
  if (found != facts.problems.end()) return *found;
  const tensor::TensorInfo* empty = find_placeholder(facts);
  if (empty == nullptr) return std::nullopt;
  return Problem{.code = "weights-damaged",
                 .file = empty->file,
                 .message = fmt::format("{} in {} is a placeholder of ZeRO-3 without values",
                                        tensor::shown_name(empty->name), empty->file)};
}

// Adapters in folders of their own are a choice that only the user can make.
bool holds_adapters_below(const RunFacts& facts) {
  return std::ranges::any_of(facts.files, [](const RunFile& file) {
    constexpr std::string_view kConfig = "/adapter_config.json";
    return file.path.ends_with(kConfig) && std::ranges::count(file.path, '/') == 1 &&
           !is_checkpoint(file.path.substr(0, file.path.find('/')));
  });
}

// "checkpoint-40" of the trainer's own log.
std::string best_of(const RunFacts& facts) {
  for (const auto& [name, text] : facts.metadata.files) {
    if (os::base_name(name) != "trainer_state.json") continue;
    const auto state = json::parse(text, {.allow_nan = true});
    const json::Value* best = state ? state->find("best_model_checkpoint") : nullptr;
    if (best != nullptr) return os::base_name(best->string());
  }
  return "";
}

class Picking {
 public:
  Picking(os::FileSystem& fs, const os::Path& folder, const std::vector<os::Path>& followed)
      : fs_(fs), folder_(folder), followed_(followed) {}

  Result<RunFacts> run() {
    SLIPWAY_ASSIGN(RunFacts own, inspect(fs_, folder_, followed_));
    const auto reason = why_not(own);
    if (!reason || own.checkpoints.empty() || holds_adapters_below(own)) return own;
    const bool unwritten = reason->code == "no-weights";
    const std::string why = unwritten ? "training wrote no model there" : reason->message;
    const std::string best = best_of(own);
    for (const std::string& name : in_order(own.checkpoints, best)) {
      SLIPWAY_ASSIGN(RunFacts facts, inspect(fs_, os::join(folder_, name), followed_));
      const auto problem = why_not(facts);
      if (!problem && facts.weights) return taken(std::move(facts), name, name == best, why);
      pass_over(name, problem ? problem->message : "its weights cannot be read");
    }
    return none_whole(std::move(own));
  }

 private:
  static std::vector<std::string> in_order(std::vector<std::string> newest_first, const std::string& best) {
    std::ranges::stable_partition(newest_first, [&](const std::string& name) { return name == best; });
    return newest_first;
  }

  RunFacts none_whole(RunFacts own) const {
    for (Problem& problem : own.problems) {
      if (problem.code != "no-weights") continue;
      problem.message = fmt::format("{} holds no weights, and no checkpoint in it is whole: {}", folder_,
                                    notes_.front().message);
    }
    own.problems.insert(own.problems.end(), notes_.begin(), notes_.end());
    return own;
  }

  void pass_over(const std::string& name, const std::string& why) {
    notes_.push_back({.code = "checkpoint-passed-over",
                      .file = name,
                      .message = fmt::format("{} is passed over: {}", name, why)});
  }

  RunFacts taken(RunFacts facts, const std::string& name, bool best, const std::string& why) {
    const std::string_view rank =
        best ? "the best one by trainer_state.json" : "the newest one that is whole";
    notes_.insert(notes_.begin(), {.code = "checkpoint-picked",
                                   .file = name,
                                   .message = fmt::format("{} is taken, {}, in place of {} itself: {}", name,
                                                          rank, folder_, why)});
    facts.problems.insert(facts.problems.begin(), notes_.begin(), notes_.end());
    return facts;
  }

  os::FileSystem& fs_;
  const os::Path& folder_;
  const std::vector<os::Path>& followed_;
  std::vector<Problem> notes_{};
};

}  // namespace

bool is_note_of_choice(std::string_view code) { return code.starts_with("checkpoint-p"); }

Result<RunFacts> inspect_picked(os::FileSystem& fs, const os::Path& folder,
                                const std::vector<os::Path>& followed_links) {
  return Picking(fs, folder, followed_links).run();
}

Result<Picked> pick(os::FileSystem& fs, const os::Path& folder, const std::vector<os::Path>& followed_links) {
  SLIPWAY_ASSIGN(RunFacts facts, inspect_picked(fs, folder, followed_links));
  Picked picked{.folder = facts.folder};
  std::ranges::copy_if(facts.problems, std::back_inserter(picked.notes), is_note_of_choice, &Problem::code);
  return picked;
}

}  // namespace slipway::run
