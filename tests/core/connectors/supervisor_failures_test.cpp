// Plugins that crash, hang, answer garbage or refuse: state, cause and time; neighbours untouched.
#include <gtest/gtest.h>

#include <functional>

#include "core/connectors/plugin_client.h"
#include "tests/core/connectors/hub_fixture.h"

namespace passerelle::connectors {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Chaos sends its records, waits 500 ms, then does what it is told.
constexpr milliseconds kBeforeTheDeed{500};

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

// The failed connector's status, and how long it took from the first record.
struct Failure {
  ConnectorStatus status;
  milliseconds after{};
};
Failure fail_with(Hub& hub, const std::string& deed, State state = State::kFailed) {
  hub.add("bad", "chaos", R"({"then": ")" + deed + R"("})");
  hub.wait("bad", [&](const ConnectorStatus&) { return hub.sink().records("bad") > 0; });
  const auto start = steady_clock::now();
  Failure failure;
  failure.status = hub.wait_for("bad", state);
  failure.after = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
  return failure;
}

TEST(Failure, ACrashIsShownWithinASecondAndNeighboursGoOn) {
  Hub hub;
  hub.add("good", "chaos", R"({"then": "wait"})");
  const int neighbour = hub.wait_for("good", State::kReading).pid;
  const Failure failure = fail_with(hub, "exit");
  EXPECT_EQ(failure.status.cause, "its process exited with code 3: the source's driver gave up");
  EXPECT_LT(failure.after, kBeforeTheDeed + milliseconds(1'000));
  EXPECT_EQ(hub.supervisor().status("good")->state, State::kReading);
  EXPECT_EQ(hub.supervisor().status("good")->pid, neighbour);
}

TEST(Failure, ASignalIsNamed) {
  Hub hub;
  const Failure failure = fail_with(hub, "segv");
  EXPECT_EQ(failure.status.cause, "its process was ended by SIGSEGV");
  EXPECT_LT(failure.after, kBeforeTheDeed + milliseconds(1'000));
}

TEST(Failure, AHangIsKilledAtTheLimitOfHeartbeats) {
  Hub hub;
  const Failure failure = fail_with(hub, "stop");
  expect_part(failure.status.cause, "no answer to a heartbeat for 1000 ms; it was killed");
  EXPECT_GT(failure.after, milliseconds(800));
  EXPECT_LT(failure.after, kBeforeTheDeed + milliseconds(1'500));
}

TEST(Failure, AFailedConnectorComesBackAfterItsBackOffFromTheCommittedCheckpoint) {
  Hub hub;
  fail_with(hub, "exit");
  const ConnectorStatus status =
      hub.wait("bad", [](const ConnectorStatus& now) { return now.restarts >= 2; });
  EXPECT_EQ(hub.sink().records("bad"), 10u);  // nothing was read twice
  EXPECT_EQ(hub.sink().checkpoint("bad"), "10");
  EXPECT_GE(status.restarts, 2u);
}

TEST(Failure, AcceptedMessagesAreDoneBeforeTheNextTry) {
  Hub hub;
  hub.sink().hold();
  fail_with(hub, "exit");
  std::this_thread::sleep_for(milliseconds(600));  // many back-offs
  EXPECT_EQ(hub.supervisor().status("bad")->restarts, 0u);
  EXPECT_EQ(hub.supervisor().status("bad")->state, State::kFailed);
  hub.sink().release();
  hub.wait("bad", [](const ConnectorStatus& status) { return status.restarts >= 1; });
}

TEST(Failure, ATransientErrorOfTheSourceIsTriedAgain) {
  Hub hub;
  EXPECT_EQ(fail_with(hub, "unavailable").status.cause, "Read: the source does not answer");
  hub.wait("bad", [](const ConnectorStatus& status) { return status.restarts >= 1; });
}

TEST(Failure, AnExceptionOfTheConnectorsCodeIsAnError) {
  Hub hub;
  EXPECT_EQ(fail_with(hub, "throw").status.cause, "Read: the connector's code threw: out of luck");
}

TEST(Failure, AMistakeOfTheAuthorEndsThePluginWithItsReason) {
  Hub hub;
  const Failure failure = fail_with(hub, "undeclared");
  expect_part(failure.status.cause,
              "exited with code 70: connector code: stream 'thing' declares "
              "no field 'colour'");
}

TEST(Failure, AMessageThatIntakeCannotKeepFailsTheRead) {
  Hub hub;
  hub.sink().answer_with(base::unavailable("the disk is full"));
  hub.add("bad", "chaos");
  EXPECT_EQ(hub.wait_for("bad", State::kFailed).cause, "intake: the disk is full");
  hub.sink().answer_with(absl::OkStatus());
  hub.wait_for("bad", State::kIdle);
  EXPECT_EQ(hub.sink().checkpoint("bad"), "10");
}

TEST(Failure, ReadOnceDoesNotTryAgain) {
  Hub hub([](SupervisorSettings& settings) { settings.read_once = true; });
  fail_with(hub, "exit");
  std::this_thread::sleep_for(milliseconds(500));
  EXPECT_EQ(hub.supervisor().status("bad")->restarts, 0u);
  EXPECT_FALSE(hub.supervisor().status("bad")->next_run.has_value());
}

TEST(Refusal, ABadCheckWaitsForAnAdministrator) {
  Hub hub;
  hub.add("bad", "chaos", R"({"then": "bad_check"})");
  EXPECT_EQ(hub.wait_for("bad", State::kRefused).cause,
            "then: is not what the source has; write `end`");
  hub.add("bad", "chaos", R"({"cuont": 3})");
  hub.wait("bad", [](const ConnectorStatus& status) {
    return status.cause == "cuont: unknown key; did you mean 'count'?";
  });
  std::this_thread::sleep_for(milliseconds(300));
  EXPECT_EQ(hub.supervisor().status("bad")->restarts, 0u);
  hub.add("bad", "chaos");
  hub.wait_for("bad", State::kIdle);
}

TEST(Refusal, StreamsTheHubDoesNotKnowAreRefused) {
  Hub hub;
  hub.streams_answer = base::invalid_argument("stream thing has the unknown kind 'thing'");
  hub.add("bad", "chaos");
  EXPECT_EQ(hub.wait_for("bad", State::kRefused).cause,
            "stream thing has the unknown kind 'thing'");
}

TEST(Refusal, AnotherContractIsRefusedWithBothRangesBeforeAnythingStarts) {
  Hub hub;
  hub.add_rude("modern", "[2, 3]");
  hub.add("bad", "modern");
  EXPECT_EQ(hub.wait_for("bad", State::kRefused).cause,
            "plugin modern speaks contract 2 to 3, this hub speaks 1; install a newer version of "
            "the hub");
}

TEST(Refusal, APluginThatIsNotThereIsNamed) {
  Hub hub;
  hub.add("bad", "choas");
  expect_part(hub.wait_for("bad", State::kRefused).cause, "did you mean 'chaos'?");
}

TEST(Garbage, EveryWayOfNotBeingAPluginHasItsCause) {
  Hub hub([](SupervisorSettings& settings) {
    settings.start_max = milliseconds(1'000);
    settings.backoff_unit = milliseconds(60'000);
  });
  hub.add("good", "chaos", R"({"then": "wait"})");
  hub.wait_for("good", State::kReading);
  struct Case {
    std::string name;
    State state;
    std::string cause;
  };
  const std::vector<Case> cases = {
      {"leaves", State::kFailed, "its process exited with code 5 before it was ready"},
      {"babbles", State::kFailed, "its first line is 'hello, world'"},
      {"refuses", State::kRefused, "it does not feel like it"},
      {"future", State::kRefused, "it answered '7 ready'; this hub speaks contract 1"},
      {"silent", State::kFailed, "it did not say that it is ready within 1000 ms"},
      {"garbage", State::kFailed, "Describe: "},
      {"deaf", State::kFailed, "Describe: "},
      {"family", State::kFailed, "its process exited with code 0 before it was ready"}};
  for (const Case& each : cases) {
    hub.add_rude(each.name);
    hub.add(each.name, each.name);
  }
  for (const Case& each : cases) {
    const ConnectorStatus status = hub.wait_for(each.name, each.state, milliseconds(4'000));
    EXPECT_NE(status.cause.find(each.cause), std::string::npos)
        << each.name << ": " << status.cause;
  }
  EXPECT_EQ(hub.supervisor().status("good")->state, State::kReading);
  hub.stop();
  EXPECT_EQ(hub.things_in_runtime(), 0u);
}

}  // namespace
}  // namespace passerelle::connectors
