#include "run/checkpoints.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <ranges>

#include "os/path.h"

namespace slipway::run {
namespace {

constexpr std::string_view kHere = ".";

struct Kind {
  std::string_view prefix;   // of the folder's name; a number follows
  std::string_view below{};  // the folder of the run that it lies in
  bool counts_steps = false;
};
constexpr auto kKinds = std::to_array<Kind>({{.prefix = "checkpoint-", .counts_steps = true},
                                             {.prefix = "checkpoint_", .below = "checkpoints"},
                                             {.prefix = "step_", .counts_steps = true},
                                             {.prefix = "epoch_"}});

std::optional<std::int64_t> number_after(std::string_view prefix, std::string_view name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  std::int64_t number = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool whole = parsed.ec == std::errc{} && parsed.ptr == name.data() + name.size();
  return whole && name.front() != '-' ? std::optional(number) : std::nullopt;
}

std::optional<std::int64_t> number_in_run(const Kind& kind, std::string_view folder) {
  const std::string_view place = kind.below.empty() ? kHere : kind.below;
  return os::parent(folder) == place ? number_after(kind.prefix, os::base_name(folder)) : std::nullopt;
}

// FSDP and DeepSpeed keep a checkpoint's weights in a folder of its own, which may be what is given.
constexpr auto kInside =
    std::to_array<std::string_view>({"pytorch_model_fsdp_0", "pytorch_model", "sharded", "global_step"});

os::Path checkpoint_of(const os::Path& folder) {
  const std::string name = os::base_name(folder);
  const bool inside = std::ranges::any_of(kInside, [&](std::string_view known) {
    return name == known || (known == "global_step" && number_after(known, name).has_value());
  });
  return inside ? os::parent(folder) : folder;
}

const Kind* kind_of(const os::Path& folder) {
  const auto found = std::ranges::find_if(kKinds, [&](const Kind& kind) {
    const bool lies_there = kind.below.empty() || os::base_name(os::parent(folder)) == kind.below;
    return lies_there && number_after(kind.prefix, os::base_name(folder)).has_value();
  });
  return found == kKinds.end() ? nullptr : &*found;
}

// Every folder of the first and second level that may be one.
std::vector<std::string> candidates(const Walked& walked) {
  std::vector<std::string> found = walked.folders;
  for (const RunFile& file : walked.files) {
    const std::size_t first = file.path.find('/');
    const std::size_t second = first == std::string::npos ? first : file.path.find('/', first + 1);
    if (second == std::string::npos) continue;
    std::string folder = file.path.substr(0, second);  // files are sorted: a folder's stand together
    if (found.empty() || found.back() != folder) found.push_back(std::move(folder));
  }
  return found;
}

bool holds(const Walked& walked, const std::string& path) {
  return std::ranges::binary_search(walked.files, path, {}, &RunFile::path);
}

}  // namespace

std::vector<std::string> checkpoint_folders(const Walked& walked) {
  const std::vector<std::string> all = candidates(walked);
  for (const Kind& kind : kKinds) {
    const auto number = [&kind](const std::string& name) { return number_in_run(kind, name); };
    std::vector<std::string> found;
    std::ranges::copy_if(all, std::back_inserter(found),
                         [&](const std::string& name) { return number(name).has_value(); });
    std::ranges::sort(found, std::ranges::greater{}, number);
    if (!found.empty()) return found;
  }
  return {};
}

std::vector<std::string> usable_checkpoints(const Walked& walked) {
  std::vector<std::string> usable = checkpoint_folders(walked);
  std::erase_if(usable, [&](const std::string& folder) {
    return !holds(walked, folder + "/model.safetensors") &&
           !holds(walked, folder + "/model.safetensors.index.json") &&
           !holds(walked, folder + "/adapter_model.safetensors");
  });
  return usable;
}

bool is_checkpoint(std::string_view folder) {
  return std::ranges::any_of(kKinds,
                             [&](const Kind& kind) { return number_in_run(kind, folder).has_value(); });
}

std::optional<os::Path> run_around(const os::Path& folder) {
  const os::Path checkpoint = checkpoint_of(folder);
  const Kind* kind = kind_of(checkpoint);
  if (kind == nullptr) return checkpoint == folder ? std::nullopt : std::optional(checkpoint);
  return kind->below.empty() ? os::parent(checkpoint) : os::parent(os::parent(checkpoint));
}

std::optional<std::int64_t> named_step(const os::Path& folder) {
  const os::Path checkpoint = checkpoint_of(folder);
  const Kind* kind = kind_of(checkpoint);
  if (kind == nullptr || !kind->counts_steps) return std::nullopt;
  return number_after(kind->prefix, os::base_name(checkpoint));
}

}  // namespace slipway::run
