// A server over a fake published state, and clients of it.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "core/edge/client.h"
#include "core/edge/server.h"
#include "tests/core/publication/fake_state.h"
#include "tests/core/publication/temporary_folder.h"

namespace passerelle::edge {

// Answers at once; remembers what it was asked.
class FakeAdmin final : public AdminBackend {
 public:
  hub::v1::ExplainResponse explained;

  void overview(Done<admin::v1::OverviewResponse> done) override {
    admin::v1::OverviewResponse response;
    response.set_authority("demo");
    done(response);
  }
  void list_connectors(Done<admin::v1::ListConnectorsResponse> done) override {
    admin::v1::ListConnectorsResponse response;
    response.add_connectors()->set_id("finance");
    done(response);
  }
  void enable_connector(std::string id, Done<admin::v1::EnableConnectorResponse> done) override {
    if (id != "finance") return done(base::not_found("there is no connector " + id));
    admin::v1::EnableConnectorResponse response;
    response.mutable_connector()->set_id(id);
    done(response);
  }
  void disable_connector(std::string id, Done<admin::v1::DisableConnectorResponse> done) override {
    admin::v1::DisableConnectorResponse response;
    response.mutable_connector()->set_id(id);
    done(response);
  }
  void restart_connector(std::string, Done<admin::v1::RestartConnectorResponse> done) override {
    done(admin::v1::RestartConnectorResponse());
  }
  void run_connector(std::string, Done<admin::v1::RunConnectorResponse> done) override {
    done(admin::v1::RunConnectorResponse());
  }
  void apply_model(admin::v1::ApplyModelRequest request,
                   Done<admin::v1::ApplyModelResponse> done) override {
    admin::v1::ApplyModelResponse response;
    response.set_changed_cells(static_cast<std::uint64_t>(request.files_size()));
    done(response);
  }
  void explain(hub::v1::ExplainRequest request, Done<hub::v1::ExplainResponse> done) override {
    if (request.cell().indicator() != "COST") return done(base::not_found("no such indicator"));
    hub::v1::ExplainResponse response = explained;
    response.set_formula("sum(realised)");
    done(response);
  }
  void diff(hub::v1::DiffRequest request, Done<hub::v1::DiffResponse> done) override {
    if (request.cell().indicator() != "COST") return done(base::not_found("no such indicator"));
    hub::v1::DiffResponse response;
    response.set_difference("262.26");
    done(response);
  }
  void model_history(Done<admin::v1::ModelHistoryResponse> done) override {
    admin::v1::ModelHistoryResponse response;
    response.add_models()->set_proposed(2);
    done(response);
  }
  void rollback_model(std::string which, Done<admin::v1::RollbackModelResponse> done) override {
    if (which != "2") return done(base::not_found("no model " + which));
    admin::v1::RollbackModelResponse response;
    response.set_switched(3);
    done(response);
  }
  void list_quarantine(admin::v1::ListQuarantineRequest request,
                       Done<admin::v1::ListQuarantineResponse> done) override {
    admin::v1::ListQuarantineResponse response;
    response.add_entries()->set_connector(request.connector());
    done(response);
  }
  void get_quarantined(std::uint64_t number,
                       Done<admin::v1::GetQuarantinedResponse> done) override {
    admin::v1::GetQuarantinedResponse response;
    response.mutable_entry()->set_number(number);
    done(response);
  }
  void close(admin::v1::CloseRequest request, Done<admin::v1::CloseResponse> done) override {
    admin::v1::CloseResponse response;
    response.set_cells(request.dry_run() ? 0 : 1);
    done(response);
  }
  void reopen(admin::v1::ReopenRequest request, Done<admin::v1::ReopenResponse> done) override {
    admin::v1::ReopenResponse response;
    response.set_revision(request.closing() + 1);
    done(response);
  }
  void list_closings(admin::v1::ListClosingsRequest request,
                     Done<admin::v1::ListClosingsResponse> done) override {
    admin::v1::ListClosingsResponse response;
    response.add_closings()->set_closing(request.closing());
    done(response);
  }
  void get_restatement(admin::v1::GetRestatementRequest request,
                       Done<admin::v1::GetRestatementResponse> done) override {
    admin::v1::GetRestatementResponse response;
    *response.mutable_cell()->mutable_closed()->mutable_key() = request.cell();
    done(response);
  }
  void list_alerts(admin::v1::ListAlertsRequest request, const std::string& account,
                   Done<admin::v1::ListAlertsResponse> done) override {
    admin::v1::ListAlertsResponse response;
    response.set_total(account.empty() ? request.limit() : 0);
    done(response);
  }
  void grant_access(admin::v1::GrantAccessRequest request,
                    Done<admin::v1::GrantAccessResponse> done) override {
    admin::v1::GrantAccessResponse response;
    response.set_token(request.account().id());
    done(response);
  }
  void revoke_access(admin::v1::RevokeAccessRequest,
                     Done<admin::v1::RevokeAccessResponse> done) override {
    done(admin::v1::RevokeAccessResponse());
  }
  void list_access(admin::v1::ListAccessRequest,
                   Done<admin::v1::ListAccessResponse> done) override {
    done(admin::v1::ListAccessResponse());
  }
  void acknowledge_alert(admin::v1::AcknowledgeAlertRequest request,
                         Done<admin::v1::AcknowledgeAlertResponse> done) override {
    admin::v1::AcknowledgeAlertResponse response;
    response.mutable_alert()->set_number(request.number());
    done(response);
  }
};

class EdgeTest : public testing::Test {
 protected:
  EdgeTest() {
    publication::Publisher::Settings settings;
    settings.folder = folder_.path();
    settings.authority = "demo";
    settings.epoch = 7;
    settings.clock = &clock_;
    settings.progress_interval = std::chrono::milliseconds(0);
    auto opened = publication::Publisher::open(settings);
    EXPECT_TRUE(opened.ok()) << opened.status();
    publisher_ = *std::move(opened);
    EXPECT_TRUE(publisher_->start(state_.view(), {}).ok());
    state_.lay_out_anew();
    cuboid_ = state_.add_cuboid({"policy"}, base::Grain::kYear, {"COST"});
    state_.set_steering(steering());
    commit();
  }
  ~EdgeTest() override {
    server_.reset();
    publisher_.reset();
  }

  static std::shared_ptr<const model::SteeringModel> steering() {
    auto model = std::make_shared<model::SteeringModel>();
    model->kinds = model::built_in_kinds();
    model::Indicator cost;
    cost.id = "COST";
    cost.label = {"Dépenses", "Spending"};
    cost.value = "sum(budget.realised, chapter == '012') / count()";
    cost.from = "budget";
    cost.unit = "EUR";
    cost.round = 2;
    cost.publish = {{"policy"}};
    cost.grains = {base::Grain::kYear};
    model->indicators = {cost};
    return model;
  }
  Server::Settings settings(const std::string& tcp = "") const {
    Server::Settings settings;
    settings.authority = "demo";
    settings.socket_path = folder_.path() + "/hub.sock";
    settings.tcp_address = tcp;
    settings.token_path = folder_.path() + "/token";
    return settings;
  }
  void start(const std::string& tcp = "") {
    auto server = Server::start(settings(tcp), *publisher_, admin_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    server_->set_ready(true);
  }
  std::unique_ptr<Client> client(const std::string& address = "", const std::string& token = "") {
    Client::Settings settings;
    settings.address = address.empty() ? folder_.path() + "/hub.sock" : address;
    settings.token = token;
    settings.timeout = std::chrono::milliseconds(10'000);
    auto client = Client::connect(settings);
    EXPECT_TRUE(client.ok()) << client.status();
    return *std::move(client);
  }
  void set(const std::string& policy, std::int64_t value) {
    state_.set(cuboid_, {policy}, "2026", 0, publication::number(value));
  }
  void commit() {
    auto [delta, view] = state_.commit();
    ASSERT_TRUE(publisher_->publish(delta, view).ok());
  }
  static hub::v1::Selector selector() {
    hub::v1::Selector selector;
    selector.add_indicators("COST");
    selector.add_by("policy");
    return selector;
  }

  publication::TemporaryFolder folder_;
  base::ManualClock clock_{1'700'000'000'000'000};
  publication::FakeState state_;
  std::uint32_t cuboid_ = 0;
  FakeAdmin admin_;
  std::unique_ptr<publication::Publisher> publisher_;
  std::unique_ptr<Server> server_;
};

}  // namespace passerelle::edge
