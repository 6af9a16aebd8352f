// An authority of its own for a test, with what a connector would send.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/app/authority.h"
#include "passerelle/connector/v1/connector.pb.h"
#include "tests/core/journal/temporary_folder.h"

namespace passerelle::app {

namespace pb = passerelle::connector::v1;
namespace types = passerelle::types::v1;

class AuthorityTest : public testing::Test {
 protected:
  AuthorityTest(std::vector<steering::ModelFile> model,
                std::map<std::string, pb::DiscoverResponse> connectors)
      : model_(std::move(model)), connectors_(std::move(connectors)) {}
  void SetUp() override { open(); }

  // A start of the hub, after the end of the one before, which wrote no checkpoint.
  void open() {
    authority_.reset();
    auto opened = Authority::open({folder_.path(), "VILLE", &clock_, {}});
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
  std::string data() const { return folder_.path() + "/VILLE"; }

  base::SystemClock clock_;
  TemporaryFolder folder_;
  std::unique_ptr<Authority> authority_;

 private:
  const std::vector<steering::ModelFile> model_;
  const std::map<std::string, pb::DiscoverResponse> connectors_;
};

}  // namespace passerelle::app
