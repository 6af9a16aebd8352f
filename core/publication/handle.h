// What a subscriber holds.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "core/publication/outbox.h"

namespace passerelle::publication {

// The subscriber's end of an outbox. `places` counts subscriptions.
class Handle final : public Subscription {
 public:
  Handle(std::shared_ptr<Outbox> outbox, std::shared_ptr<std::atomic<std::uint64_t>> places)
      : outbox_(std::move(outbox)), places_(std::move(places)) {}
  ~Handle() override {
    outbox_->close();
    --*places_;
  }
  Message next() override { return outbox_->next(); }
  Status end() const override { return outbox_->end(); }

 private:
  const std::shared_ptr<Outbox> outbox_;
  const std::shared_ptr<std::atomic<std::uint64_t>> places_;
};

}  // namespace passerelle::publication
