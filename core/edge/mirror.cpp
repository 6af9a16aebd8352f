#include "core/edge/mirror.h"

#include <algorithm>

#include "core/publication/codec.h"

namespace passerelle::edge {

void Mirror::set_token(std::string token) {
  token_ = std::move(token);
  partial_ = !token_.empty();
}

int Mirror::forget() {
  hashes_.clear();
  hash_ = 0;
  token_.clear();
  partial_ = false;
  return ++forgotten_;
}

bool Mirror::apply(const hub::v1::SubscribeResponse& response) {
  switch (response.event_case()) {
    case hub::v1::SubscribeResponse::kBegin:
    case hub::v1::SubscribeResponse::kReset:
      hashes_.clear();
      hash_ = 0;
      partial_ = false;
      return true;
    case hub::v1::SubscribeResponse::kCells:
      for (const hub::v1::Cell& cell : response.cells().cells()) apply(cell);
      return true;
    case hub::v1::SubscribeResponse::kProgress: {
      const hub::v1::Progress& progress = response.progress();
      if (!partial_ && (progress.hash() != hash_ || progress.cells() != hashes_.size())) {
        return false;
      }
      token_ = progress.resume_token();
      forgotten_ = 0;
      return true;
    }
    default:
      return true;
  }
}

void Mirror::apply(const hub::v1::Cell& cell) {
  publication::Dimensions dimensions(cell.key().dimensions().begin(),
                                     cell.key().dimensions().end());
  std::sort(dimensions.begin(), dimensions.end());
  const std::string key = publication::key_text(cell.key().indicator(), dimensions);
  std::uint64_t fresh = 0;
  if (!cell.removed()) {
    model::CellValue value;
    value.absent = false;
    value.scaled = cell.scaled();
    value.scale = static_cast<std::uint8_t>(cell.scale());
    value.na = static_cast<model::NaReason>(cell.na());
    fresh = model::cell_hash(key, value);
  }
  const auto known = hashes_.find(key);
  if (known != hashes_.end()) hash_ ^= known->second;
  hash_ ^= fresh;
  if (cell.removed()) {
    hashes_.erase(key);
  } else {
    hashes_[key] = fresh;
  }
}

}  // namespace passerelle::edge
