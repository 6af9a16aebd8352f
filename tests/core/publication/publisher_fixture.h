// A publisher over a fake state with one cuboid: COST by policy and year.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "core/base/limits.h"
#include "core/publication/publisher.h"
#include "fake_state.h"
#include "mirror.h"
#include "temporary_folder.h"

namespace passerelle::publication {

class PublisherTest : public testing::Test {
 protected:
  PublisherTest() {
    open(7);
    state_.lay_out_anew();
    cuboid_ = state_.add_cuboid({"policy"}, base::Grain::kYear, {"COST"});
    commit();
  }
  ~PublisherTest() override { publisher_.reset(); }

  void open(std::uint64_t epoch) {
    publisher_.reset();
    Publisher::Settings settings;
    settings.folder = folder_.path();
    settings.authority = "demo";
    settings.epoch = epoch;
    settings.clock = &clock_;
    settings.progress_interval = std::chrono::milliseconds(0);
    auto opened = Publisher::open(settings);
    ASSERT_TRUE(opened.ok()) << opened.status();
    publisher_ = *std::move(opened);
    ASSERT_TRUE(publisher_->start(state_.view(), {}).ok());
  }

  static Target target(Conflation conflation = Conflation::kLatest) {
    Target target;
    target.selector.indicators = {"COST"};
    target.selector.by = {"policy"};
    target.conflation = conflation;
    return target;
  }
  static std::string key(const std::string& policy) { return "COST|period=2026|policy=" + policy; }
  void set(const std::string& policy, std::int64_t value) {
    state_.set(cuboid_, {policy}, "2026", 0, number(value));
  }
  void remove(const std::string& policy) { state_.set(cuboid_, {policy}, "2026", 0, kNoCell); }
  void commit() {
    auto [delta, view] = state_.commit(clock_.now());
    ASSERT_TRUE(publisher_->publish(delta, view).ok());
  }
  model::Revision revision() const { return state_.view()->revision(); }
  // Until the worker has dealt with the newest revision: it serves all subscribers in one turn, in
  // the order they came, so a later one that has it tells for the others.
  void settle(Mirror& other) { ASSERT_TRUE(other.follow_to(revision())); }

  TemporaryFolder folder_;
  base::ManualClock clock_{1'700'000'000'000'000};
  FakeState state_;
  std::uint32_t cuboid_ = 0;
  std::unique_ptr<Publisher> publisher_;
};

}  // namespace passerelle::publication
