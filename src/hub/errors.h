// hub/errors.h - what a Hub's refusal means to us, and what the user can do about it.
//
// Contract   Every answer that is no success ends in one Error: its code, what the server said, the way out,
//            and of unexpected answers the request's id. The token never stands in it.
// Limits     500 bytes of the server's own words
// Source     docs/wire/errors.md; huggingface_hub, hf_raise_for_status
// Threads    value
#pragma once

#include <string>
#include <string_view>

#include "hub/client.h"
#include "slipway/http.h"

namespace slipway::hub {

// What a request was about.
struct Asked {
  std::string what;           // "me/tiny", "config.json of me/tiny", "your account": named in every message
  std::string repo{};         // "me/tiny" when it was about one
  bool moves_branch = false;  // a commit or a merge: what is in its way came since it was planned
};

Error refusal(const os::HttpResponse& response, std::string_view body, const Asked& asked,
              const ClientOptions& options, std::int64_t now_unix_ms);
// An answer of a good status that is not what the protocol says; `problem` names the field.
Error unclear(const os::HttpResponse& response, const Asked& asked, const ClientOptions& options,
              std::string_view problem);

// What to do about a commit or a merge that came too late; `paths` are told by a merge that conflicts.
std::string moved_branch(const std::vector<std::string>& paths, const ClientOptions& options);

// What the server says in words: headers first, then every known place of the body; one line.
std::string server_text(const os::HttpResponse& response, std::string_view body);
// Words of a server, fit for a message: one_line(), and without the token should they repeat it.
std::string fit(std::string_view text, const ClientOptions& options);
// Without control characters, as UTF-8, 500 bytes at most: fit for a message.
std::string one_line(std::string_view text);
// " (request ID)", or nothing when the answer carries none.
std::string request_note(const os::HttpResponse& response);

}  // namespace slipway::hub
