// flow/set_aside.h - moves files of a run that no loader wants out of its sight, so that they can come back.
//
// Contract   A file is renamed into the state folder, never copied or deleted: its record is durable before
//            it moves. take_back() renames it to where it was; a name that somebody has taken meanwhile is
//            left, and named. After a crash between record and move the file lies where it was, and nothing
//            is to be taken back.
// Threads    one thread
// Errors     kIo; kRefused, as in_run.h
#pragma once

#include <string>
#include <vector>

#include "flow/in_place.h"

namespace slipway::flow {

class SetAside {
 public:
  SetAside(os::FileSystem& fs, os::Path run, StatePaths paths, Journal& journal)
      : fs_(fs), run_(std::move(run)), paths_(std::move(paths)), journal_(journal) {}

  Result<void> move(const std::vector<std::string>& files);
  // Adds to `undone` what came back, and what could not.
  Result<void> take_back(InPlace::Undone& undone);

 private:
  Result<std::string> free_name(const std::string& base);

  os::FileSystem& fs_;
  os::Path run_;
  StatePaths paths_;
  Journal& journal_;
};

}  // namespace slipway::flow
