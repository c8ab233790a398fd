// An arbitrary answer to every call of the client: "STATUS\nName: value\n...\n\nbody". Whatever a server
// says, the outcome is a value or one error of one line without the token, after a bounded number of
// attempts.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "hub/dates.h"
#include "hub/lfs_upload.h"
#include "os/test_world.h"

namespace {

using namespace slipway;
constexpr std::size_t kRequestsMax = 200;
constexpr const char* kToken = "hf_TheTokenOfThisTest";

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

os::Mishap read_answer(std::string_view text) {
  os::Mishap answer{.kind = os::Mishap::Kind::kStatus, .status = 200};
  const std::string_view status = take_line(text);
  if (status.size() == 3 && status[0] >= '2' && status[0] <= '5')
    answer.status = (status[0] - '0') * 100 + (status[1] & 7) * 10 + (status[2] & 7);
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const std::size_t colon = line.find(": ");
    if (line.empty() || colon == std::string_view::npos) break;
    (void)hub::parse_http_date(line.substr(colon + 2));
    (void)hub::parse_rfc3339(line.substr(colon + 2));
    answer.headers.add(std::string(line.substr(0, colon)), std::string(line.substr(colon + 2)));
  }
  answer.body = std::string(text);
  return answer;
}

template <class T>
void check(const Result<T>& result) {
  if (result) return;
  SLIPWAY_CHECK(!result.error().message.empty());
  SLIPWAY_CHECK(describe(result.error()).find('\n') == std::string::npos);
  SLIPWAY_CHECK(describe(result.error()).find(kToken) == std::string::npos);
}

void upload(hub::Client& client, const hub::wire::RepoId& repo) {
  hub::LfsUpload upload(client, repo, "main");
  const auto missing =
      upload.open({{.path = "w", .content = literal_content("0123456789"), .sha256 = std::string(64, 'a')}});
  check(missing);
  if (!missing || !(*missing)[0]) return;
  for (std::size_t piece = 0; piece < upload.pieces(0); ++piece)
    check(upload.send(0, piece, [](std::uint64_t) {}));
  check(upload.close(0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const os::Mishap answer = read_answer({reinterpret_cast<const char*>(data), size});
  os::TestWorld parts;
  os::World world = parts.world();
  std::size_t requests = 0;
  parts.transport.set_script([&](const os::HttpRequest&, std::size_t) {
    SLIPWAY_CHECK(++requests <= kRequestsMax);
    return answer;
  });
  hub::Client client(world, {.endpoint = "https://hub.test", .token = hub::Secret(kToken, "HF_TOKEN")});
  const hub::wire::RepoId repo{"me", "tiny"};
  const auto call = [&](const auto& result) {
    check(result);
    requests = 0;
  };
  call(client.whoami());
  call(client.repo_info(repo, "main"));
  call(client.create_repo(repo, true));
  call(client.preupload(repo, "main", {{.path = "x"}}));
  call(client.commit(repo, "main", {.summary = "s"}, hub::Target::kNewPullRequest));
  call(client.validate_card("x"));
  call(client.merge_pull_request(repo, 3, ""));
  call(client.download(repo, "main", "x", {.begin = 3}, [](Bytes) { return Result<void>{}; }));
  upload(client, repo);
  return 0;
}
