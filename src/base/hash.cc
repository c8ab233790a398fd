// The states of OpenSSL's own SHA-256 and SHA-1 are public and cost no allocation; only the calls that give
// them are called deprecated.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <memory>
#include <new>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/sha256_kernel.h"
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

template <class Context, std::size_t size>
Context* as(std::array<std::byte, size>& state) {
  return std::launder(reinterpret_cast<Context*>(state.data()));
}

// Completes a block that an earlier call began, so that whole blocks follow.
void fill_block(Sha256& digest, const SHA256_CTX& context, Bytes& bytes) {
  if (context.num == 0) return;
  const Bytes part = bytes.first(std::min<std::size_t>(bytes.size(), SHA256_CBLOCK - context.num));
  digest.update(part);
  bytes = bytes.subspan(part.size());
}

// OpenSSL counts bits, in two words.
void count_blocks(SHA256_CTX& context, std::uint64_t blocks) {
  const std::uint64_t bits = (std::uint64_t{context.Nh} << 32 | context.Nl) + blocks * SHA256_CBLOCK * 8;
  context.Nl = static_cast<SHA_LONG>(bits);
  context.Nh = static_cast<SHA_LONG>(bits >> 32);
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

Sha256::Sha256() {
  static_assert(sizeof(SHA256_CTX) == kStateBytes && alignof(SHA256_CTX) <= 8);
  SLIPWAY_CHECK(SHA256_Init(new (state_.data()) SHA256_CTX) == 1);
}

void Sha256::update(Bytes bytes) {
  SLIPWAY_CHECK(SHA256_Update(as<SHA256_CTX>(state_), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish_hex() {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> out{};
  SLIPWAY_CHECK(SHA256_Final(out.data(), as<SHA256_CTX>(state_)) == 1);
  return hex_encode(std::as_bytes(std::span(out)));
}

void update_both(const Cpu& cpu, Sha256& first, Bytes of_first, Sha256& second, Bytes of_second) {
  SHA256_CTX& one = *as<SHA256_CTX>(first.state_);
  SHA256_CTX& two = *as<SHA256_CTX>(second.state_);
  fill_block(first, one, of_first);
  fill_block(second, two, of_second);
  const std::size_t blocks = std::min(of_first.size(), of_second.size()) / SHA256_CBLOCK;
  if (cpu.sha && one.num == 0 && two.num == 0 && blocks > 0) {
    sha256_two_streams(one.h, of_first.data(), two.h, of_second.data(), blocks);
    count_blocks(one, blocks);
    count_blocks(two, blocks);
    of_first = of_first.subspan(blocks * SHA256_CBLOCK);
    of_second = of_second.subspan(blocks * SHA256_CBLOCK);
  }
  first.update(of_first);
  second.update(of_second);
}

GitBlobSha1::GitBlobSha1(std::uint64_t size_bytes) {
  static_assert(sizeof(SHA_CTX) == kStateBytes && alignof(SHA_CTX) <= 8);
  SLIPWAY_CHECK(SHA1_Init(new (state_.data()) SHA_CTX) == 1);
  std::string head = fmt::format("blob {}", size_bytes);
  head += '\0';
  update(as_bytes(head));
}

void GitBlobSha1::update(Bytes bytes) {
  SLIPWAY_CHECK(SHA1_Update(as<SHA_CTX>(state_), bytes.data(), bytes.size()) == 1);
}

std::string GitBlobSha1::finish_hex() {
  std::array<unsigned char, SHA_DIGEST_LENGTH> out{};
  SLIPWAY_CHECK(SHA1_Final(out.data(), as<SHA_CTX>(state_)) == 1);
  return hex_encode(std::as_bytes(std::span(out)));
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
