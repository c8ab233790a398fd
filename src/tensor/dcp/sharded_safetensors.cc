#include "tensor/dcp/sharded_safetensors.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "os/path.h"
#include "slipway/json.h"
#include "tensor/piece_source.h"
#include "tensor/shard_name.h"
#include "tensor/tensor_name.h"

namespace slipway::tensor {
namespace {

constexpr std::string_view kInfoKey = "DCP_SHARDING_INFO";
constexpr std::uint64_t kExtentMax = 1ull << 40;

std::unexpected<Error> corrupt(std::string text) { return fail(ErrorCode::kCorruptData, std::move(text)); }

std::vector<std::uint64_t> packed_strides(const std::vector<std::uint64_t>& shape) {
  std::vector<std::uint64_t> strides(shape.size());
  for (std::size_t i = shape.size(), step = 1; i-- > 0; step *= std::max<std::uint64_t>(1, shape[i]))
    strides[i] = step;
  return strides;
}

class Gathering {
 public:
  explicit Gathering(os::FileSystem& fs) : fs_(fs) {}

  Result<void> take(const os::Path& folder, const std::string& name) {
    PieceFile file{.file = name, .path = os::join(folder, name)};
    SLIPWAY_ASSIGN(const auto opened, fs_.open_read(file.path));
    SLIPWAY_ASSIGN(file.stat, opened->stat());
    if (file.stat.kind != os::FileKind::kFile) return corrupt("is not a regular file");
    SLIPWAY_ASSIGN(const SafetensorsHeader header, read_safetensors_header(*opened, file.stat.size_bytes));
    const auto text = header.metadata.find(std::string(kInfoKey));
    if (text == header.metadata.end()) return corrupt(fmt::format("its __metadata__ has no {}", kInfoKey));
    const auto info = json::parse(text->second);
    if (!info || !info->is_object()) return corrupt(fmt::format("its {} is no JSON object", kInfoKey));
    for (const TensorInfo& tensor : header.tensors) {
      SLIPWAY_TRY_WITHIN(fmt::format("tensor {}", shown_name(tensor.name)), take_box(*info, tensor));
    }
    files_.push_back(std::move(file));
    return {};
  }

  Result<OpenedWeights> finish() {
    OpenedWeights opened;
    std::vector<PiecedTensor> tensors;
    for (auto& [name, tensor] : tensors_) {
      SLIPWAY_TRY_WITHIN(fmt::format("tensor {}", shown_name(name)), measure(tensor));
      tensors.push_back(std::move(tensor));
    }
    for (const PieceFile& file : files_) opened.set.files.push_back(file.file);
    opened.set.warnings.push_back(
        fmt::format("{}: how many ranks wrote these shards is told nowhere: of a last one that is lost "
                    "nothing but config.json can tell",
                    opened.set.files.front()));
    SLIPWAY_ASSIGN_WITHIN(opened.source, opened.set.files.front(),
                          make_piece_source(fs_, std::move(files_), std::move(tensors)));
    return opened;
  }

 private:
  static Result<std::vector<std::uint64_t>> offsets_of(const json::Value& info, const TensorInfo& tensor) {
    const json::Value* entry = info.find(tensor.name);
    const json::Value* offsets = entry == nullptr ? nullptr : entry->find("saved_offsets");
    if (offsets == nullptr || !offsets->is_array())
      return corrupt(fmt::format("{} says no saved_offsets", kInfoKey));
    std::vector<std::uint64_t> at;
    for (const json::Value& offset : offsets->items()) {
      const auto number = offset.as_int();
      const bool fits = number && *number >= 0 && static_cast<std::uint64_t>(*number) <= kExtentMax;
      if (!fits) return corrupt(fmt::format("its saved_offsets in {} are no places", kInfoKey));
      at.push_back(static_cast<std::uint64_t>(*number));
    }
    if (at.size() != tensor.shape.size())
      return corrupt(fmt::format("its saved_offsets in {} have another number of dimensions", kInfoKey));
    return at;
  }

  Result<void> take_box(const json::Value& info, const TensorInfo& box) {
    SLIPWAY_ASSIGN(std::vector<std::uint64_t> at, offsets_of(info, box));
    const auto [found, is_new] = tensors_.try_emplace(box.name);
    PiecedTensor& tensor = found->second;
    if (is_new) {
      tensor.info = {.name = box.name, .dtype = box.dtype, .shape = box.shape};
      tensor.grid.resize(box.shape.size());
    }
    if (tensor.info.dtype != box.dtype || tensor.grid.size() != at.size())
      return corrupt("has another dtype or rank than in the files before");
    if (dtype_bits(box.dtype) % 8 != 0)
      return fail(ErrorCode::kUnsupported, fmt::format("{} is not read in shards", dtype_name(box.dtype)));
    for (std::size_t i = 0; i < at.size(); ++i) {
      if (box.shape[i] > kExtentMax) return corrupt("reaches past all bounds");
      tensor.grid[i] = std::max(tensor.grid[i], at[i] + box.shape[i]);
    }
    tensor.pieces.push_back({.file = files_.size(),
                             .file_offset_bytes = box.file_offset_bytes,
                             .at = std::move(at),
                             .extent = box.shape,
                             .stride = packed_strides(box.shape)});
    return {};
  }

  Result<void> measure(PiecedTensor& tensor) {
    tensor.info.shape = tensor.grid;
    TensorSpec spec{.name = tensor.info.name, .dtype = tensor.info.dtype, .shape = tensor.info.shape};
    tensor.info.size_bytes = tensor_size_bytes(spec);
    const bool empty = std::ranges::find(tensor.grid, 0u) != tensor.grid.end();
    if (tensor.info.size_bytes == 0 && !empty) return corrupt("has more elements than can be counted");
    if (empty) tensor.info.file = files_[tensor.pieces.front().file].file;
    return {};
  }

  os::FileSystem& fs_;
  std::vector<PieceFile> files_{};
  std::map<std::string, PiecedTensor> tensors_{};
};

Result<std::vector<std::string>> shards_in(os::FileSystem& fs, const os::Path& folder,
                                           const std::string& below) {
  std::vector<std::string> names;
  const auto entries = fs.list(os::join(folder, below));
  if (!entries && entries.error().code == ErrorCode::kNotFound) return names;
  if (!entries) return std::unexpected(entries.error());
  for (const os::DirEntry& entry : *entries) {
    if (is_sharded_safetensors(entry.name))
      names.push_back(below.empty() ? entry.name : below + "/" + entry.name);
  }
  return names;
}

// A rank may have nothing for a file, but no file is of no rank; and all are of one save.
Result<void> check_numbers(const std::vector<std::string>& names) {
  const auto parsed = [](const std::string& name) { return *parse_shard_name(os::base_name(name)); };
  const std::uint64_t count = parsed(names.front()).count;
  std::set<std::uint64_t> there;
  for (const std::string& name : names) {
    const ShardName shard = parsed(name);
    if (shard.count != count)
      return std::unexpected(within(
          name, {ErrorCode::kCorruptData,
                 fmt::format("is of another save than {}: one of {} files, the other of {}; keep one save",
                             names.front(), shard.count, count)}));
    there.insert(shard.number);
  }
  for (std::uint64_t number = 1; number <= count; ++number) {
    if (there.contains(number)) continue;
    return std::unexpected(within(
        names.front(), {ErrorCode::kCorruptData,
                        fmt::format("no shard of file {} of {} is there: copy the files of all ranks here",
                                    number, count)}));
  }
  return {};
}

}  // namespace

bool is_sharded_safetensors(std::string_view file_name) {
  const auto name = parse_shard_name(file_name);
  return name && name->stem.starts_with("shard-") && name->stem.ends_with("-model");
}

Result<OpenedWeights> open_sharded_safetensors(os::FileSystem& fs, const os::Path& folder) {
  for (const char* below : {"", "sharded"}) {
    SLIPWAY_ASSIGN(const std::vector<std::string> names, shards_in(fs, folder, below));
    if (names.empty()) continue;
    SLIPWAY_TRY(check_numbers(names));
    Gathering gathering(fs);
    for (const std::string& name : names) SLIPWAY_TRY_WITHIN(name, gathering.take(folder, name));
    return gathering.finish();
  }
  return fail(ErrorCode::kNotFound, fmt::format("{} holds no sharded safetensors files", folder));
}

}  // namespace slipway::tensor
