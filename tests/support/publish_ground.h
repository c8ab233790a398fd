// support/publish_ground.h - runs, bases and an embedded Hub for the tests of `publish`.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "support/hub_ground.h"

namespace slipway::flow {

class PublishTest : public ::testing::Test {
 protected:
  PublishTest() {
    publisher_.push_base("tiny-llama");
    publisher_.push_base("tiny-qwen");
    publisher_.transport().clear();
  }

  static PublishOptions full() {
    return {.run = "/runs/chatml-full", .push = true, .to = "me/tiny", .jobs = 1};
  }
  static PublishOptions adapter() {
    return {.run = "/runs/lora", .push = true, .to = "me/adapter", .jobs = 1};
  }
  static PublishOptions local(std::string run) {
    return {.run = std::move(run), .push = false, .base = "/bases/tiny-qwen", .jobs = 1};
  }

  // A scripted mishap for requests of one kind.
  void mishap_for(const std::string& method, const std::string& part, os::Mishap mishap,
                  int times = 1'000'000) {
    publisher_.transport().set_script([=, left = times](const os::HttpRequest& request, std::size_t) mutable {
      const bool hit = request.method == method && request.url.find(part) != std::string::npos && left-- > 0;
      return hit ? mishap : os::Mishap{};
    });
  }

  std::size_t commits(const std::string& repo, const std::string& revision = "main") {
    os::TestWorld parts(&hub_.transport());
    os::World world = parts.world();
    hub::Client client(world, testing::test_client());
    return client.history(hub::wire::parse_repo_id(repo).value(), revision, 1000).value().size();
  }

  // By somebody who does not use us.
  void commit_to(const std::string& repo, const hub::wire::CommitRequest& request) {
    os::TestWorld parts(&hub_.transport());
    os::World world = parts.world();
    hub::Client client(world, testing::test_client());
    const auto done = client.commit(hub::wire::parse_repo_id(repo).value(), "main", request);
    EXPECT_TRUE(done) << describe(done.error());
  }

  ErrorCode code_of(const Result<PublishResult>& result) {
    EXPECT_FALSE(result.has_value());
    return result ? ErrorCode::kInternal : result.error().code;
  }

  testing::HubGround hub_;
  testing::Publisher publisher_{&hub_.transport()};
};

}  // namespace slipway::flow
