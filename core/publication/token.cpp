#include "core/publication/token.h"

#include <sodium.h>

#include <cstring>

#include "core/publication/secret_file.h"

namespace passerelle::publication {
namespace {

constexpr char kLayout = 1;
constexpr std::size_t kBodyBytes = 1 + 8 + 8 + 16;
// The same and the scope behind it: of a perimeter, or of families of indicators.
constexpr char kLayoutWithScope = 2;
constexpr std::size_t kScopeBytes = 16;
constexpr std::size_t kSealBytes = 32;

void append(std::string* out, std::uint64_t value) {
  for (int i = 0; i < 8; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

std::uint64_t number_at(std::string_view bytes, std::size_t offset) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[offset + i])) << (8 * i);
  }
  return value;
}

}  // namespace

StatusOr<TokenMaker> TokenMaker::open(const std::string& path, const std::string& authority) {
  TokenMaker maker;
  PAS_ASSIGN_OR_RETURN(maker.key_, read_or_make_secret(path, crypto_generichash_KEYBYTES, false));
  maker.authority_ = authority;
  return maker;
}

std::string TokenMaker::make(const ResumePoint& point) const {
  const bool has_scope = point.scope != base::Hash128();
  std::string token(1, has_scope ? kLayoutWithScope : kLayout);
  append(&token, point.epoch);
  append(&token, point.revision);
  append(&token, point.selector.high);
  append(&token, point.selector.low);
  if (has_scope) {
    append(&token, point.scope.high);
    append(&token, point.scope.low);
  }
  token += seal_of(token);
  return token;
}

StatusOr<ResumePoint> TokenMaker::read(std::string_view token) const {
  const auto refused = [] {
    return base::invalid_argument(
        "the resume token was not made by this hub for this authority; subscribe without a token");
  };
  if (token.empty() || (token[0] != kLayout && token[0] != kLayoutWithScope)) return refused();
  const bool has_scope = token[0] == kLayoutWithScope;
  const std::size_t body_bytes = kBodyBytes + (has_scope ? kScopeBytes : 0);
  if (token.size() != body_bytes + kSealBytes) return refused();
  const std::string_view body = token.substr(0, body_bytes);
  const std::string seal = seal_of(body);
  if (sodium_memcmp(seal.data(), token.data() + body_bytes, kSealBytes) != 0) return refused();
  ResumePoint point;
  point.epoch = number_at(body, 1);
  point.revision = number_at(body, 9);
  point.selector = {number_at(body, 17), number_at(body, 25)};
  if (has_scope) point.scope = {number_at(body, 33), number_at(body, 41)};
  return point;
}

// BLAKE2b with a key is a MAC. The body's first byte says its size, so the authority cannot run
// into it.
std::string TokenMaker::seal_of(std::string_view body) const {
  std::string message(body);
  message += authority_;
  std::string seal(kSealBytes, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(seal.data()), seal.size(),
                     reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                     reinterpret_cast<const unsigned char*>(key_.data()), key_.size());
  return seal;
}

}  // namespace passerelle::publication
