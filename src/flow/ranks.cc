#include "flow/ranks.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/error_table.h"
#include "base/hash.h"
#include "flow/state_folder.h"
#include "os/path.h"
#include "slipway/json.h"

namespace slipway::flow {
namespace {

constexpr int kResultFormat = 1;
constexpr std::uint64_t kResultBytesMax = 64u << 10;
constexpr os::Millis kLockPatience{10'000}, kLockPoll{20};
constexpr std::int64_t kClockStepMs = 20;  // of a process's start, as the kernel tells it

// Where rank 0 and the others meet.
struct Places {
  os::Path folder{};
  os::Path lock{};
  os::Path result{};
};

Places places_in(const StatePaths& state, const Rank& rank) {
  const os::Path folder = os::join(state.folder, "ranks");
  return {.folder = folder,
          .lock = os::join(folder, rank.launch + ".lock"),
          .result = os::join(folder, rank.launch + ".result")};
}

struct LeftResult {
  std::int64_t begun_ms = 0;
  std::int64_t ended_ms = 0;
  std::optional<Error> error{};
};

std::string print(const LeftResult& result) {
  json::Value value = json::Value::object(
      {{"format", kResultFormat}, {"begun", result.begun_ms}, {"ended", result.ended_ms}});
  if (result.error) {
    value.set("kind", error_kind(result.error->code));
    value.set("message", result.error->message);
    value.set("context", result.error->context);
  }
  return json::print_compact(value) + "\n";
}

std::string text_at(const json::Value& value, std::string_view key) {
  const json::Value* member = value.find(key);
  return member != nullptr && member->is_string() ? member->string() : "";
}

std::int64_t number_at(const json::Value& value, std::string_view key) {
  const json::Value* member = value.find(key);
  return member == nullptr ? 0 : member->as_int().value_or(0);
}

ErrorCode code_of(std::string_view kind) {
  for (const ErrorRow& row : error_rows())
    if (row.kind == kind) return row.code;
  return ErrorCode::kInternal;
}

// nullopt: nothing whole of this version is there.
std::optional<LeftResult> read_result(os::FileSystem& files, const os::Path& path) {
  const auto text = os::read_file(files, path, kResultBytesMax);
  if (!text) return std::nullopt;
  const auto value = json::parse(*text);
  if (!value || number_at(*value, "format") != kResultFormat) return std::nullopt;
  LeftResult result{.begun_ms = number_at(*value, "begun"), .ended_ms = number_at(*value, "ended")};
  if (const std::string kind = text_at(*value, "kind"); !kind.empty())
    result.error = Error{
        .code = code_of(kind), .message = text_at(*value, "message"), .context = text_at(*value, "context")};
  return result;
}

// The others try the lock too, for an instant each.
Result<std::unique_ptr<os::FileLock>> take_lock(os::World& world, const os::Path& path) {
  const os::Millis end = world.clock.steady() + kLockPatience;
  while (true) {
    auto lock = world.files.lock(path);
    if (lock || lock.error().code != ErrorCode::kBusy || world.clock.steady() >= end) return lock;
    world.executor.sleep(kLockPoll);
  }
}

Result<StatePaths> state_of(os::World& world, const os::Path& run) {
  const StatePaths inside = state_inside(run);
  if (os::make_dirs(world.files, os::join(inside.folder, "ranks"))) return inside;
  SLIPWAY_ASSIGN(StatePaths elsewhere, state_elsewhere(world, run));
  SLIPWAY_TRY(os::make_dirs(world.files, os::join(elsewhere.folder, "ranks")));
  return elsewhere;
}

class Waiting {
 public:
  Waiting(os::World& world, const os::Path& run, const Rank& rank)
      : world_(world), rank_(rank), began_ms_(world.clock.unix_ms()) {
    places_.push_back(places_in(state_inside(run), rank));
    if (const auto elsewhere = state_elsewhere(world, run)) places_.push_back(places_in(*elsewhere, rank));
  }

  Result<void> wait(os::Millis timeout) {
    const os::Millis begin = world_.clock.steady();
    while (true) {
      const bool alive = is_rank_zero_at_work();
      seen_ = seen_ || alive;
      const os::Millis waited = world_.clock.steady() - begin;
      if (!alive) {
        if (const auto result = left_result(waited)) return outcome(*result);
        if (seen_)
          return fail(ErrorCode::kUnavailable,
                      "rank 0 ended without leaving a result; what it printed last says why");
        if (waited >= timeout) return not_begun(timeout);
      }
      if (world_.executor.interrupted())
        return fail(ErrorCode::kInterrupted, "stopped while waiting for rank 0");
      world_.executor.sleep(kRankPoll);
    }
  }

 private:
  bool is_rank_zero_at_work() {
    return std::ranges::any_of(places_, [this](const Places& place) {
      if (!world_.files.stat(place.folder)) return false;
      const auto lock = world_.files.lock(place.lock);
      return !lock && lock.error().code == ErrorCode::kBusy;
    });
  }

  std::optional<LeftResult> left_result(os::Millis waited) {
    for (const Places& place : places_) {
      const auto result = read_result(world_.files, place.result);
      if (!result) continue;
      if (!rank_.unique && result->begun_ms + kClockStepMs < world_.launched_unix_ms) continue;
      const bool before_us = result->ended_ms < began_ms_;
      if (!rank_.unique && before_us && !seen_ && waited < kRankGrace) continue;
      return result;
    }
    return std::nullopt;
  }

  static Result<void> outcome(const LeftResult& result) {
    if (!result.error) return {};
    Error error = *result.error;
    error.message = fmt::format("rank 0 failed: {}", error.message);
    return std::unexpected(std::move(error));
  }

  Result<void> not_begun(os::Millis timeout) const {
    return fail(
        ErrorCode::kUnavailable,
        fmt::format("rank 0 has not begun within {} s; {} says that this is rank {}, which only waits: "
                    "unset it where no other copy was started",
                    timeout.count() / 1000, rank_.variable, rank_.number));
  }

  os::World& world_;
  const Rank& rank_;
  std::int64_t began_ms_;
  std::vector<Places> places_{};
  bool seen_ = false;  // rank 0 at work
};

// What earlier launches left: nobody waits for it any more.
void clear_old(os::World& world, const Places& places, const Rank& rank) {
  const auto entries = world.files.list(places.folder);
  if (!entries) return;
  for (const os::DirEntry& entry : *entries) {
    if (!entry.name.ends_with(".result") || entry.name == rank.launch + ".result") continue;
    const os::Path path = os::join(places.folder, entry.name);
    const auto result = read_result(world.files, path);
    constexpr std::int64_t kDayMs = 24 * 3600 * 1000;
    if (!result || result->ended_ms + kDayMs < world.clock.unix_ms()) (void)world.files.remove(path);
  }
}

}  // namespace

Result<std::optional<Rank>> find_rank(const os::Environment& environment) {
  Rank rank;
  std::string text;
  for (const std::string_view name : kRankVariables) {
    const auto value = environment.get(name);
    if (!value) continue;
    rank.variable = name;
    text = *value;
    break;
  }
  if (rank.variable.empty()) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rank.number);
  if (error != std::errc() || end != text.data() + text.size() || rank.number < 0)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} is '{:.40}', which is no rank; unset it where no launcher started this",
                            rank.variable, text));
  const auto of = [&](std::string_view name) { return environment.get(name).value_or(""); };
  std::string launch;
  if (const std::string id = of("TORCHELASTIC_RUN_ID"); !id.empty()) {
    launch = fmt::format("torch {} {} {} {}", id, of("TORCHELASTIC_RESTART_COUNT"), of("MASTER_ADDR"),
                         of("MASTER_PORT"));
  } else if (const std::string job = of("SLURM_JOB_ID"); !job.empty() && rank.variable == "SLURM_PROCID") {
    launch = fmt::format("slurm {} {} {}", job, of("SLURM_STEP_ID"), of("SLURM_RESTART_COUNT"));
    rank.unique = true;
  } else if (const std::string space = of("PMIX_NAMESPACE"); !space.empty()) {
    launch = fmt::format("pmix {}", space);
  } else {
    launch = fmt::format("other {} {}", of("MASTER_ADDR"), of("MASTER_PORT"));
  }
  rank.launch = sha256_hex(as_bytes(launch)).substr(0, 16);
  return rank;
}

Result<void> work_as_rank_zero(os::World& world, const os::Path& run, const Rank& rank,
                               const std::function<Result<void>()>& work) {
  const auto there = world.files.stat(run);
  if (!there || there->kind != os::FileKind::kDirectory) return work();
  SLIPWAY_ASSIGN(const StatePaths state, state_of(world, run));
  const Places places = places_in(state, rank);
  SLIPWAY_ASSIGN_WITHIN(const auto lock, "begin as rank 0", take_lock(world, places.lock));
  LeftResult result{.begun_ms = world.clock.unix_ms()};
  if (const auto gone = world.files.remove(places.result); !gone && gone.error().code != ErrorCode::kNotFound)
    return std::unexpected(gone.error());
  clear_old(world, places, rank);
  Result<void> done = work();
  result.ended_ms = world.clock.unix_ms();
  if (!done) result.error = done.error();
  const auto left = os::replace_file(world.files, places.result, as_bytes(print(result)));
  if (done && !left) return std::unexpected(left.error());
  return done;
}

Result<void> wait_for_rank_zero(os::World& world, const os::Path& run, const Rank& rank, os::Millis timeout) {
  return Waiting(world, run, rank).wait(timeout);
}

}  // namespace slipway::flow
