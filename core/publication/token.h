// Resume tokens: what a subscriber holds, sealed so that only this authority can have made it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/hash.h"
#include "core/base/status.h"
#include "core/model/record.h"

namespace passerelle::publication {

struct ResumePoint {
  std::uint64_t epoch = 0;
  model::Revision revision = 0;
  base::Hash128 selector;
  base::Hash128 scope = {};  // Selection::scope_hash()
  bool operator==(const ResumePoint&) const = default;
};

// Immutable; any thread.
class TokenMaker {
 public:
  // Reads the key of `path` or makes one.
  static StatusOr<TokenMaker> open(const std::string& path, const std::string& authority);

  std::string make(const ResumePoint& point) const;
  // INVALID_ARGUMENT if this authority did not make it.
  StatusOr<ResumePoint> read(std::string_view token) const;

 private:
  std::string seal_of(std::string_view body) const;

  std::string key_;
  std::string authority_;
};

}  // namespace passerelle::publication
