// The embedded Hub on arbitrary requests, several in a row: each input meets a Hub that holds one repository.
// A request: "METHOD /target", header lines, an empty line, the body; "\n%%\n" stands between two of them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "os/posix_file_system.h"
#include "os/test_world.h"
#include "server/hub_server.h"

namespace {

using namespace slipway;

constexpr int kRequestsMax = 6;
constexpr std::string_view kBetween = "\n%%\n";
constexpr std::string_view kFirst =
    "POST /api/repos/create\n\n{\"type\": \"model\", \"name\": \"tiny\", \"organization\": \"me\"}";

class TextBody : public os::BodyReader {
 public:
  explicit TextBody(std::string_view text) : rest_(text) {}
  Result<std::size_t> read(MutableBytes out) override {
    const std::size_t size = std::min(out.size(), rest_.size());
    std::ranges::copy(as_bytes(rest_.substr(0, size)), out.begin());
    rest_.remove_prefix(size);
    return size;
  }

 private:
  std::string_view rest_;
};

class NoReader : public os::ResponseWriter {
 public:
  Result<void> begin(int, const os::Headers&, std::optional<std::uint64_t>) override { return {}; }
  Result<void> write(Bytes) override { return {}; }
};

// Up to and without `mark`, which is taken out of `rest`.
std::string_view take_until(std::string_view& rest, std::string_view mark) {
  const std::size_t at = std::min(rest.find(mark), rest.size());
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(std::min(at + mark.size(), rest.size()));
  return part;
}

void handle(os::HttpHandler& hub, std::string_view request) {
  std::string_view head = take_until(request, "\n\n");
  const std::string_view line = take_until(head, "\n");
  const std::size_t blank = std::min(line.find(' '), line.size());
  os::RequestHead made{.method = std::string(line.substr(0, blank)),
                       .target = std::string(line.substr(std::min(blank + 1, line.size()))),
                       .headers = {{"Content-Length", std::to_string(request.size())}}};
  while (!head.empty()) {
    std::string_view header = take_until(head, "\n");
    const std::string_view name = take_until(header, ": ");
    made.headers.add(std::string(name), std::string(header));
  }
  TextBody body(request);
  NoReader nobody;
  hub.handle(made, body, nobody);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string folder = (std::filesystem::temp_directory_path() / "slipway-fuzz-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) std::abort();
  {
    os::TestWorld parts;
    os::PosixFileSystem files;
    os::World world = parts.world_on(files);
    const auto hub = server::HubServer::open(world, {.root = folder});
    if (!hub) std::abort();
    handle(**hub, kFirst);
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    for (int i = 0; i < kRequestsMax && !rest.empty(); ++i) handle(**hub, take_until(rest, kBetween));
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return 0;
}
