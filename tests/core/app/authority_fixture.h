// An authority of its own for a test, with what a connector would send.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/app/authority.h"
#include "passerelle/connector/v1/connector.pb.h"
#include "passerelle/hub/v1/indicators.pb.h"
#include "tests/core/journal/temporary_folder.h"

namespace passerelle::app {

namespace pb = passerelle::connector::v1;
namespace types = passerelle::types::v1;

// One stream "lines" of commitments: exercise and chapter.
inline pb::DiscoverResponse commitments() {
  pb::DiscoverResponse all;
  pb::StreamType* stream = all.add_streams();
  stream->set_name("lines");
  stream->set_kind("engagement");
  for (const auto& [name, type] : {std::pair("exercise", types::FIELD_TYPE_INTEGER),
                                   std::pair("chapter", types::FIELD_TYPE_STRING)}) {
    types::Field* field = stream->add_fields();
    field->set_name(name);
    field->set_type(type);
  }
  return all;
}

// What a subscription brought until its Progress reached a revision.
struct Received {
  int snapshots = 0;
  int resets = 0;
  int cells = 0;
  hub::v1::Progress progress;
};

class AuthorityTest : public testing::Test {
 protected:
  AuthorityTest(std::vector<steering::ModelFile> model,
                std::map<std::string, pb::DiscoverResponse> connectors)
      : model_(std::move(model)), connectors_(std::move(connectors)) {}
  void SetUp() override { open(); }

  // A start of the hub, after the end of the one before, which wrote no checkpoint.
  void open(consolidation::EngineSettings engine = {}) {
    authority_.reset();
    auto opened = Authority::open({folder_.path(), "VILLE", &clock_, engine, {}});
    ASSERT_TRUE(opened.ok()) << opened.status();
    authority_ = *std::move(opened);
    const auto applied = authority_->apply_model(model_);
    ASSERT_TRUE(applied.ok()) << applied.status();
    for (const auto& [connector, streams] : connectors_) {
      ASSERT_TRUE(authority_->declare(connector, streams).ok());
    }
  }
  // Waits until the message is folded, or has failed.
  Status send(const std::string& connector, const pb::ReadResponse& message) {
    std::promise<Status> done;
    authority_->accept(connector, std::make_unique<pb::ReadResponse>(message),
                       [&done](const Status& status) { done.set_value(status); });
    return done.get_future().get();
  }
  // Until the newest revision.
  Received subscribe(publication::Selector selector, const std::string& token) {
    std::mutex mutex;
    std::condition_variable rung;
    bool ready = true;
    publication::Target target;
    target.selector = std::move(selector);
    target.resume_token = token;
    auto subscription = authority_->publisher().subscribe(target, [&] {
      const std::lock_guard<std::mutex> lock(mutex);
      ready = true;
      rung.notify_all();
    });
    EXPECT_TRUE(subscription.ok()) << subscription.status();
    Received received;
    const model::Revision last = authority_->journal().last_revision();
    while (subscription.ok() && received.progress.revision() < last) {
      if (const publication::Message message = (*subscription)->next()) {
        hub::v1::SubscribeResponse response;
        EXPECT_TRUE(response.ParseFromString(*message));
        received.snapshots += response.has_begin() ? 1 : 0;
        received.resets += response.has_reset() ? 1 : 0;
        received.cells += response.cells().cells_size();
        if (response.has_progress()) received.progress = response.progress();
        continue;
      }
      std::unique_lock<std::mutex> lock(mutex);
      if (!rung.wait_for(lock, std::chrono::seconds(10), [&] { return ready; })) {
        ADD_FAILURE() << "nothing came after revision " << received.progress.revision();
        break;
      }
      ready = false;
    }
    return received;
  }
  std::string data() const { return folder_.path() + "/VILLE"; }

  base::SystemClock clock_;
  TemporaryFolder folder_;
  std::unique_ptr<Authority> authority_;

 private:
  const std::vector<steering::ModelFile> model_;
  const std::map<std::string, pb::DiscoverResponse> connectors_;
};

}  // namespace passerelle::app
