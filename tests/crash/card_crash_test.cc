// Goal: no failed call and no power cut while a card is written touches another file or loses the old card;
//       nor does a card ever show a picture that is not there.
// Method: as publish_crash_test.cc; after each cut the card is written again, then undone.
#include <gtest/gtest.h>

#include "flow/card.h"
#include "flow/undo.h"
#include "os/faulty_file_system.h"
#include "support/hub_ground.h"

namespace slipway::flow {
namespace {

using testing::Publisher;
using testing::run_tree;

const std::string kRun = "/runs/lora";

Result<CardResult> card_on(Publisher& publisher, os::FileSystem& files) {
  os::World world = publisher.parts().world_on(files);
  hub::Client client(world, testing::test_client());
  return renew_card(world, client, {.run = kRun, .base = "/bases/tiny-qwen", .jobs = 1});
}

TEST(CardCrash, WritesTheSameCardAndNothingElseWhicheverCallFails) {
  Publisher whole(nullptr);
  const os::MemTree before = run_tree(whole.disk(), kRun);
  ASSERT_TRUE(card_on(whole, whole.disk()));
  const os::MemTree after = run_tree(whole.disk(), kRun);
  ASSERT_NE(after, before);
  os::MemTree drawn = before;  // the picture lies there, the card is the old one
  drawn.insert(*after.find(kRun + "/loss-curve.svg"));
  std::uint64_t fail_at = 0;
  for (;; ++fail_at) {
    Publisher publisher(nullptr);
    os::FaultyFileSystem faulty(publisher.disk(), fail_at, os::FaultyFileSystem::Mode::kPersistent);
    (void)card_on(publisher, faulty).has_value();
    if (!faulty.fired()) break;
    publisher.disk().crash();
    SCOPED_TRACE(::testing::Message() << "failing call " << fail_at << ": " << faulty.failed_call());
    const os::MemTree cut = run_tree(publisher.disk(), kRun);
    ASSERT_TRUE(cut == before || cut == drawn || cut == after);
    const auto again = card_on(publisher, publisher.disk());
    ASSERT_TRUE(again) << describe(again.error());
    ASSERT_EQ(run_tree(publisher.disk(), kRun), after);
    os::World world = publisher.parts().world();
    ASSERT_TRUE(undo(world, kRun));
    ASSERT_EQ(run_tree(publisher.disk(), kRun), before);
  }
  EXPECT_GT(fail_at, 50u);
}

}  // namespace
}  // namespace slipway::flow
