// Zip archives of torch in a range of a file: no entry lies outside of it, and none is read beyond its end.
#include <cstdint>
#include <string>

#include "os/mem_file_system.h"
#include "run/training_args.h"
#include "tensor/zip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  os::MemFileSystem files;
  files.put("/alone", bytes);
  files.put("/inside", "head" + bytes + "tail");
  const auto inside = files.open_read("/inside").value();
  const auto archive = tensor::ZipArchive::open(*inside, 4, size);
  if (archive) {
    for (const tensor::ZipEntry& entry : archive->entries()) {
      if (!entry.stored) continue;
      SLIPWAY_CHECK(entry.offset_bytes >= 4 && entry.size_bytes <= size);
      SLIPWAY_CHECK(entry.offset_bytes - 4 <= size - entry.size_bytes);
    }
  } else {
    SLIPWAY_CHECK(archive.error().message.find('\n') == std::string::npos);
  }
  const auto alone = files.open_read("/alone").value();
  const auto args = run::read_training_args(*alone);
  SLIPWAY_CHECK(args || describe(args.error()).find('\n') == std::string::npos);
  return 0;
}
