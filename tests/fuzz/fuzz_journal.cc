// A journal of arbitrary bytes is read, refused or cut, and what is read can be folded.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "flow/journal.h"
#include "flow/ledger.h"
#include "os/mem_file_system.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  os::MemFileSystem disk;
  disk.put("/state/journal", std::string_view(reinterpret_cast<const char*>(data), size));
  const auto records = flow::Journal::read(disk, "/state/journal");
  if (records) (void)flow::fold(*records).has_value();
  return 0;
}
