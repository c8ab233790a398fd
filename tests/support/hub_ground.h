// support/hub_ground.h - an embedded Hub in a temporary folder, and publishers that speak to it without
// sockets.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "flow/publish.h"
#include "flow/push_folder.h"
#include "hub/client.h"
#include "os/loop_transport.h"
#include "os/posix_file_system.h"
#include "os/test_world.h"
#include "server/hub_server.h"
#include "support/source_dir.h"
#include "support/temporary_folder.h"

namespace slipway::testing {

// The Hub's own world: a real folder, virtual time.
class HubGround {
 public:
  explicit HubGround(server::ServerOptions options = {}) : options_(std::move(options)) {
    options_.root = root();
    world_storage_.emplace(world_.world_on(files_));
    restart();
  }

  // As a new process would find the folder.
  void restart() {
    server_.reset();
    server_ = server::HubServer::open(*world_storage_, options_).value();
    loop_ = std::make_unique<os::LoopTransport>(*server_);
  }

  os::LoopTransport& transport() { return *loop_; }
  os::HttpHandler& handler() { return *server_; }
  os::World& world() { return *world_storage_; }
  std::string root() const { return folder_.path() + "/hub"; }
  os::VirtualClock& clock() { return world_.clock; }
  os::VirtualExecutor& executor() { return world_.executor; }

 private:
  TemporaryFolder folder_;
  os::PosixFileSystem files_;
  server::ServerOptions options_;
  os::TestWorld world_{};
  std::optional<os::World> world_storage_{};
  std::unique_ptr<server::HubServer> server_{};
  std::unique_ptr<os::LoopTransport> loop_{};
};

inline hub::ClientOptions test_client(std::string token = "") {
  return {
      .endpoint = "http://hub.test", .token = hub::Secret(std::move(token)), .user_agent = "slipway/test"};
}

// A publisher with a disk in memory that holds the shipped runs under /runs and bases under /bases.
class Publisher {
 public:
  explicit Publisher(os::HttpTransport* transport) : world_(transport) {
    os::PosixFileSystem files;
    const std::string examples = slipway::testing::source_dir() + "/examples";
    for (const char* part : {"runs", "bases", "recipes"}) {
      auto loaded = world_.disk.load_from(files, examples + "/" + part, "/" + std::string(part));
      if (!loaded) throw std::runtime_error(describe(loaded.error()));
    }
  }

  os::MemFileSystem& disk() { return world_.disk; }
  os::TestWorld& parts() { return world_; }
  os::RecordingTransport& transport() { return world_.transport; }

  Result<flow::PublishResult> publish(const flow::PublishOptions& options) {
    return publish_on(world_.disk, options);
  }
  Result<flow::PublishResult> publish_on(os::FileSystem& files, const flow::PublishOptions& options) {
    os::World world = world_.world_on(files);
    hub::Client client(world, test_client());
    flow::Observer silent;
    return flow::publish(world, client, options, silent);
  }

  Result<flow::PublishResult> push(const flow::PushOptions& options) {
    os::World world = world_.world();
    hub::Client client(world, test_client());
    flow::Observer silent;
    return flow::push_folder(world, client, options, silent);
  }

  void push_base(const std::string& name) {
    const auto pushed =
        push({.folder = "/bases/" + name, .repo = "slipway-lab/" + name, .make_private = false});
    if (!pushed) throw std::runtime_error(describe(pushed.error()));
  }

 private:
  os::TestWorld world_;
};

// A run's own files, without the state folder.
inline os::MemTree run_tree(const os::MemFileSystem& disk, const std::string& run) {
  os::MemTree tree = disk.tree(run);
  std::erase_if(tree, [&](const auto& row) { return row.first.starts_with(run + "/.cache"); });
  return tree;
}

// What a repository's branch holds: path -> id, without what every release writes anew.
inline std::map<std::string, std::string> remote_tree(os::HttpTransport& transport, const std::string& repo,
                                                      const std::string& revision = "main") {
  os::TestWorld parts(&transport);
  os::World world = parts.world();
  hub::Client client(world, test_client());
  const auto tree = client.tree(hub::wire::parse_repo_id(repo).value(), revision);
  if (!tree) throw std::runtime_error(describe(tree.error()));
  std::map<std::string, std::string> rows;
  for (const hub::RemoteFile& file : *tree) {
    if (file.path != ".slipway.json") rows[file.path] = file.sha256.value_or(file.git_oid);
  }
  return rows;
}

}  // namespace slipway::testing
