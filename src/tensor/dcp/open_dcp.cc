#include "tensor/dcp/open_dcp.h"

#include <algorithm>
#include <iterator>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/glob.h"
#include "os/path.h"
#include "tensor/dcp/weights_of.h"
#include "tensor/piece_source.h"
#include "tensor/tensor_name.h"
#include "tensor/torch/torch_dtype.h"
#include "tensor/torch/torch_file.h"

namespace slipway::tensor {
namespace {

constexpr std::string_view kMetadataName = ".metadata";
constexpr std::string_view kItemFiles = "__*_*.distcp";
constexpr std::size_t kNamedMax = 5;

std::unexpected<Error> corrupt(std::string text) { return fail(ErrorCode::kCorruptData, std::move(text)); }

class Assembling {
 public:
  Assembling(os::FileSystem& fs, os::Path folder, std::string below)
      : fs_(fs), folder_(std::move(folder)), below_(std::move(below)) {}

  Result<OpenedWeights> open() {
    SLIPWAY_ASSIGN_WITHIN(const DcpMetadata metadata, shown(kMetadataName), read_metadata());
    SLIPWAY_ASSIGN_WITHIN(const DcpWeights chosen, shown(kMetadataName), weights_of(metadata));
    for (const DcpWeight& weight : chosen.weights) {
      SLIPWAY_TRY_WITHIN(fmt::format("{}: tensor {}", shown(kMetadataName), shown_name(weight.name)),
                         describe_tensor(metadata.tensors[weight.tensor], weight.name));
    }
    SLIPWAY_TRY(find_files());
    for (std::size_t file = 0; file < files_.size(); ++file)
      SLIPWAY_TRY_WITHIN(files_[file].file, read_items(file));
    return finish(chosen);
  }

 private:
  // Where a box of which tensor lies in a file.
  struct Wanted {
    std::size_t tensor = 0;
    const DcpBox* box = nullptr;
  };

  std::string shown(std::string_view name) const {
    return below_.empty() ? std::string(name) : fmt::format("{}/{}", below_, name);
  }
  os::Path path_of(std::string_view name) const { return os::join(folder_, shown(name)); }

  Result<DcpMetadata> read_metadata() {
    SLIPWAY_ASSIGN(const std::string text, os::read_file(fs_, path_of(kMetadataName), kDcpMetadataBytesMax));
    return parse_dcp_metadata(as_bytes(text));
  }

  Result<void> describe_tensor(const DcpTensor& stored, const std::string& name) {
    SLIPWAY_ASSIGN(const Dtype dtype, dtype_of_torch(stored.dtype));
    if (dtype_bits(dtype) % 8 != 0)
      return fail(ErrorCode::kUnsupported, fmt::format("torch.{} is not read in shards", stored.dtype));
    PiecedTensor tensor{.info = {.name = name, .dtype = dtype, .shape = stored.shape}, .grid = stored.shape};
    tensor.info.size_bytes = tensor_size_bytes({name, dtype, stored.shape});
    const bool empty = std::ranges::find(stored.shape, 0u) != stored.shape.end();
    if (tensor.info.size_bytes == 0 && !empty) return corrupt("has more elements than can be counted");
    for (const DcpBox& box : stored.boxes) {
      if (std::ranges::find(box.extent, 0u) != box.extent.end()) continue;
      if (!box.item->transforms.empty()) {
        return fail(ErrorCode::kUnsupported,
                    fmt::format("its bytes in {} went through {} (transform_descriptors): save it without "
                                "stream transforms, or convert it with dcp_to_torch_save",
                                box.item->file, shown_name(box.item->transforms)));
      }
      wanted_[box.item->file].push_back({tensors_.size(), &box});
    }
    if (empty) tensor.info.file = shown(kMetadataName);
    tensors_.push_back(std::move(tensor));
    return {};
  }

  // Each rank writes files of its own, perhaps onto a disk of its own.
  Result<void> find_files() {
    std::vector<std::string> missing;
    for (const auto& [name, items] : wanted_) {
      const auto stat = fs_.stat(path_of(name));
      if (!stat && stat.error().code != ErrorCode::kNotFound) return std::unexpected(stat.error());
      if (!stat || stat->kind != os::FileKind::kFile) {
        missing.push_back(shown(name));
      } else {
        files_.push_back({.file = shown(name), .path = path_of(name), .stat = *stat});
        file_items_.push_back(&items);
      }
    }
    if (missing.empty()) return {};
    const std::size_t named = std::min(missing.size(), kNamedMax);
    const std::string more =
        missing.size() > named ? fmt::format(" and {} more", missing.size() - named) : "";
    return std::unexpected(within(
        shown(kMetadataName),
        Error{.code = ErrorCode::kCorruptData,
              .message =
                  fmt::format("names {}{}, which {} not there: copy the files of all ranks here",
                              fmt::join(missing.begin(), missing.begin() + static_cast<long>(named), ", "),
                              more, missing.size() == 1 ? "is" : "are")}));
  }

  Result<void> read_items(std::size_t index) {
    SLIPWAY_ASSIGN(const auto file, fs_.open_read(files_[index].path));
    SLIPWAY_ASSIGN(files_[index].stat, file->stat());
    for (const Wanted& wanted : *file_items_[index]) {
      PiecedTensor& tensor = tensors_[wanted.tensor];
      SLIPWAY_TRY_WITHIN(fmt::format("tensor {}", shown_name(tensor.info.name)),
                         take_box(*file, index, *wanted.box, tensor));
    }
    return {};
  }

  Result<void> take_box(os::ReadFile& file, std::size_t index, const DcpBox& box, PiecedTensor& tensor) {
    const DcpItem& item = *box.item;
    const auto end = checked_add(item.offset_bytes, item.length_bytes);
    if (!end || *end > files_[index].stat.size_bytes) {
      return corrupt(
          fmt::format("the file ends at byte {}, though its item reaches from {} over {} bytes: "
                      "copy the file again, or the save did not end",
                      files_[index].stat.size_bytes, item.offset_bytes, item.length_bytes));
    }
    SLIPWAY_ASSIGN(const TorchFile archive, TorchFile::open(file, item.offset_bytes, item.length_bytes));
    SLIPWAY_ASSIGN(const TorchTensor stored, archive.tensor(archive.graph().root()));
    if (stored.dtype != tensor.info.dtype || stored.grid != box.extent) {
      return corrupt(
          fmt::format("the item at byte {} holds a tensor of another dtype or shape than "
                      "{} says: the files are of different saves",
                      item.offset_bytes, kMetadataName));
    }
    tensor.pieces.push_back({.file = index,
                             .file_offset_bytes = stored.offset_bytes,
                             .at = box.at,
                             .extent = box.extent,
                             .stride = stored.stride,
                             .swap = stored.swap});
    return {};
  }

  Result<OpenedWeights> finish(const DcpWeights& chosen) {
    OpenedWeights opened;
    opened.set.files.push_back(shown(kMetadataName));
    for (const PieceFile& file : files_) opened.set.files.push_back(file.file);
    if (!chosen.left_out.empty()) {
      opened.set.warnings.push_back(fmt::format("{}: {} {} training state or other data, and left out",
                                                shown(kMetadataName), fmt::join(chosen.left_out, ", "),
                                                chosen.left_out.size() == 1 ? "is" : "are"));
    }
    SLIPWAY_ASSIGN_WITHIN(opened.source, shown(kMetadataName),
                          make_piece_source(fs_, std::move(files_), std::move(tensors_)));
    return opened;
  }

  os::FileSystem& fs_;
  os::Path folder_;
  std::string below_;  // "pytorch_model_fsdp_0" or ""
  std::map<std::string, std::vector<Wanted>> wanted_{};
  std::vector<PieceFile> files_{};
  std::vector<const std::vector<Wanted>*> file_items_{};  // of each file
  std::vector<PiecedTensor> tensors_{};
};

struct Found {
  bool metadata = false;
  bool items = false;
};

Result<Found> look(os::FileSystem& fs, const os::Path& folder) {
  Found found;
  const auto entries = fs.list(folder);
  if (!entries && entries.error().code == ErrorCode::kNotFound) return found;
  if (!entries) return std::unexpected(entries.error());
  for (const os::DirEntry& entry : *entries) {
    found.metadata = found.metadata || entry.name == kMetadataName;
    found.items = found.items || glob_match(kItemFiles, entry.name);
  }
  return found;
}

}  // namespace

Result<OpenedWeights> open_dcp_weights(os::FileSystem& fs, const os::Path& folder) {
  for (const char* below : {"pytorch_model_fsdp_0", ""}) {
    const os::Path where = *below == '\0' ? folder : os::join(folder, below);
    SLIPWAY_ASSIGN(const Found found, look(fs, where));
    // A file of that name alone may be anybody's.
    if (found.metadata && (found.items || where != folder)) return Assembling(fs, folder, below).open();
    if (!found.items) continue;
    return std::unexpected(
        within(where == folder ? std::string(kMetadataName) : fmt::format("{}/{}", below, kMetadataName),
               Error{.code = ErrorCode::kCorruptData,
                     .message = "is not there, though .distcp files are: it is written last, so the save did "
                                "not end; take another checkpoint, or copy it here"}));
  }
  return fail(ErrorCode::kNotFound, fmt::format("{} holds no distributed checkpoint", folder));
}

}  // namespace slipway::tensor
