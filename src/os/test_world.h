// os/test_world.h - a World made of doubles: the disk that forgets, virtual time, no network.
//
// Threads    one thread
#pragma once

#include "os/mem_file_system.h"
#include "os/recording_transport.h"
#include "os/virtual_executor.h"
#include "os/world.h"

namespace slipway::os {

struct TestWorld {
  explicit TestWorld(HttpTransport* http = nullptr) : transport(http) {}

  MemFileSystem disk{};
  RecordingTransport transport;
  VirtualClock clock{};
  VirtualExecutor executor{clock};
  SeededDice dice{};
  FixedEnvironment environment{};

  World world() { return world_on(disk); }
  World world_on(FileSystem& files) {
    return {.files = files,
            .http = transport,
            .executor = executor,
            .clock = clock,
            .dice = dice,
            .environment = environment};
  }
};

}  // namespace slipway::os
