// What the fold already knows of a record: intake leaves out what would change nothing.
#pragma once

#include "core/model/record.h"

namespace passerelle::flow {

enum class Known : std::uint8_t {
  kDifferent,    // not known, deleted, of another content, or known in a newer version
  kSameContent,  // live with this content, in an older version
  kUnchanged,    // live with exactly this version and content
};

class KnownRecords {
 public:
  virtual ~KnownRecords() = default;
  // What is known of record `key`. Ledger strand only.
  virtual Known compare(base::Hash128 key, std::int64_t version, std::uint64_t content) const = 0;
};

}  // namespace passerelle::flow
