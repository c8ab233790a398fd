#include "slipway/http.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace slipway::os {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

class TextBody : public BodySource {
 public:
  explicit TextBody(std::string text) : text_(std::move(text)) {}
  std::uint64_t size_bytes() const override { return text_.size(); }
  Result<void> read(std::uint64_t offset, MutableBytes out) override {
    SLIPWAY_CHECK(offset <= text_.size() && out.size() <= text_.size() - offset);
    std::memcpy(out.data(), text_.data() + offset, out.size());
    return {};
  }

 private:
  std::string text_;
};

}  // namespace

void Headers::add(std::string name, std::string value) {
  rows_.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string_view name, std::string value) {
  erase(name);
  add(std::string(name), std::move(value));
}

void Headers::erase(std::string_view name) {
  std::erase_if(rows_, [&](const auto& row) { return same_name(row.first, name); });
}

std::optional<std::string> Headers::find(std::string_view name) const {
  const auto at = std::ranges::find_if(rows_, [&](const auto& row) { return same_name(row.first, name); });
  return at == rows_.end() ? std::nullopt : std::optional(at->second);
}

std::shared_ptr<BodySource> text_body(std::string text) {
  return std::make_shared<TextBody>(std::move(text));
}

Result<CollectedReply> send_and_collect(HttpTransport& transport, const HttpRequest& request,
                                        std::uint64_t body_bytes_max) {
  std::string body;
  const ReplySink sink{.head = [&](const HttpResponse&) -> Result<void> {
                         body.clear();
                         return {};
                       },
                       .body = [&](Bytes bytes) -> Result<void> {
                         if (bytes.size() > body_bytes_max - body.size()) {
                           return fail(ErrorCode::kProtocol,
                                       fmt::format("{} answered with more than {} bytes; check the endpoint",
                                                   request.url, body_bytes_max));
                         }
                         body.append(as_text(bytes));
                         return {};
                       }};
  SLIPWAY_ASSIGN(HttpResponse response, transport.send(request, sink));
  return CollectedReply{std::move(response), std::move(body)};
}

}  // namespace slipway::os
