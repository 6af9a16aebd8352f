// Who is who, on the way from a connector's record to a head count: vault, journal, fold. Each step
// may be the last one before a crash.
#include <gtest/gtest.h>

#include "core/base/sqlite.h"
#include "tests/core/app/authority_fixture.h"

namespace passerelle::app {
namespace {

const std::vector<steering::ModelFile> kModel = {
    {"authority.yaml",
     "authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: UTC}\n"
     "kinds:\n  assignment: {fields: {former_agent: person}}\n"},
    {"connectors/gossip.yaml", "plugin: file\nlabel: {fr: x, en: x}\n"},
    {"connectors/hris.yaml",
     "plugin: file\nlabel: {fr: x, en: x}\n"
     "links: [{field: agent, same_as: former_agent}]\n"},
    {"indicators.yaml",
     "indicators:\n  AGENTS: {label: {fr: Agents, en: Agents}, kind: means, from: assignment, "
     "value: distinct(agent), grain: all, unit: count}\n"}};

void set_person(pb::Row* row, const std::string& field, const std::string& scheme,
                const std::string& value) {
  if (value.empty()) return;
  pb::PersonRef* person = (*row->mutable_values())[field].mutable_person();
  person->set_scheme(scheme);
  person->set_value(value);
}

// A stay of an agent, by matricule; `former`: the same person's identifier in the payroll.
pb::ReadResponse stay(const std::string& id, const std::string& matricule,
                      const std::string& former = "") {
  pb::ReadResponse message;
  message.mutable_batch()->set_stream("stays");
  message.mutable_batch()->set_checkpoint(id);
  pb::Row* row = message.mutable_batch()->mutable_rows()->add_rows();
  row->set_id(id);
  row->set_version(1);
  set_person(row, "agent", "matricule", matricule);
  set_person(row, "former_agent", "payroll", former);
  (*row->mutable_values())["from"].set_date(20'000);
  return message;
}

pb::ReadResponse payroll_stay(const std::string& id, const std::string& number) {
  pb::ReadResponse message = stay(id, "");
  message.mutable_batch()->set_stream("payroll_stays");
  set_person(message.mutable_batch()->mutable_rows()->mutable_rows(0), "agent", "payroll", number);
  return message;
}

pb::DiscoverResponse streams() {
  pb::DiscoverResponse all;
  for (const char* name : {"stays", "payroll_stays"}) {
    pb::StreamType* stream = all.add_streams();
    stream->set_name(name);
    stream->set_kind("assignment");
    const bool is_payroll = std::string(name) == "payroll_stays";
    for (const char* field : {"agent", "former_agent"}) {
      types::Field* person = stream->add_fields();
      person->set_name(field);
      person->set_type(types::FIELD_TYPE_PERSON);
      person->set_scheme(is_payroll || std::string(field) == "former_agent" ? "payroll"
                                                                            : "matricule");
    }
    types::Field* from = stream->add_fields();
    from->set_name("from");
    from->set_type(types::FIELD_TYPE_DATE);
  }
  return all;
}

class LinksTest : public AuthorityTest {
 protected:
  LinksTest() : AuthorityTest(kModel, {{"hris", streams()}, {"gossip", streams()}}) {}

  std::string head_count() {
    const auto answer = authority_->publisher().get({{"AGENTS"}, {}, "", "", {}}, {});
    if (!answer.ok() || answer->cells.size() != 1) return "none";
    return std::to_string(answer->cells[0].value.scaled);
  }
  int merges_in_journal() {
    int merges = 0;
    const Status read = authority_->journal().read(1, [&](const model::Commit& commit) {
      merges += std::holds_alternative<model::PersonMerged>(commit.body) ? 1 : 0;
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok()) << read;
    return merges;
  }
  void run_sql(const std::string& file, const std::string& sql) {
    const auto database = base::SqliteDatabase::open(data() + "/" + file, SQLITE_OPEN_READWRITE);
    ASSERT_TRUE(database.ok()) << database.status();
    const Status done = database->run(sql.c_str());
    ASSERT_TRUE(done.ok()) << done;
  }
};

TEST_F(LinksTest, TwoIdentifiersOfOnePersonCountOnceWhateverComesFirst) {
  ASSERT_TRUE(send("gossip", payroll_stay("p1", "D-1")).ok());
  EXPECT_EQ(head_count(), "1");
  ASSERT_TRUE(send("hris", stay("h2", "M2", "D-2")).ok());  // the link before the payroll's record
  ASSERT_TRUE(send("gossip", payroll_stay("p2", "d-2 ")).ok());
  EXPECT_EQ(head_count(), "2");
  ASSERT_TRUE(send("hris", stay("h1", "M1")).ok());
  EXPECT_EQ(head_count(), "3");
  ASSERT_TRUE(send("hris", stay("h1b", "M1", "D-1")).ok());  // after both records
  EXPECT_EQ(head_count(), "2");
  // A chain: who was M1 is M7 now.
  ASSERT_TRUE(send("hris", stay("h7", "M7", "D-1")).ok());
  EXPECT_EQ(head_count(), "2");
  ASSERT_TRUE(send("hris", stay("h1c", "M1")).ok());
  EXPECT_EQ(head_count(), "2");
  open();
  EXPECT_EQ(head_count(), "2");
}

TEST_F(LinksTest, OnlyAConnectorThatDeclaresLinksStatesThem) {
  ASSERT_TRUE(send("gossip", payroll_stay("p1", "D-1")).ok());
  ASSERT_TRUE(send("gossip", stay("h1", "M1", "D-1")).ok());
  EXPECT_EQ(head_count(), "2");
  EXPECT_EQ(merges_in_journal(), 0);
  ASSERT_TRUE(send("hris", stay("h1", "M1", "D-1")).ok());
  EXPECT_EQ(head_count(), "1");
}

TEST_F(LinksTest, RecordsReadAgainAfterAMergeAreUnchanged) {
  ASSERT_TRUE(send("gossip", payroll_stay("p1", "D-1")).ok());
  ASSERT_TRUE(send("hris", stay("h1", "M1")).ok());
  pb::ReadResponse link = stay("h2", "M1", "D-1");
  ASSERT_TRUE(send("hris", link).ok());
  const auto unchanged = [&] {
    return authority_->with_engine(
        [](consolidation::Engine& engine) { return engine.statistics()["hris"].unchanged; });
  };
  const std::uint64_t before = unchanged();
  ASSERT_TRUE(send("hris", link).ok());
  EXPECT_EQ(unchanged(), before + 1) << "its tokens were those of after the merge";
  EXPECT_EQ(merges_in_journal(), 1);
}

struct Fault {
  const char* name;
  const char* file;
  const char* trigger;  // the step that fails, by a trigger of SQLite
  bool link_is_read;    // the message with the link was taken all the same
};

class LinkFaultTest : public LinksTest, public testing::WithParamInterface<Fault> {};

TEST_P(LinkFaultTest, ACrashAtAnyStepLosesNoLinkAndCountsNobodyTwice) {
  const Fault& fault = GetParam();
  ASSERT_TRUE(send("gossip", payroll_stay("p1", "D-1")).ok());
  ASSERT_TRUE(send("hris", stay("h1", "M1")).ok());
  ASSERT_EQ(head_count(), "2");
  run_sql(fault.file, std::string("CREATE TRIGGER fault ") + fault.trigger +
                          " BEGIN SELECT RAISE(ABORT, 'fault'); END");
  pb::ReadResponse link = stay("h2", "M1", "D-1");
  set_person(link.mutable_batch()->mutable_rows()->add_rows(), "agent", "matricule", "M9");
  link.mutable_batch()->mutable_rows()->mutable_rows(1)->set_id("h9");
  EXPECT_EQ(send("hris", link).ok(), fault.link_is_read);
  // What comes after in the same read is not committed either: its checkpoint would skip the link.
  EXPECT_EQ(send("hris", stay("h3", "M1")).ok(), fault.link_is_read);
  authority_.reset();
  run_sql(fault.file, "DROP TRIGGER fault");
  open();
  EXPECT_EQ(authority_->checkpoint_of("hris"), fault.link_is_read ? "h3" : "h1");
  // The connector sends again from its last checkpoint.
  ASSERT_TRUE(send("hris", link).ok());
  ASSERT_TRUE(send("hris", stay("h3", "M1")).ok());
  EXPECT_EQ(head_count(), "2") << "M1, who is D-1, and M9";
  EXPECT_GE(merges_in_journal(), 1);
  const auto pending = intake::Vault::open({data(), "", false});
  ASSERT_TRUE(pending.ok()) << pending.status();
  open();
  EXPECT_EQ(head_count(), "2");
  EXPECT_TRUE((*pending)->pending_merges()->empty());
}

// The link; then a new person's token; the merge's commit; the records' commit; the merge ticked
// off. In the journal: 1 genesis, 2 and 3 the model, 4 and 5 the two stays, 6 the merge, 7 the
// records.
INSTANTIATE_TEST_SUITE_P(
    Links, LinkFaultTest,
    testing::Values(
        Fault{"Link", "vault.db", "BEFORE INSERT ON merges", false},
        Fault{"Token", "vault.db",
              "BEFORE INSERT ON identifiers WHEN (SELECT count(*) FROM merges) > 0", false},
        Fault{"MergeCommit", "journal.db", "BEFORE INSERT ON commits WHEN NEW.revision = 6", false},
        Fault{"RecordsCommit", "journal.db", "BEFORE INSERT ON commits WHEN NEW.revision = 7",
              false},
        Fault{"TickedOff", "vault.db", "BEFORE DELETE ON merges", true}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace passerelle::app
