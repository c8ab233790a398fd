#include "base/hash.h"

#include <openssl/evp.h>

#include <fmt/format.h>

#include "base/encoding.h"
#include "slipway/result.h"

namespace slipway {
namespace {

std::string one_shot(const EVP_MD* kind, Bytes first, Bytes second) {
  std::array<std::byte, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  SLIPWAY_CHECK(context && EVP_DigestInit_ex(context.get(), kind, nullptr) == 1);
  SLIPWAY_CHECK(EVP_DigestUpdate(context.get(), first.data(), first.size()) == 1);
  SLIPWAY_CHECK(EVP_DigestUpdate(context.get(), second.data(), second.size()) == 1);
  SLIPWAY_CHECK(EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size) == 1);
  return hex_encode(Bytes(out).first(size));
}

constexpr std::array<std::uint32_t, 256> crc32c_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0x82F63B78u : 0u);
    table[i] = crc;
  }
  return table;
}

}  // namespace

struct Sha256::Context {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> md{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  SLIPWAY_CHECK(context_->md && EVP_DigestInit_ex(context_->md.get(), EVP_sha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(Bytes bytes) {
  SLIPWAY_CHECK(EVP_DigestUpdate(context_->md.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish_hex() {
  std::array<std::byte, 32> out{};
  unsigned size = 0;
  SLIPWAY_CHECK(EVP_DigestFinal_ex(context_->md.get(), reinterpret_cast<unsigned char*>(out.data()), &size) ==
                1);
  return hex_encode(out);
}

std::string sha256_hex(Bytes bytes) { return one_shot(EVP_sha256(), bytes, {}); }
std::string sha1_hex(Bytes bytes) { return one_shot(EVP_sha1(), bytes, {}); }

std::string git_object_sha1(std::string_view type, Bytes content) {
  std::string head = fmt::format("{} {}", type, content.size());
  head += '\0';
  return one_shot(EVP_sha1(), as_bytes(head), content);
}

std::uint32_t crc32c(Bytes bytes, std::uint32_t seed) {
  static constexpr auto kTable = crc32c_table();
  std::uint32_t crc = ~seed;
  for (const std::byte b : bytes) crc = (crc >> 8) ^ kTable[(crc ^ std::to_integer<std::uint32_t>(b)) & 0xFF];
  return ~crc;
}

}  // namespace slipway
