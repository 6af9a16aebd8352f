// model::Commit <-> the bytes of passerelle.storage.v1.Commit. Per-row arrays travel as packed
// little-endian bytes, copied, not parsed. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/model/commit.h"

namespace passerelle::journal {

// RESOURCE_EXHAUSTED for a commit of more than base::kCommitBytesMax; INVALID_ARGUMENT for a batch
// whose vectors disagree on the number of rows. `ModelProposed.parsed` is not stored. The result
// depends on the commit only.
StatusOr<std::string> encode(const model::Commit& commit);

// DATA_LOSS, with the reason, for bytes that encode() does not write: every length, order and code
// is checked, so that a reader of the commit may index without looking.
StatusOr<model::Commit> decode(std::string_view bytes);

// The checksum stored beside a commit: XXH3-64 of its bytes, seeded by the checksum before it, so
// that a commit lost, repeated or moved breaks the chain. 0 stands before the first.
std::uint64_t chained_checksum(std::uint64_t previous, std::string_view bytes);

}  // namespace passerelle::journal
