#include "flow/partial_file.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/whole_number.h"
#include "os/path.h"

namespace slipway::flow {
namespace {

constexpr std::uint64_t kStateBytesMax = 4u << 20;

std::optional<std::size_t> part_of_line(std::string_view line) {
  constexpr std::string_view kWord = "part ";
  if (!line.starts_with(kWord)) return std::nullopt;
  line.remove_prefix(kWord.size());
  return whole_number<std::size_t>(line);
}

}  // namespace

Result<void> remove_if_there(os::FileSystem& fs, const os::Path& path) {
  auto done = fs.remove(path);
  if (!done && done.error().code == ErrorCode::kNotFound) return {};
  return done;
}

Result<void> copy_file(os::FileSystem& fs, const os::Path& from, const os::Path& partial,
                       const os::Path& to) {
  SLIPWAY_TRY(remove_if_there(fs, partial));
  SLIPWAY_ASSIGN(const auto source, fs.open_read(from));
  SLIPWAY_ASSIGN(const os::FileStat stat, source->stat());
  {
    SLIPWAY_ASSIGN(const auto copy, fs.create_new(partial));
    SLIPWAY_TRY(copy->copy_range(*source, 0, 0, stat.size_bytes));
    SLIPWAY_TRY(copy->sync());
  }
  return fs.rename(partial, to);
}

PartialFile::PartialFile(os::FileSystem& fs, os::Path path, std::string digest, std::uint64_t size_bytes,
                         std::uint64_t part_bytes)
    : fs_(fs),
      path_(std::move(path)),
      state_path_(path_ + ".state"),
      digest_(std::move(digest)),
      size_bytes_(size_bytes),
      part_bytes_(part_bytes) {}

std::uint64_t PartialFile::end(std::size_t part) const {
  return std::min(size_bytes_, (part + 1) * part_bytes_);
}

std::string PartialFile::first_line() const {
  return fmt::format("slipway-partial 1 {} {} {}\n", digest_, size_bytes_, part_bytes_);
}

// A torn last line, or one that is none of ours, ends what is believed.
Result<std::vector<bool>> PartialFile::read_state(std::string_view text, std::uint64_t held_bytes) {
  std::vector<bool> durable(parts(), false);
  std::size_t at = first_line().size();
  while (at < text.size()) {
    const std::size_t end = text.find('\n', at);
    const auto part = end == std::string_view::npos ? std::nullopt : part_of_line(text.substr(at, end - at));
    if (!part || *part >= durable.size()) break;
    durable[*part] = this->end(*part) <= held_bytes;
    at = end + 1;
  }
  state_bytes_ = at;
  return durable;
}

Result<std::vector<bool>> PartialFile::open() {
  if (parts() <= 1) {
    SLIPWAY_TRY(begin_anew());
    return std::vector<bool>(parts(), false);
  }
  const auto state = os::read_file(fs_, state_path_, kStateBytesMax);
  const auto held = fs_.link_stat(path_);
  const bool ours = state && state->starts_with(first_line()) && held && held->kind == os::FileKind::kFile;
  if (!ours) {
    SLIPWAY_TRY(begin_anew());
    return std::vector<bool>(parts(), false);
  }
  SLIPWAY_ASSIGN(state_, fs_.open_write(state_path_));
  return read_state(*state, held->size_bytes);
}

Result<void> PartialFile::begin_anew() {
  SLIPWAY_TRY(drop());
  SLIPWAY_ASSIGN(const auto bytes, fs_.create_new(path_));
  SLIPWAY_TRY(bytes->preallocate(size_bytes_));
  if (parts() <= 1) return {};
  SLIPWAY_ASSIGN(state_, fs_.create_new(state_path_));
  const std::string line = first_line();
  SLIPWAY_TRY(state_->write_at(0, as_bytes(line)));
  state_bytes_ = line.size();
  return {};
}

Result<void> PartialFile::mark(std::size_t part) {
  if (!state_) return {};
  const std::string line = fmt::format("part {}\n", part);
  SLIPWAY_TRY(state_->write_at(state_bytes_, as_bytes(line)));
  state_bytes_ += line.size();
  return {};
}

Result<void> PartialFile::take_name(const os::Path& target) {
  SLIPWAY_TRY(fs_.rename(path_, target));
  if (!state_) return {};
  state_.reset();
  return remove_if_there(fs_, state_path_);
}

Result<void> PartialFile::drop() {
  state_.reset();
  if (parts() > 1) SLIPWAY_TRY(remove_if_there(fs_, state_path_));
  return remove_if_there(fs_, path_);
}

}  // namespace slipway::flow
