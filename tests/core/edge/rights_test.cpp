// Accounts at the doors: their token, role and perimeter; what they lose and when.
#include <gtest/gtest.h>

#include <thread>

#include "core/edge/bearer.h"
#include "edge_fixture.h"

namespace passerelle::edge {
namespace {

// Spending by direction: DSI 5, RH 7. Who comes over TCP shows a token; "reader" sees DSI.
class RightsTest : public EdgeTest {
 protected:
  RightsTest() {
    auto model = std::make_shared<model::SteeringModel>(*steering());
    for (const char* id : {"DSI", "RH"}) {
      model::OrgUnit unit;
      unit.id = id;
      unit.parents.push_back({"", {}});
      model->units.push_back(unit);
    }
    state_.lay_out_anew();
    state_.set_steering(model);
    cuboid_ = state_.add_cuboid({"direction"}, base::Grain::kYear, {"COST"});
    set("DSI", 5);
    set("RH", 7);
    grant("reader", model::Role::kReader, {"DSI"});
    grant("integrator", model::Role::kIntegrator, {"DSI"});
    grant("auditor", model::Role::kAuditor, {});
    start("127.0.0.1:0");
  }

  void grant(const std::string& id, model::Role role, std::vector<std::string> units) {
    std::erase_if(access_.accounts,
                  [&](const flow::GrantedAccount& known) { return known.account.id == id; });
    model::Account account;
    account.id = id;
    account.role = role;
    account.units = std::move(units);
    account.digest = digest_of(token_of(id));
    access_.accounts.push_back({account, 1, 0, "dga", "test"});
    state_.set_access(access_);
    commit();
  }
  void revoke(const std::string& id) {
    std::erase_if(access_.accounts,
                  [&](const flow::GrantedAccount& known) { return known.account.id == id; });
    state_.set_access(access_);
    commit();
  }
  static std::string token_of(const std::string& id) { return id + "-token"; }
  std::unique_ptr<Client> as(const std::string& id) {
    return client(server_->tcp_address(), token_of(id));
  }
  static hub::v1::Selector by_direction() {
    hub::v1::Selector selector;
    selector.add_indicators("COST");
    selector.add_by("direction");
    return selector;
  }
  static hub::v1::CellKey cell(const std::string& direction) {
    hub::v1::CellKey key;
    key.set_indicator("COST");
    key.mutable_dimensions()->insert({{"direction", direction}, {"period", "2026"}});
    return key;
  }
  std::map<std::string, std::string> values(Client& client) {
    hub::v1::GetRequest request;
    *request.mutable_selector() = by_direction();
    const auto response = client.get(request);
    EXPECT_TRUE(response.ok()) << response.status();
    std::map<std::string, std::string> values;
    if (!response.ok()) return values;
    for (const hub::v1::Cell& one : response->cells()) {
      values[one.key().dimensions().at("direction")] =
          one.has_na() ? hub::v1::NaReason_Name(one.na()) : std::to_string(one.scaled());
    }
    return values;
  }

  flow::Access access_;
};

using Values = std::map<std::string, std::string>;

TEST_F(RightsTest, AnAccountsTokenOpensItsPerimeterAndNoOtherTokenDoes) {
  EXPECT_EQ(values(*as("reader")), (Values{{"DSI", "5"}, {"RH", "NA_REASON_HIDDEN"}}));
  EXPECT_EQ(values(*as("auditor")), (Values{{"DSI", "5"}, {"RH", "7"}}));
  EXPECT_EQ(values(*client()), (Values{{"DSI", "5"}, {"RH", "7"}})) << "the hub's own socket";
  hub::v1::GetRequest request;
  *request.mutable_selector() = by_direction();
  EXPECT_TRUE(absl::IsUnauthenticated(as("somebody")->get(request).status()));
  EXPECT_TRUE(absl::IsUnauthenticated(client(server_->tcp_address(), "")->get(request).status()));
  // A digest is no token.
  EXPECT_TRUE(absl::IsUnauthenticated(
      client(server_->tcp_address(), base::to_hex(base::hash128(digest_of(token_of("reader")))))
          ->get(request)
          .status()));
}

TEST_F(RightsTest, ARoleMayCallWhatTheTableSays) {
  EXPECT_TRUE(absl::IsPermissionDenied(as("reader")->overview().status()));
  EXPECT_TRUE(as("auditor")->overview().ok());
  EXPECT_TRUE(absl::IsPermissionDenied(as("auditor")->enable_connector("finance").status()));
  EXPECT_TRUE(as("auditor")->list_access({}).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(as("auditor")->grant_access({}).status()));
  // What does not heed a perimeter is for those who have none.
  const Status overview = as("integrator")->overview().status();
  EXPECT_TRUE(absl::IsPermissionDenied(overview));
  EXPECT_NE(base::message_of(overview).find("has a perimeter"), std::string::npos) << overview;
  grant("integrator", model::Role::kIntegrator, {});
  EXPECT_TRUE(as("integrator")->overview().ok());
}

TEST_F(RightsTest, WhatACellIsMadeOfIsToldWhereTheCellIsSeen) {
  hub::v1::ExplainRequest explain;
  *explain.mutable_cell() = cell("DSI");
  EXPECT_TRUE(as("integrator")->explain(explain).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(as("reader")->explain(explain).status()));
  *explain.mutable_cell() = cell("RH");
  EXPECT_TRUE(absl::IsPermissionDenied(as("integrator")->explain(explain).status()));
  EXPECT_TRUE(as("auditor")->explain(explain).ok());
  hub::v1::DiffRequest diff;
  *diff.mutable_cell() = cell("RH");
  EXPECT_TRUE(absl::IsPermissionDenied(as("integrator")->diff(diff).status()));
  *diff.mutable_cell() = cell("DSI");
  EXPECT_TRUE(as("integrator")->diff(diff).ok());
}

TEST_F(RightsTest, OtherCellsThatACellIsMadeOfAreNamedOnly) {
  admin_.explained.add_cells();
  *admin_.explained.add_cells()->mutable_cell() = cell("DSI");
  *admin_.explained.mutable_cells(0)->mutable_cell() = cell("RH");
  for (hub::v1::ExplainCell& one : *admin_.explained.mutable_cells()) {
    one.add_shares()->set_value("12.5");
  }
  hub::v1::ExplainRequest explain;
  *explain.mutable_cell() = cell("DSI");
  const auto seen = as("integrator")->explain(explain);
  ASSERT_TRUE(seen.ok()) << seen.status();
  ASSERT_EQ(seen->cells_size(), 2);
  EXPECT_TRUE(seen->cells(0).shares().empty());
  EXPECT_EQ(seen->cells(1).shares_size(), 1);
  EXPECT_EQ(as("auditor")->explain(explain)->cells(0).shares_size(), 1);
}

TEST_F(RightsTest, ANarrowedAccountIsResetAndARevokedOneIsPutOut) {
  const auto watching = as("reader");
  Client::WatchSettings settings;
  *settings.target.mutable_selector() = by_direction();
  std::mutex mutex;
  int snapshots = 0;
  int resets = 0;
  Status ended;
  std::thread watcher([&] {
    ended = watching->watch(settings, [&](const hub::v1::SubscribeResponse& response) {
      const std::lock_guard<std::mutex> lock(mutex);
      snapshots += response.has_end() ? 1 : 0;
      resets += response.has_reset() ? 1 : 0;
      return true;
    });
  });
  const auto wait_for = [&](int wanted) {
    for (int i = 0; i < 1'000; ++i) {
      {
        const std::lock_guard<std::mutex> lock(mutex);
        if (snapshots == wanted) return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  };
  EXPECT_TRUE(wait_for(1));
  grant("reader", model::Role::kReader, {"RH"});
  EXPECT_TRUE(wait_for(2));
  revoke("reader");
  watcher.join();
  EXPECT_TRUE(absl::IsUnauthenticated(ended)) << ended;
  EXPECT_EQ(resets, 2);
  hub::v1::GetRequest request;
  *request.mutable_selector() = by_direction();
  EXPECT_TRUE(absl::IsUnauthenticated(as("reader")->get(request).status()));
}

TEST_F(RightsTest, TokensAreLongRandomAndTheirDigestsTheKnownOnes) {
  const std::string token = make_bearer_token();
  EXPECT_EQ(token.size(), 64U);
  EXPECT_NE(token, make_bearer_token());
  // FIPS 180-2, the example of three bytes.
  std::string hex;
  for (const char byte : digest_of("abc")) {
    constexpr const char* kDigits = "0123456789abcdef";
    hex += kDigits[static_cast<unsigned char>(byte) >> 4];
    hex += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  EXPECT_EQ(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(token_in("Bearer abc"), "abc");
  EXPECT_EQ(token_in("Basic abc"), "");
}

}  // namespace
}  // namespace passerelle::edge
