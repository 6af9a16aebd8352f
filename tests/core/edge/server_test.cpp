#include "core/edge/server.h"

#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "core/edge/describe.h"
#include "core/edge/roles.h"
#include "edge_fixture.h"
#include "passerelle/admin/v1/admin.grpc.pb.h"
#include "passerelle/hub/v1/indicators.grpc.pb.h"

namespace passerelle::edge {
namespace {

hub::v1::GetRequest get_request(const hub::v1::Selector& selector) {
  hub::v1::GetRequest request;
  *request.mutable_selector() = selector;
  return request;
}

TEST_F(EdgeTest, GetAnswersOverTheSocket) {
  set("a", 12);
  commit();
  start();
  const auto response = client()->get(get_request(selector()));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->revision(), 2U);
  ASSERT_EQ(response->cells_size(), 1);
  EXPECT_EQ(response->cells(0).scaled(), 12);
  EXPECT_EQ(response->cells(0).revision(), 2U);
  EXPECT_EQ(response->cells(0).key().dimensions().at("policy"), "a");
}

TEST_F(EdgeTest, AWrongSelectorIsRefusedWithWhatExists) {
  start();
  hub::v1::Selector wrong = selector();
  wrong.set_grain("month");
  const Status status = client()->get(get_request(wrong)).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_EQ(base::message_of(status),
            "COST is not published by policy at grain month; published: policy (year)");
}

TEST_F(EdgeTest, DescribePutsTheFormulaIntoWords) {
  start();
  const auto response = client()->describe({"COST"});
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->indicators_size(), 1);
  const hub::v1::IndicatorDescription& cost = response->indicators(0);
  EXPECT_EQ(cost.label().fr(), "Dépenses");
  EXPECT_EQ(cost.meaning().fr(),
            "somme de (réalisé (mandaté et rattaché) où chapitre = '012') divisé par nombre de "
            "« ligne budgétaire »; par année; en EUR, arrondi à 2 décimales");
  EXPECT_EQ(cost.meaning().en(),
            "sum of (realised (mandated and accrued) where chapter = '012') divided by number of "
            "\"budget line\"; per year; in EUR, rounded to 2 decimals");
  EXPECT_EQ(cost.groupings(0).by(0), "policy");
  const Status unknown = client()->describe({"COSTS"}).status();
  EXPECT_TRUE(absl::IsNotFound(unknown));
  EXPECT_NE(base::message_of(unknown).find("did you mean COST?"), std::string::npos);
}

TEST(Describe, OtherIndicatorsAndTimeAreInWords) {
  model::SteeringModel model;
  model.indicators.resize(2);
  model.indicators[0].id = "COST";
  model.indicators[0].label = {"Dépenses", "Expenses"};
  model::Indicator& change = model.indicators[1];
  change.id = "CHANGE";
  change.value = "COST.offset('year', -1) / ytd(COST).offset('month', 2) + growth(COST, 'year')";
  const model::Label meaning = meaning_of(change, model);
  EXPECT_EQ(meaning.fr,
            "« Dépenses » décalé de ('year', moins 1) divisé par cumul depuis le 1er janvier de "
            "(« Dépenses ») décalé de ('month', 2) plus évolution en proportion de (« Dépenses », "
            "'year'); par année, arrondi à 0 décimale");
  EXPECT_TRUE(meaning.en.starts_with("\"Expenses\" moved by ('year', minus 1) divided by"))
      << meaning.en;
}

TEST(Describe, ALandingSaysHowItIsForeseen) {
  model::SteeringModel model;
  model.indicators.resize(1);
  model.indicators[0].id = "COST";
  model.indicators[0].label = {"Dépenses", "Expenses"};
  model::Indicator landing;
  landing.value = "landing(COST, 'trend')";
  EXPECT_TRUE(meaning_of(landing, model)
                  .fr.starts_with("atterrissage de fin d'année de « Dépenses » (selon la droite "
                                  "ajustée aux périodes écoulées); par année"))
      << meaning_of(landing, model).fr;
  landing.value = "landing_error(COST, 'seasonal', 5) * 2";
  EXPECT_TRUE(meaning_of(landing, model)
                  .en.starts_with("mean error, over the 5 years before, of the year-end landing of "
                                  "\"Expenses\" (the rest as in the year before) times 2"))
      << meaning_of(landing, model).en;
}

TEST(Describe, AStatusIsInWords) {
  const model::SteeringModel model;
  model::Indicator judged;
  judged.value = "count()";
  judged.green = "value <= target";
  judged.amber = "value < target * 1.15";
  judged.hysteresis = 2;
  const model::Label words = meaning_of(judged, model);
  EXPECT_NE(
      words.fr.find("vert si la valeur ≤ la cible, orange si la valeur < la cible fois 1.15; le "
                    "statut change quand 2 périodes de suite le disent"),
      std::string::npos)
      << words.fr;
  EXPECT_NE(words.en.find("green where the value ≤ the target, amber where the value < the "
                          "target times 1.15; the status changes when 2 periods in a row say so"),
            std::string::npos)
      << words.en;
}

TEST(Meaning, NamesCalendarsPoolsAndWhatStandsForNoValue) {
  model::SteeringModel model;
  model.calendars.emplace_back().id = "mairie";
  model.calendars[0].label = {"Accueil", "Front desk"};
  model.pools.emplace_back().id = "EC";
  model.pools[0].label = {"État civil", "Registry"};
  model::Indicator indicator;
  indicator.value = "median(business_minutes(opened, solved, 'mairie')) / cost(pool.EC, tdabc)";
  indicator.when_empty = "0";
  indicator.when_zero_den = "100";
  const model::Label meaning = meaning_of(indicator, model);
  EXPECT_TRUE(meaning.fr.starts_with(
      "médiane de (temps ouvré (opened, solved, « Accueil »)) divisé par coût réparti par « État "
      "civil » par le temps"))
      << meaning.fr;
  EXPECT_TRUE(meaning.fr.ends_with("; 0 en l'absence de données; 100 si l'on divise par 0"))
      << meaning.fr;
  EXPECT_TRUE(meaning.en.ends_with("; 0 where there are no data; 100 where it divides by 0"))
      << meaning.en;
}

TEST_F(EdgeTest, AdministrationReachesTheBackend) {
  start();
  const auto admin = client();
  EXPECT_EQ(admin->overview()->authority(), "demo");
  EXPECT_EQ(admin->list_connectors()->connectors(0).id(), "finance");
  EXPECT_EQ(admin->enable_connector("finance")->connector().id(), "finance");
  EXPECT_TRUE(absl::IsNotFound(admin->enable_connector("other").status()));
  EXPECT_EQ(admin->disable_connector("finance")->connector().id(), "finance");
  EXPECT_TRUE(admin->run_connector("finance").ok());
  EXPECT_TRUE(admin->restart_connector("finance").ok());
  admin::v1::ApplyModelRequest model;
  model.add_files()->set_text(std::string(5 << 20, 'x'));  // beyond gRPC's usual 4 MiB
  EXPECT_EQ(admin->apply_model(model)->changed_cells(), 1U);
  EXPECT_EQ(admin->model_history()->models(0).proposed(), 2U);
  EXPECT_EQ(admin->rollback_model("2")->switched(), 3U);
  EXPECT_TRUE(absl::IsNotFound(admin->rollback_model("9").status()));
  admin::v1::ListQuarantineRequest list;
  list.set_connector("finance");
  EXPECT_EQ(admin->list_quarantine(list)->entries(0).connector(), "finance");
  EXPECT_EQ(admin->get_quarantined(5)->entry().number(), 5U);
}

TEST_F(EdgeTest, TheSocketIsForThisUserOnly) {
  start();
  struct stat info {};
  ASSERT_EQ(::stat(settings().socket_path.c_str(), &info), 0);
  EXPECT_TRUE(S_ISSOCK(info.st_mode));
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  server_->stop(std::chrono::seconds(1));
  EXPECT_NE(::stat(settings().socket_path.c_str(), &info), 0);
}

TEST_F(EdgeTest, ASocketLeftByADeadHubIsReplacedAndALiveOneIsNot) {
  const std::string path = settings().socket_path;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(fd);
  start();
  EXPECT_TRUE(client()->overview().ok());
  const auto second = Server::start(settings(), *publisher_, admin_);
  EXPECT_TRUE(absl::IsFailedPrecondition(second.status()));
  EXPECT_TRUE(client()->overview().ok());
}

TEST_F(EdgeTest, AnotherKindOfFileIsNeverRemoved) {
  std::ofstream(settings().socket_path) << "precious";
  const auto server = Server::start(settings(), *publisher_, admin_);
  EXPECT_TRUE(absl::IsFailedPrecondition(server.status()));
  EXPECT_EQ(::access(settings().socket_path.c_str(), F_OK), 0);
}

TEST_F(EdgeTest, TcpAsksForTheToken) {
  start("127.0.0.1:0");
  const std::string address = server_->tcp_address();
  EXPECT_TRUE(absl::IsUnauthenticated(client(address)->overview().status()));
  EXPECT_TRUE(absl::IsUnauthenticated(client(address, "wrong")->overview().status()));
  EXPECT_TRUE(absl::IsUnauthenticated(client(address, std::string(64, '0'))->overview().status()));
  std::ifstream file(folder_.path() + "/token");
  std::string token;
  file >> token;
  EXPECT_EQ(token.size(), 64U);
  EXPECT_TRUE(client(address, token)->overview().ok());
  struct stat info {};
  ASSERT_EQ(::stat((folder_.path() + "/token").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(EdgeTest, ASecondServerOnOnePortIsRefused) {
  start("127.0.0.1:0");
  Server::Settings second = settings(server_->tcp_address());
  second.socket_path += "2";
  const auto refused = Server::start(second, *publisher_, admin_);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused.status())) << refused.status();
  EXPECT_NE(base::message_of(refused.status()).find("another program has this port"),
            std::string::npos);
}

TEST_F(EdgeTest, AnAddressBeyondLoopbackIsRefused) {
  for (const std::string address : {"0.0.0.0:7070", "10.0.0.1:1", "7070", "localhost.evil:1"}) {
    EXPECT_TRUE(
        absl::IsInvalidArgument(Server::start(settings(address), *publisher_, admin_).status()))
        << address;
  }
}

TEST_F(EdgeTest, AnotherAuthorityIsNotServed) {
  start();
  Client::Settings other;
  other.address = settings().socket_path;
  other.authority = "elsewhere";
  const Status status = (*Client::connect(other))->overview().status();
  EXPECT_TRUE(absl::IsNotFound(status));
  other.authority = "demo";
  EXPECT_TRUE((*Client::connect(other))->overview().ok());
}

TEST_F(EdgeTest, UntilItIsReadyCallsAreUnavailable) {
  start();
  server_->set_ready(false);
  EXPECT_TRUE(absl::IsUnavailable(client()->overview().status()));
  server_->set_ready(true);
  EXPECT_TRUE(client()->overview().ok());
}

TEST_F(EdgeTest, AHubThatIsNotThereIsToldWithItsAddress) {
  const Status status = client()->overview().status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_NE(base::message_of(status).find("hub.sock"), std::string::npos);
}

// One call of a method of which only the name and the bytes are known.
std::string call(const std::string& address, const std::string& method, const std::string& bytes) {
  const auto channel = grpc::CreateChannel("unix:" + address, grpc::InsecureChannelCredentials());
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_authority("localhost");
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  grpc::CompletionQueue queue;
  const auto stream = stub.PrepareCall(&context, method, &queue);
  void* tag = nullptr;
  bool ok = false;
  stream->StartCall(nullptr);
  queue.Next(&tag, &ok);
  const grpc::Slice slice(bytes);
  stream->Write(grpc::ByteBuffer(&slice, 1), nullptr);
  queue.Next(&tag, &ok);
  grpc::ByteBuffer answer;
  stream->Read(&answer, nullptr);
  queue.Next(&tag, &ok);
  grpc::Slice all;
  if (ok) answer.DumpToSingleSlice(&all);
  context.TryCancel();
  grpc::Status status;
  stream->Finish(&status, nullptr);
  queue.Next(&tag, &ok);
  return {reinterpret_cast<const char*>(all.begin()), all.size()};
}

TEST_F(EdgeTest, ReflectionListsTheServicesAndHealthAnswers) {
  start();
  // ServerReflectionRequest{list_services = ""}
  const std::string services =
      call(settings().socket_path, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
           "\x3a\x01*");
  for (const char* name : {"passerelle.hub.v1.IndicatorService", "passerelle.admin.v1.AdminService",
                           "grpc.health.v1.Health"}) {
    EXPECT_NE(services.find(name), std::string::npos) << name;
  }
  EXPECT_EQ(call(settings().socket_path, "/grpc.health.v1.Health/Check", ""), "\x08\x01");
  server_->set_ready(false);
  EXPECT_EQ(call(settings().socket_path, "/grpc.health.v1.Health/Check", ""), "\x08\x02");
}

TEST(Roles, EveryMethodOfEveryServiceHasARule) {
  std::size_t methods = 0;
  for (const google::protobuf::ServiceDescriptor* service :
       {hub::v1::SubscribeRequest::descriptor()->file()->service(0),
        admin::v1::OverviewRequest::descriptor()->file()->service(0)}) {
    for (int i = 0; i < service->method_count(); ++i, ++methods) {
      const std::string name = "/" + service->full_name() + "/" + service->method(i)->name();
      EXPECT_TRUE(may_call(Role::kAdministrator, name)) << name << " has no rule";
    }
  }
  EXPECT_EQ(methods, rules().size()) << "a rule is of no method";
  EXPECT_FALSE(may_call(Role::kReader, "/passerelle.admin.v1.AdminService/ApplyModel"));
  EXPECT_FALSE(may_call(Role::kAuditor, "/passerelle.admin.v1.AdminService/EnableConnector"));
  EXPECT_FALSE(may_call(Role::kAdministrator, "/passerelle.admin.v1.AdminService/Unknown"));
}

}  // namespace
}  // namespace passerelle::edge
