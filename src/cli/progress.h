// cli/progress.h - progress on stderr: a line with rate and ETA on a terminal, one every 30 s elsewhere.
//
// Contract   Nothing at all when switched off. With --json also `event` lines on stdout: at most ten a second
//            of the bytes that are done, and always the first and the last of a stage.
// Threads    as flow/observer.h
#pragma once

#include <mutex>
#include <string>

#include "flow/observer.h"
#include "os/terminal.h"
#include "slipway/executor.h"

namespace slipway::cli {

class Progress : public flow::Observer {
 public:
  Progress(os::Terminal& terminal, os::Clock& clock, bool enabled, bool events = false)
      : terminal_(terminal), clock_(clock), enabled_(enabled), events_(events) {}
  ~Progress() override { finish(); }
  void finish();  // takes the line away, so that other words can be written

  void phase(std::string_view name, std::uint64_t total_bytes) override;
  void advance(std::uint64_t bytes) override;
  void event(std::string_view text) override;

 private:
  void draw(os::Millis now);
  void clear();
  void tell(os::Millis now);  // how far the stage is, as an event
  void tell_last();           // where the stage ended, when that was not told

  os::Terminal& terminal_;
  os::Clock& clock_;
  bool enabled_;
  bool events_;
  std::mutex mutex_{};
  std::string name_{};
  std::uint64_t total_ = 0;
  std::uint64_t done_ = 0;
  os::Millis started_{};
  os::Millis drawn_{};
  os::Millis told_{};
  std::uint64_t told_done_ = 0;
  bool visible_ = false;
};

// "Uploading  1.2 GB of 4.0 GB  30 %  85.0 MB/s  33 s left"
std::string progress_line(std::string_view name, std::uint64_t done, std::uint64_t total, double seconds);

}  // namespace slipway::cli
