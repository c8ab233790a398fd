#include "slipway/content.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/size_text.h"

namespace slipway {
namespace {

// Whoever asks for more than the size that he was told has a bug; the world cannot cause it.
void check_range(const Content& content, std::uint64_t offset, Bytes out) {
  SLIPWAY_CHECK(offset <= content.size_bytes() && out.size() <= content.size_bytes() - offset);
}

class LiteralContent : public Content {
 public:
  explicit LiteralContent(std::string bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size_bytes() const override { return bytes_.size(); }
  Result<void> read(std::uint64_t offset, MutableBytes out) const override {
    check_range(*this, offset, out);
    std::ranges::copy(as_bytes(bytes_).subspan(offset, out.size()), out.begin());
    return {};
  }

 private:
  const std::string bytes_;
};

class JoinedContent : public Content {
 public:
  explicit JoinedContent(std::vector<ContentPtr> parts) : parts_(std::move(parts)) {
    starts_.reserve(parts_.size());
    for (const ContentPtr& part : parts_) {
      starts_.push_back(size_bytes_);
      const auto sum = checked_add(size_bytes_, part->size_bytes());
      SLIPWAY_CHECK(sum);
      size_bytes_ = *sum;
    }
  }
  std::uint64_t size_bytes() const override { return size_bytes_; }
  Result<void> read(std::uint64_t offset, MutableBytes out) const override {
    check_range(*this, offset, out);
    auto at = static_cast<std::size_t>(std::ranges::upper_bound(starts_, offset) - starts_.begin());
    for (; !out.empty(); ++at) {  // `at` is one past the part that holds `offset`
      const Content& part = *parts_[at - 1];
      const std::uint64_t inside = offset - starts_[at - 1];
      const auto piece = out.first(std::min<std::uint64_t>(out.size(), part.size_bytes() - inside));
      if (!piece.empty()) SLIPWAY_TRY(part.read(inside, piece));
      offset += piece.size();
      out = out.subspan(piece.size());
    }
    return {};
  }

 private:
  const std::vector<ContentPtr> parts_;
  std::vector<std::uint64_t> starts_;  // of each part
  std::uint64_t size_bytes_ = 0;
};

class ContentBody : public os::BodySource {
 public:
  explicit ContentBody(ContentPtr content) : content_(std::move(content)) {}
  std::uint64_t size_bytes() const override { return content_->size_bytes(); }
  Result<void> read(std::uint64_t offset, MutableBytes out) override { return content_->read(offset, out); }

 private:
  const ContentPtr content_;
};

}  // namespace

ContentPtr literal_content(std::string bytes) { return std::make_shared<LiteralContent>(std::move(bytes)); }

ContentPtr joined_content(std::vector<ContentPtr> parts) {
  return std::make_shared<JoinedContent>(std::move(parts));
}

std::shared_ptr<os::BodySource> content_body(ContentPtr content) {
  return std::make_shared<ContentBody>(std::move(content));
}

Result<std::string> read_all(const Content& content, std::uint64_t size_bytes_max) {
  if (content.size_bytes() > size_bytes_max) {
    return fail(ErrorCode::kRefused,
                fmt::format("a content of {} is larger than the {} that fit here",
                            format_size(content.size_bytes()), format_size(size_bytes_max)));
  }
  std::string text(content.size_bytes(), '\0');
  SLIPWAY_TRY(content.read(0, std::as_writable_bytes(std::span(text))));
  return text;
}

}  // namespace slipway
