// Every reader of the Hub's messages on arbitrary JSON, and a commit's lines on arbitrary text.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "hub/wire/pull_request.h"
#include "hub/wire/types.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  namespace wire = hub::wire;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)wire::parse_lfs_pointer(text);
  (void)wire::parse_repo_id(text).has_value();
  wire::CommitRequest request;
  (void)wire::read_commit_line(text, request).has_value();
  (void)wire::commit_body(request);
  const auto body = json::parse(text);
  if (!body) return 0;
  (void)wire::read_create_repo(*body).has_value();
  (void)wire::read_preupload(*body).has_value();
  (void)wire::read_preupload_answer(*body).has_value();
  (void)wire::read_lfs_batch(*body).has_value();
  (void)wire::read_lfs_answer(*body).has_value();
  (void)wire::read_commit_answer(*body).has_value();
  (void)wire::read_tree(*body).has_value();
  (void)wire::read_repo_info(*body).has_value();
  (void)wire::read_whoami(*body).has_value();
  (void)wire::read_commits(*body).has_value();
  (void)wire::read_pull_request(*body).has_value();
  (void)wire::read_open_discussion(*body).has_value();
  (void)wire::read_new_tag(*body).has_value();
  if (const auto answers = wire::read_lfs_answer(*body)) {
    for (const wire::LfsAnswer& answer : *answers) {
      if (answer.upload) (void)wire::lfs_parts(*answer.upload, answer.size).has_value();
    }
  }
  return 0;
}
