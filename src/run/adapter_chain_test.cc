#include "run/adapter_chain.h"

#include <gtest/gtest.h>

#include "os/mem_file_system.h"
#include "os/observed_file_system.h"
#include "os/virtual_executor.h"

namespace slipway::run {
namespace {

class NoListing final : public os::ObservedFileSystem {
 public:
  using ObservedFileSystem::ObservedFileSystem;
  Result<void> before(os::FileCall call, const os::Path& path) override {
    return call == os::FileCall::kList ? fail(ErrorCode::kIo, path + ": listed") : Result<void>();
  }
};

TEST(AdapterChain, WalksABaseOnlyWhereATraceOfTrainingLiesInIt) {
  os::MemFileSystem disk;
  NoListing observed(disk);
  disk.put("/data/base/config.json", "{}");
  const RunFacts run{.folder = "/run", .adapter = AdapterFacts{.base = "/data/base"}};
  const auto chain = [&] { return find_adapter_chain(observed, os::FixedEnvironment(), run, ""); };
  ASSERT_TRUE(chain());
  EXPECT_FALSE(*chain());
  disk.put("/data/base/adapter_config.json", "{}");
  EXPECT_FALSE(chain());
}

}  // namespace
}  // namespace slipway::run
