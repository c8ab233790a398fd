// server/make_commit.h - builds commits: their ids, dates and rows.
//
// Threads    value
#pragma once

#include <string>

#include "server/hub.h"

namespace slipway::server {

CommitRow make_commit(const Hub& hub, const Files& files, const std::string& parent,
                      const std::string& author, const std::string& title, const std::string& description);
// A regular file's row; its bytes are put into the blob store.
Result<FileRow> store_text(Hub& hub, const std::string& text);

}  // namespace slipway::server
