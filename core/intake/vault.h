// The vault: personal identifiers and their tokens, in an encrypted store outside the journal
// (ARCHITECTURE D9). DATA/<authority>/vault.db (0600) holds, per identifier, a keyed hash to find
// it, a random 128-bit token, and the identifier sealed (XChaCha20-Poly1305); its keys are in the
// file too, sealed by the master key of vault.key (0600) or of a secret. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/hash.h"
#include "core/base/status.h"
#include "core/model/commit.h"

namespace passerelle::intake {

struct PersonRef {
  std::string_view scheme;  // the register: matricule, hris, ...
  std::string_view value;   // personal: never logged
};

// Two identifiers of one person; the token of `kept` stays.
struct SamePerson {
  PersonRef kept;
  PersonRef other;
};

struct VaultSettings {
  std::string folder;      // DATA/<authority>
  std::string master_key;  // a secret of at least 32 bytes; empty: the file vault.key
  // Whether a vault that is not there may be made: true only while the journal holds no records
  // (last_revision() <= 1). Otherwise a missing vault is an error: its tokens are in the journal.
  bool may_create = false;
};

struct VaultStats {
  std::uint64_t identifiers = 0;
  std::uint64_t persons = 0;  // distinct tokens
};

class Vault {
 public:
  // FAILED_PRECONDITION, with the remedy, when it is missing, unreadable, open to other users or
  // sealed by another key: personal streams then stop, the others go on.
  static StatusOr<std::unique_ptr<Vault>> open(const VaultSettings& settings);
  ~Vault();
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;

  // One token per reference, in order; all new ones of the call are durable (one transaction,
  // synchronous=FULL) when it returns. Schemes and values are compared normalised: see
  // normalised_identifier. The caller has refused what why_refused() refuses.
  StatusOr<std::vector<base::Hash128>> tokens_for(std::span<const PersonRef> references);
  // The token of a known identifier; none is made.
  StatusOr<std::optional<base::Hash128>> find(PersonRef reference) const;

  // States who is who, in one transaction: all of it is durable when it returns, or nothing was
  // stated. Returns the merges to commit to the journal, in order; a pair whose tokens do not
  // change has none. They stay in pending_merges() until merges_journaled().
  StatusOr<std::vector<model::PersonMerged>> link(std::span<const SamePerson> pairs);
  // Merges that a crash may have kept out of the journal: append them at start. Folding one twice
  // changes nothing.
  StatusOr<std::vector<model::PersonMerged>> pending_merges() const;
  Status merges_journaled(std::span<const model::PersonMerged> merges);

  // Forgets a person: overwrites the rows of this identifier and of those linked to it, and returns
  // how many there were. The journal and its totals do not move; the same identifier, seen again,
  // gets another token.
  StatusOr<std::uint64_t> erase(PersonRef reference);

  // Re-encrypts every row under new keys. With the file, vault.key is replaced too; with a secret,
  // `new_master_key` is the secret that open() will be given from now on. A crash leaves either the
  // old or the new vault, whole. Values sealed earlier by seal() stay readable.
  Status rotate(std::string_view new_master_key = {});

  // For quarantined source values: authenticated encryption under a key kept in the vault.
  std::string seal(std::string_view bytes) const;
  StatusOr<std::string> open_sealed(std::string_view sealed) const;

  StatusOr<VaultStats> stats() const;

 private:
  class Impl;
  explicit Vault(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// What makes two spellings one identifier: no spaces at either end, ASCII letters in upper case.
std::string normalised_identifier(std::string_view value);
// Why an identifier may not enter the vault ("" when it may): the register of the NIR is refused,
// and so is a value that looks like a NIR.
std::string why_refused(PersonRef reference);
// 13 characters, or 15 with the key, shaped like a NIR: sex, year, a month that exists.
bool looks_like_nir(std::string_view text);

}  // namespace passerelle::intake
