// The wall clock behind an interface, so that tests set the time. The fold never reads it: time
// enters the journal as Tick commits only (ARCHITECTURE D13).
#pragma once

#include <chrono>

#include "core/base/calendar.h"

namespace passerelle::base {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start) : now_(start) {}
  Instant now() const override { return now_; }
  void set(Instant instant) { now_ = instant; }

 private:
  Instant now_;
};

}  // namespace passerelle::base
