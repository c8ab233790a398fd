// Replays the committed corpus of every fuzz target: what was found once is never lost again.
#include <gtest/gtest.h>

#include "os/path.h"
#include "os/posix_file_system.h"
#include "support/source_dir.h"

#define TARGET(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
FUZZ_TARGETS
#undef TARGET

namespace slipway {
namespace {

using Target = int (*)(const std::uint8_t*, std::size_t);
struct Row {
  const char* name;
  Target run;
};
constexpr Row kTargets[] = {
#define TARGET(name) {#name, &fuzz_##name},
    FUZZ_TARGETS
#undef TARGET
};

class FuzzReplay : public ::testing::TestWithParam<Row> {};

TEST_P(FuzzReplay, SurvivesItsCorpus) {
  os::PosixFileSystem files;
  const std::string folder = slipway::testing::source_dir() + "/tests/fuzz/corpus/" + GetParam().name;
  const auto entries = files.list(folder);
  ASSERT_TRUE(entries) << describe(entries.error());
  ASSERT_FALSE(entries->empty());
  for (const os::DirEntry& entry : *entries) {
    SCOPED_TRACE(entry.name);
    const std::string text = os::read_file(files, folder + "/" + entry.name, 64u << 20).value();
    // And every cut of it: a parser must stand an end anywhere.
    for (std::size_t size = 0; size <= text.size(); size += std::max<std::size_t>(1, text.size() / 64)) {
      GetParam().run(reinterpret_cast<const std::uint8_t*>(text.data()), size);
    }
    GetParam().run(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzReplay, ::testing::ValuesIn(kTargets),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace slipway
