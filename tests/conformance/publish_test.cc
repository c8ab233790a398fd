// What `publish` promises, against the embedded Hub, on a disk in memory.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "flow/undo.h"
#include "support/publish_ground.h"
#include "support/safetensors_file.h"

namespace slipway::flow {
namespace {

using os::Mishap;
using testing::Publisher;

std::set<std::string> paths_of(const PublishResult& result) {
  std::set<std::string> paths;
  for (const ReleasedFile& file : result.files) paths.insert(file.path);
  return paths;
}

TEST_F(PublishTest, MakesOneCommitThatHoldsTheWholeRelease) {
  const auto result = publisher_.publish(full());
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_TRUE(result->changed);
  EXPECT_TRUE(result->made_private);
  EXPECT_EQ(commits("me/tiny"), 2u);  // the Hub's own first one, and ours
  const auto tree = testing::remote_tree(hub_.transport(), "me/tiny");
  for (const ReleasedFile& file : result->files) EXPECT_TRUE(tree.contains(file.path)) << file.path;
  EXPECT_FALSE(tree.contains("training_args.bin"));
  EXPECT_FALSE(tree.contains("trainer_state.json"));
  EXPECT_EQ(result->stops.ids, (std::vector<model::TokenId>{0, 2}));
}

TEST_F(PublishTest, SendsWhatTheConfigsNameAndWhatTheCallerAdds) {
  const auto put = [this](const char* name, std::string text) {
    publisher_.disk().put(std::string("/runs/chatml-full/") + name, std::move(text));
  };
  put("preprocessor_config.json", R"({"auto_map": {"AutoProcessor": "processing_x.XProcessor"}})");
  put("processing_x.py", "pass\n");
  put("modules.json", R"([{"path": "2_Dense", "type": "sentence_transformers.models.Dense"}])");
  put("2_Dense/model.safetensors",
      testing::safetensors_file({{"linear.weight", tensor::Dtype::kF32, {1, 2}}}));
  put("ema.safetensors", testing::safetensors_file({{"w", tensor::Dtype::kF32, {1, 2}}}));
  put("old.safetensors", "");
  PublishOptions options = full();
  options.add = {"ema.*"};
  const auto result = publisher_.publish(options);
  ASSERT_TRUE(result) << describe(result.error());
  const auto paths = paths_of(*result);
  for (const char* name : {"processing_x.py", "2_Dense/model.safetensors", "ema.safetensors"})
    EXPECT_TRUE(paths.contains(name)) << name;
  EXPECT_FALSE(paths.contains("old.safetensors"));
  const auto warning = std::ranges::find(result->warnings, "custom-code", &model::Warning::code);
  ASSERT_NE(warning, result->warnings.end());
  EXPECT_NE(warning->message.find("processing_x.py"), std::string::npos);
}

TEST_F(PublishTest, CreatesTheBranchThatIsAskedForAndLeavesMainAsItIs) {
  PublishOptions options = full();
  options.revision = "candidate/1";
  const auto result = publisher_.publish(options);
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(commits("me/tiny"), 1u);
  EXPECT_EQ(commits("me/tiny", "candidate/1"), 2u);
}

TEST_F(PublishTest, ASecondTimeMakesNoCommitAlsoFromAFreshCopy) {
  const auto first = publisher_.publish(full());
  ASSERT_TRUE(first);
  const auto again = publisher_.publish(full());
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_FALSE(again->changed);
  EXPECT_TRUE(again->fixes.empty());
  Publisher fresh(&hub_.transport());
  const auto copy = fresh.publish(full());
  ASSERT_TRUE(copy) << describe(copy.error());
  EXPECT_FALSE(copy->changed);
  EXPECT_EQ(copy->commit, first->commit);
  EXPECT_EQ(commits("me/tiny"), 2u);
}

TEST_F(PublishTest, SendsNotOneRequestWhenNobodyAskedForAPush) {
  PublishOptions options = full();
  options.push.reset();
  options.recipe.push_to_hub = false;
  options.recipe.hub_model_id = "me/tiny";
  const auto result = publisher_.publish(options);
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(publisher_.transport().requests().size(), 0u);
  EXPECT_FALSE(result->pushed);
}

TEST_F(PublishTest, ADryRunTouchesNothingAndTellsWhatTheRealRunDoes) {
  for (const PublishOptions& real : {full(), adapter()}) {
    PublishOptions dry = real;
    dry.dry_run = true;
    const std::uint64_t changes = publisher_.disk().changes();
    publisher_.transport().clear();
    const auto told = publisher_.publish(dry);
    ASSERT_TRUE(told) << describe(told.error());
    EXPECT_EQ(publisher_.disk().changes(), changes);
    for (const os::RecordedRequest& request : publisher_.transport().requests())
      EXPECT_EQ(request.method, "GET") << request.url;
    const auto done = publisher_.publish(real);
    ASSERT_TRUE(done) << describe(done.error());
    EXPECT_EQ(told->fixes, done->fixes);
    EXPECT_EQ(told->deleted, done->deleted);
    ASSERT_EQ(told->files.size(), done->files.size());
    for (std::size_t i = 0; i < done->files.size(); ++i) {
      EXPECT_EQ(told->files[i].path, done->files[i].path);
      EXPECT_EQ(told->files[i].sha256, done->files[i].sha256);
      EXPECT_EQ(told->files[i].origin, done->files[i].origin);
    }
  }
}

TEST_F(PublishTest, AnAdapterReleaseHoldsNoTensorOfTheBase) {
  const auto result = publisher_.publish(adapter());
  ASSERT_TRUE(result) << describe(result.error());
  const auto paths = paths_of(*result);
  EXPECT_FALSE(paths.contains("config.json"));
  EXPECT_FALSE(paths.contains("model.safetensors"));
  EXPECT_TRUE(paths.contains("generation_config.json"));
  const auto weights = tensor::open_weights(publisher_.disk(), "/runs/lora", "adapter_model").value();
  for (const auto& info : weights.source->catalogue())
    EXPECT_NE(info.name.find(".lora_"), std::string::npos) << info.name;
}

TEST_F(PublishTest, ALostReplyNeverDoublesACommit) {
  mishap_for("POST", "/commit/", {.kind = Mishap::Kind::kLostReply}, 1);
  const auto result = publisher_.publish(full());
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(commits("me/tiny"), 2u);
  EXPECT_EQ(publisher_.transport().count("POST", "/commit/"), 1u);
}

TEST_F(PublishTest, ACommitThatNeverArrivedIsSentAgain) {
  mishap_for("POST", "/commit/", {.kind = Mishap::Kind::kStatus, .status = 503}, 2);
  const auto result = publisher_.publish(full());
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(publisher_.transport().count("POST", "/commit/"), 3u);
  EXPECT_EQ(commits("me/tiny"), 2u);
}

TEST_F(PublishTest, AMovedBranchIsAConflictUnlessReplanned) {
  ASSERT_TRUE(publisher_.publish(full()));
  Publisher other(&hub_.transport());
  other.disk().put("/note/NOTE.md", "by somebody else");
  Publisher fresh(&hub_.transport());
  PublishOptions options = full();
  options.tags = {"new-tag"};
  const auto count = [&] { return commits("me/tiny"); };
  const std::size_t before = count();  // somebody commits between our look at the branch and our commit
  std::size_t seen = 0;
  fresh.transport().set_script([&](const os::HttpRequest& request, std::size_t) {
    if (request.url.find("/preupload/") != std::string::npos && seen++ == 0) {
      EXPECT_TRUE(other.push({.folder = "/note", .repo = "me/tiny"}));
    }
    return Mishap{};
  });
  EXPECT_EQ(code_of(fresh.publish(options)), ErrorCode::kConflict);
  EXPECT_EQ(count(), before + 1);
  seen = 0;
  other.disk().put("/note/NOTE.md", "a second note");
  options.replan = true;
  const auto result = fresh.publish(options);
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_TRUE(testing::remote_tree(hub_.transport(), "me/tiny").contains("NOTE.md"));
}

TEST_F(PublishTest, DeletesRemoteWeightsThatWouldShadowTheNewSet) {
  publisher_.disk().put("/old/model.safetensors", "old bytes");
  publisher_.disk().put("/old/notes.txt", "stays");
  ASSERT_TRUE(publisher_.push({.folder = "/old", .repo = "me/tiny"}));
  const auto result = publisher_.publish(full());
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->deleted, (std::vector<std::string>{"model.safetensors"}));
  const auto tree = testing::remote_tree(hub_.transport(), "me/tiny");
  EXPECT_FALSE(tree.contains("model.safetensors"));
  EXPECT_TRUE(tree.contains("notes.txt"));
}

TEST_F(PublishTest, AManifestThatCannotBeTrustedIsNamedAndDeletesNothing) {
  publisher_.disk().put("/runs/chatml-full/note.txt", "of the run");
  PublishOptions options = full();
  options.add = {"note.txt"};
  ASSERT_TRUE(publisher_.publish(options));
  commit_to("me/tiny",
            {.summary = "damage", .files = {{.path = ".slipway.json", .content = "{\"version\""}}});
  const auto result = publisher_.publish(full());
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_TRUE(result->deleted.empty());
  EXPECT_TRUE(testing::remote_tree(hub_.transport(), "me/tiny").contains("note.txt"));
  EXPECT_EQ(std::ranges::count(result->warnings, "manifest-untrusted", &model::Warning::code), 1);
  publisher_.disk().put("/runs/chatml-full/note.txt", "of the run, changed");
  ASSERT_TRUE(publisher_.publish(options));  // writes it anew
  const auto again = publisher_.publish(options);
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(std::ranges::count(again->warnings, "manifest-untrusted", &model::Warning::code), 0);
}

TEST_F(PublishTest, AFileOfTheLastReleaseThatSomebodyChangedStaysAndIsNamed) {
  publisher_.disk().put("/runs/chatml-full/note-a.txt", "of the run");
  publisher_.disk().put("/runs/chatml-full/note-b.txt", "of the run");
  PublishOptions options = full();
  options.add = {"note-*.txt"};
  ASSERT_TRUE(publisher_.publish(options));
  commit_to("me/tiny", {.summary = "mine", .files = {{.path = "note-a.txt", .content = "of somebody"}}});
  const auto result = publisher_.publish(full());
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->deleted, (std::vector<std::string>{"note-b.txt"}));
  EXPECT_TRUE(testing::remote_tree(hub_.transport(), "me/tiny").contains("note-a.txt"));
  const auto warning = std::ranges::find(result->warnings, "remote-file-kept", &model::Warning::code);
  ASSERT_NE(warning, result->warnings.end());
  EXPECT_NE(warning->message.find("note-a.txt"), std::string::npos);
  EXPECT_EQ(warning->message.find("note-b.txt"), std::string::npos);
  const auto again = publisher_.publish(full());
  EXPECT_TRUE(again && !again->changed && again->deleted.empty());
}

TEST_F(PublishTest, APushOfAnIndexAloneDeletesNoWeights) {
  ASSERT_TRUE(publisher_.publish(full()));
  const auto before = testing::remote_tree(hub_.transport(), "me/tiny");
  const std::string index = "model.safetensors.index.json";
  publisher_.disk().put("/part/" + index, *publisher_.disk().text("/runs/chatml-full/" + index));
  const auto pushed = publisher_.push({.folder = "/part", .repo = "me/tiny"});
  ASSERT_TRUE(pushed) << describe(pushed.error());
  EXPECT_TRUE(pushed->deleted.empty());
  EXPECT_EQ(testing::remote_tree(hub_.transport(), "me/tiny"), before);
}

TEST_F(PublishTest, APushOfAPartDeletesNoWeightsAndNoPushTheManifest) {
  ASSERT_TRUE(publisher_.publish(full()));
  const auto part =
      publisher_.push({.folder = "/runs/chatml-full", .repo = "me/tiny", .include = {"*.json"}});
  ASSERT_TRUE(part) << describe(part.error());
  EXPECT_TRUE(part->deleted.empty());
  publisher_.disk().put("/x/x.txt", "x");
  const auto all = publisher_.push({.folder = "/x", .repo = "me/tiny", .deleted = {"*"}});
  EXPECT_TRUE(all) << describe(all.error());
}

TEST_F(PublishTest, AFlagThatARepositoryIsNotLikeIsRefusedByPublishAndByPush) {
  PublishOptions publish = full();
  publish.to = "slipway-lab/tiny-llama";
  PushOptions push{.folder = "/bases/tiny-llama", .repo = "slipway-lab/tiny-llama"};
  for (const bool dry_run : {true, false}) {
    publish.make_private = push.make_private = true;
    publish.dry_run = push.dry_run = dry_run;
    for (const auto& result : {publisher_.publish(publish), publisher_.push(push)}) {
      ASSERT_EQ(code_of(result), ErrorCode::kRefused);
      EXPECT_NE(describe(result.error()).find("`slipway repo settings slipway-lab/tiny-llama --private`"),
                std::string::npos)
          << describe(result.error());
    }
    publish.make_private = push.make_private = false;
    EXPECT_TRUE(publisher_.push(push));
    EXPECT_TRUE(publisher_.publish(publish));
  }
}

TEST_F(PublishTest, RepairsAReleaseThatLostAFile) {
  ASSERT_TRUE(publisher_.publish(full()));
  publisher_.disk().put("/x/x.txt", "x");
  ASSERT_TRUE(publisher_.push({.folder = "/x", .repo = "me/tiny", .deleted = {"config.json"}}));
  const auto result = publisher_.publish(full());
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_TRUE(result->changed);
  EXPECT_TRUE(testing::remote_tree(hub_.transport(), "me/tiny").contains("config.json"));
}

TEST_F(PublishTest, WritesACopyAndLeavesTheRunAsItIs) {
  const os::MemTree before = publisher_.disk().tree("/runs/chatml-full");
  PublishOptions options = local("/runs/chatml-full");
  options.out = "/release";
  const auto first = publisher_.publish(options);
  ASSERT_TRUE(first) << describe(first.error());
  os::MemTree after = publisher_.disk().tree("/runs/chatml-full");
  std::erase_if(after, [](const auto& row) { return row.first.find("/.cache") != std::string::npos; });
  EXPECT_EQ(after, before);
  for (const ReleasedFile& file : first->files)
    EXPECT_TRUE(publisher_.disk().text("/release/" + file.path)) << file.path;
  EXPECT_FALSE(publisher_.publish(options)->changed);
  publisher_.disk().put("/release/config.json", "{}");
  EXPECT_EQ(code_of(publisher_.publish(options)), ErrorCode::kAlreadyExists);
}

TEST_F(PublishTest, UndoLeavesAndNamesAFileThatSomebodyChanged) {
  ASSERT_TRUE(publisher_.publish(local("/runs/chatml-full")));
  publisher_.disk().put("/runs/chatml-full/README.md", "mine now");
  os::World world = publisher_.parts().world();
  const auto undone = undo(world, "/runs/chatml-full");
  ASSERT_TRUE(undone);
  EXPECT_EQ(undone->left, (std::vector<std::string>{"README.md"}));
  EXPECT_EQ(undone->restored,
            (std::vector<std::string>{"config.json", "generation_config.json", "tokenizer_config.json"}));
  EXPECT_EQ(publisher_.disk().text("/runs/chatml-full/README.md"), "mine now");
}

// Trained with a truncation that tokenizer.json keeps, and by a transformers that writes one form of each
// file.
TEST_F(PublishTest, RepairsTheTokenizersFilesInPlaceAndTakesThemBack) {
  for (const char* run : {"/runs/cpt", "/runs/lora", "/runs/reward"}) {
    SCOPED_TRACE(run);
    const os::MemTree before = publisher_.disk().tree(run);
    const auto result = publisher_.publish(local(run));
    ASSERT_TRUE(result) << describe(result.error());
    std::set<std::string> changed;
    for (const model::Fix& fix : result->fixes) changed.insert(fix.file);
    EXPECT_TRUE(changed.contains("tokenizer_config.json"));
    EXPECT_TRUE(changed.contains("special_tokens_map.json"));
    const auto again = publisher_.publish(local(run));
    ASSERT_TRUE(again) << describe(again.error());
    EXPECT_TRUE(again->fixes.empty()) << again->fixes.front().code;
    os::World world = publisher_.parts().world();
    ASSERT_TRUE(undo(world, run));
    os::MemTree after = publisher_.disk().tree(run);
    std::erase_if(after, [](const auto& row) { return row.first.find("/.cache") != std::string::npos; });
    EXPECT_EQ(after, before);
  }
}

TEST_F(PublishTest, ChangesOnlyTheBytesOfTheTruncationInAReleasesTokenizer) {
  PublishOptions options = local("/runs/cpt");
  options.out = "/release";
  const std::string before = publisher_.disk().text("/runs/cpt/tokenizer.json").value();
  ASSERT_TRUE(publisher_.publish(options));
  EXPECT_EQ(publisher_.disk().text("/runs/cpt/tokenizer.json"), before);
  const std::string after = publisher_.disk().text("/release/tokenizer.json").value();
  const json::Value cut = json::parse(before).value();
  const json::Value* setting = cut.find("truncation");
  ASSERT_TRUE(setting != nullptr && setting->is_object());
  EXPECT_EQ(after, before.substr(0, setting->begin) + "null" + before.substr(setting->end));
}

TEST_F(PublishTest, ASecondRunInTheSameFolderIsToldWhoHoldsIt) {
  os::World world = publisher_.parts().world();
  ASSERT_TRUE(publisher_.publish(local("/runs/lora")));
  const std::string lock = "/runs/lora/.cache/huggingface/slipway/lock";
  publisher_.disk().put(lock, "node7, process 4711");
  const auto held = publisher_.disk().lock(lock);
  ASSERT_TRUE(held);
  const auto result = publisher_.publish(local("/runs/lora"));
  EXPECT_EQ(code_of(result), ErrorCode::kBusy);
  EXPECT_NE(result.error().message.find("node7, process 4711"), std::string::npos);
}
}  // namespace
}  // namespace slipway::flow
