// What the fold already knows of a record: intake leaves out what would change nothing.
#pragma once

#include "core/model/record.h"

namespace passerelle::flow {

class KnownRecords {
 public:
  virtual ~KnownRecords() = default;
  // Whether the live record `key` has exactly this version and content. Ledger strand only.
  virtual bool is_unchanged(base::Hash128 key, std::int64_t version,
                            std::uint64_t content) const = 0;
};

}  // namespace passerelle::flow
