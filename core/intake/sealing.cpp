#include "core/intake/sealing.h"

#include <cstring>

namespace passerelle::intake {
namespace {

constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string* text) { return reinterpret_cast<unsigned char*>(text->data()); }

}  // namespace

Key Key::random() {
  Key key;
  randombytes_buf(key.bytes_.data(), kBytes);
  return key;
}

Key Key::from(std::string_view secret) {
  Key key;
  if (secret.size() == kBytes) {
    std::memcpy(key.bytes_.data(), secret.data(), kBytes);
  } else {
    crypto_generichash(key.bytes_.data(), kBytes, bytes(secret), secret.size(), nullptr, 0);
  }
  return key;
}

Key Key::derived(const char (&purpose)[9]) const {
  static_assert(crypto_kdf_CONTEXTBYTES == 8 && crypto_kdf_KEYBYTES == kBytes);
  Key key;
  crypto_kdf_derive_from_key(key.bytes_.data(), kBytes, 1, purpose, bytes_.data());
  return key;
}

std::string seal(const Key& key, std::string_view text, std::string_view context) {
  std::string sealed(kNonceBytes + text.size() + kTagBytes, '\0');
  randombytes_buf(sealed.data(), kNonceBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes(&sealed) + kNonceBytes, nullptr, bytes(text),
                                             text.size(), bytes(context), context.size(), nullptr,
                                             bytes(sealed), key.data());
  return sealed;
}

StatusOr<std::string> open_sealed(const Key& key, std::string_view sealed,
                                  std::string_view context) {
  if (sealed.size() < kNonceBytes + kTagBytes) return base::data_loss("a sealed value is cut");
  std::string text(sealed.size() - kNonceBytes - kTagBytes, '\0');
  const std::string_view body = sealed.substr(kNonceBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes(&text), nullptr, nullptr, bytes(body),
                                                 body.size(), bytes(context), context.size(),
                                                 bytes(sealed), key.data()) != 0) {
    return base::data_loss("a sealed value was changed, or sealed by another key");
  }
  return text;
}

base::Hash128 keyed_hash(const Key& key, std::string_view text) {
  base::Hash128 hash;
  static_assert(sizeof hash == crypto_generichash_BYTES_MIN);
  crypto_generichash(reinterpret_cast<unsigned char*>(&hash), sizeof hash, bytes(text), text.size(),
                     key.data(), Key::kBytes);
  return hash;
}

base::Hash128 random_token() {
  base::Hash128 token;
  randombytes_buf(&token, sizeof token);
  return token;
}

std::string bytes_of(base::Hash128 hash) {
  return {reinterpret_cast<const char*>(&hash), sizeof hash};
}

base::Hash128 hash_of(std::string_view text) {
  base::Hash128 hash;
  std::memcpy(&hash, text.data(), sizeof hash);
  return hash;
}

}  // namespace passerelle::intake
