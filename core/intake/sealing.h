// Authenticated encryption (libsodium, XChaCha20-Poly1305) with keys that are wiped when they go.
#pragma once

#include <sodium.h>

#include <array>
#include <string>
#include <string_view>

#include "core/base/hash.h"
#include "core/base/status.h"

namespace passerelle::intake {

// 256 bits. Copies are wiped too.
class Key {
 public:
  static constexpr std::size_t kBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;

  static Key random();
  // From bytes of any length: exactly kBytes are taken as they are, others are hashed.
  static Key from(std::string_view secret);
  // Another key for another purpose; a purpose has eight letters.
  Key derived(const char (&purpose)[9]) const;

  Key() = default;
  Key(const Key&) = default;
  Key& operator=(const Key&) = default;
  ~Key() { sodium_memzero(bytes_.data(), bytes_.size()); }

  const unsigned char* data() const { return bytes_.data(); }
  std::string_view view() const { return {reinterpret_cast<const char*>(data()), kBytes}; }

 private:
  std::array<unsigned char, kBytes> bytes_{};
};

// A random nonce and the sealed bytes; `context` must be the same when they are opened.
std::string seal(const Key& key, std::string_view bytes, std::string_view context);
// DATA_LOSS when the bytes were not sealed by this key in this context, or were changed.
StatusOr<std::string> open_sealed(const Key& key, std::string_view sealed,
                                  std::string_view context);
// 128 bits that only the key's holder can compute.
base::Hash128 keyed_hash(const Key& key, std::string_view bytes);
base::Hash128 random_token();

// A Hash128 as 16 bytes and back (`bytes` has 16).
std::string bytes_of(base::Hash128 hash);
base::Hash128 hash_of(std::string_view bytes);

}  // namespace passerelle::intake
