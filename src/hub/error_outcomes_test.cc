// Every row of tests/golden/hub/error_outcomes.json through real sockets: the outcome, its words, the
// requests.
#include <gtest/gtest.h>

#include <fstream>
#include <mutex>
#include <sstream>

#include <fmt/format.h>

#include "hub/error_rows_test_support.h"
#include "hub/lfs_upload.h"
#include "os/curl_transport.h"
#include "os/test_world.h"
#include "support/source_dir.h"

namespace slipway::hub {
namespace {

using testing_support::ErrorRow;
using testing_support::ScriptedAnswer;

const wire::RepoId kRepo{"me", "tiny"};

// "HUB" in texts of the table is the address that the listener was given.
std::string with_hub(std::string text, const std::string& origin) {
  for (std::size_t at = text.find("HUB"); at != std::string::npos; at = text.find("HUB", at))
    text.replace(at, 3, origin);
  return text;
}

class TableServer : public os::HttpHandler {
 public:
  void handle(const os::RequestHead&, os::BodyReader& body, os::ResponseWriter& out) override {
    ByteVector piece(4096);
    while (body.read(piece).value_or(0) > 0) {
    }
    const ScriptedAnswer answer = next();  // what is written may outlast the row
    os::Headers headers;
    for (const auto& [name, value] : answer.headers.rows()) headers.add(name, with_hub(value, origin));
    const std::string text = with_hub(answer.body, origin);
    (void)out.begin(answer.status, headers, text.size() * answer.repeat);
    for (std::size_t i = 0; i < answer.repeat && out.write(as_bytes(text)); ++i) {
    }
  }
  void play(const std::vector<ScriptedAnswer>& wanted) {
    const std::scoped_lock hold(mutex_);
    answers_ = wanted;
    requests_ = 0;
  }
  std::size_t requests() {
    const std::scoped_lock hold(mutex_);
    return requests_;
  }
  std::string origin{};

 private:
  ScriptedAnswer next() {
    const std::scoped_lock hold(mutex_);
    return answers_.at(std::min(requests_++, answers_.size() - 1));
  }

  std::mutex mutex_{};
  std::vector<ScriptedAnswer> answers_{};
  std::size_t requests_ = 0;
};

template <class T>
Result<std::string> ok_of(const Result<T>& result) {
  if (!result) return std::unexpected(result.error());
  return std::string("ok");
}

Result<std::string> upload_five_bytes(Client& client) {
  LfsUpload upload(client, kRepo, "main");
  SLIPWAY_ASSIGN(
      const auto missing,
      upload.open({{.path = "x", .content = literal_content("12345"), .sha256 = std::string(64, 'a')}}));
  for (std::size_t piece = 0; missing[0] && piece < upload.pieces(0); ++piece)
    SLIPWAY_TRY(upload.send(0, piece, [](std::uint64_t) {}));
  if (missing[0]) SLIPWAY_TRY(upload.close(0));
  return std::string("ok");
}

Result<std::string> call(Client& client, const std::string& name) {
  if (name == "whoami") return ok_of(client.whoami());
  if (name == "tree") return ok_of(client.tree(kRepo, "main"));
  if (name == "preupload") return ok_of(client.preupload(kRepo, "main", {{.path = "x"}}));
  if (name == "commit") return ok_of(client.commit(kRepo, "main", {.summary = "s"}));
  if (name == "commit_pr")
    return ok_of(client.commit(kRepo, "main", {.summary = "s"}, Target::kNewPullRequest));
  if (name == "lfs_batch") return ok_of(client.lfs_batch(kRepo, "main", {{std::string(64, 'a'), 5}}));
  if (name == "pull_request") return ok_of(client.pull_request(kRepo, 3));
  if (name == "merge") return ok_of(client.merge_pull_request(kRepo, 3, ""));
  if (name == "upload") return upload_five_bytes(client);
  if (name == "download")
    return ok_of(client.download(kRepo, "main", "f", {}, [](Bytes) { return Result<void>{}; }));
  if (name == "create_repo") {
    SLIPWAY_ASSIGN(const bool made, client.create_repo(kRepo, true));
    return std::string(made ? "ok" : "there already");
  }
  if (name == "repo_exists") {
    SLIPWAY_ASSIGN(const bool there, client.repo_exists(kRepo));
    return std::string(there ? "ok" : "absent");
  }
  SLIPWAY_CHECK(name == "repo_info");
  SLIPWAY_ASSIGN(const auto info, client.repo_info(kRepo, "main"));
  return std::string(info ? "ok" : "absent");
}

class ErrorOutcomes : public ::testing::Test {
 protected:
  ErrorOutcomes() { server_.origin = origin_; }

  void check(const ErrorRow& row) {
    server_.play(row.answers);
    os::World world = parts_.world();
    Client client(
        world, {.endpoint = origin_, .token = row.with_token ? Secret("hf_secret", "HF_TOKEN") : Secret()});
    const auto result = call(client, row.call);
    const std::string message = result ? "" : describe(result.error());
    EXPECT_EQ(result ? *result : std::string(error_kind(result.error().code)), row.outcome) << message;
    EXPECT_EQ(server_.requests(), row.requests);
    for (const std::string& words : row.says)
      EXPECT_NE(message.find(with_hub(words, origin_)), std::string::npos) << message << "\nlacks " << words;
    EXPECT_EQ(message.find("hf_secret"), std::string::npos);
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }

  TableServer server_;
  std::unique_ptr<os::HttpListener> listener_ = os::listen_http({}, server_).value();
  std::string origin_ = fmt::format("http://127.0.0.1:{}", listener_->port());
  os::FixedEnvironment environment_;
  os::VirtualClock clock_;
  os::VirtualExecutor executor_{clock_};
  os::CurlTransport curl_{executor_, environment_};
  os::TestWorld parts_{&curl_};
};

TEST_F(ErrorOutcomes, EveryAnswerOfTheTableComesToWhatThePageSays) {
  const std::vector<ErrorRow> rows = testing_support::error_rows();
  ASSERT_GE(rows.size(), 60u);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    SCOPED_TRACE(fmt::format("row {}: {} answered {}", i, rows[i].call, rows[i].answers[0].status));
    check(rows[i]);
  }
}

TEST_F(ErrorOutcomes, ThePageIsTheTable) {
  std::ifstream file(slipway::testing::source_dir() + "/docs/wire/errors.md");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_TRUE(text.str() == testing_support::error_page()) << "run ./dev docs";
}

}  // namespace
}  // namespace slipway::hub
