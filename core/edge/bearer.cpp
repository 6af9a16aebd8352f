#include "core/edge/bearer.h"

#include <sodium.h>

#include "core/model/access.h"
#include "core/publication/secret_file.h"

namespace passerelle::edge {
namespace {

constexpr std::size_t kRandomBytes = 32;
static_assert(crypto_hash_sha256_BYTES == model::kTokenDigestBytes);

}  // namespace

std::string make_bearer_token() { return publication::random_hex(kRandomBytes); }

std::string digest_of(std::string_view token) {
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()),
                     reinterpret_cast<const unsigned char*>(token.data()), token.size());
  return digest;
}

std::string_view token_in(std::string_view authorization) {
  constexpr std::string_view kBearer = "Bearer ";
  return authorization.starts_with(kBearer) ? authorization.substr(kBearer.size())
                                            : std::string_view();
}

bool same_secret(std::string_view shown, std::string_view secret) {
  return shown.size() == secret.size() &&
         sodium_memcmp(shown.data(), secret.data(), secret.size()) == 0;
}

}  // namespace passerelle::edge
