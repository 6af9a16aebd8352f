#include "core/intake/vault.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <set>

#include "tests/core/journal/temporary_folder.h"

namespace passerelle::intake {
namespace {

class VaultTest : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    vault_.reset();
    auto vault = Vault::open(settings_);
    ASSERT_TRUE(vault.ok()) << vault.status();
    vault_ = *std::move(vault);
    settings_.may_create = false;
  }
  StatusOr<std::vector<model::PersonMerged>> link(PersonRef kept, PersonRef other) {
    const SamePerson pair{kept, other};
    return vault_->link({&pair, 1});
  }
  base::Hash128 token(std::string_view scheme, std::string_view value) {
    const PersonRef reference{scheme, value};
    const auto tokens = vault_->tokens_for({&reference, 1});
    EXPECT_TRUE(tokens.ok()) << tokens.status();
    return tokens.ok() ? tokens->front() : base::Hash128{};
  }
  std::string all_bytes() const {
    std::string bytes;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      std::ifstream in(entry.path(), std::ios::binary);
      bytes.append(std::istreambuf_iterator<char>(in), {});
    }
    return bytes;
  }

  TemporaryFolder folder_;
  VaultSettings settings_{folder_.path(), "", true};
  std::unique_ptr<Vault> vault_;
};

TEST_F(VaultTest, OneIdentifierHasOneTokenForEver) {
  const base::Hash128 first = token("matricule", "A0001");
  EXPECT_EQ(token("matricule", "A0001"), first);
  EXPECT_EQ(token("matricule", " a0001 "), first) << "spaces and case do not make another person";
  EXPECT_NE(token("matricule", "A0002"), first);
  EXPECT_NE(token("badge", "A0001"), first) << "another register";
  open();
  EXPECT_EQ(token("matricule", "A0001"), first);
  EXPECT_EQ(vault_->stats()->identifiers, 3U);
  EXPECT_EQ(vault_->stats()->persons, 3U);
}

TEST_F(VaultTest, ABatchOfIdentifiersGetsItsTokensInOrderAndRepeatsShareOne) {
  std::vector<std::string> values;
  for (int i = 0; i < 3'000; ++i) values.push_back("M" + std::to_string(i % 1'000));
  std::vector<PersonRef> references;
  for (const std::string& value : values) references.push_back({"matricule", value});
  const auto tokens = vault_->tokens_for(references);
  ASSERT_TRUE(tokens.ok());
  const std::set<base::Hash128> distinct(tokens->begin(), tokens->end());
  EXPECT_EQ(distinct.size(), 1'000U);
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ((*tokens)[i], (*tokens)[i % 1'000]);
  }
  EXPECT_EQ((*tokens)[5], token("matricule", "M5"));
}

TEST_F(VaultTest, NoFileShowsAnIdentifierAndOtherUsersReadNone) {
  token("matricule", "DUPONT-4711-TRACE");
  vault_->seal("SEALED-4711-TRACE");
  EXPECT_EQ(all_bytes().find("4711"), std::string::npos);
  for (const char* name : {"/vault.db", "/vault.key", "/vault.db-wal"}) {
    struct stat found = {};
    ASSERT_EQ(::stat((folder_.path() + name).c_str(), &found), 0) << name;
    EXPECT_EQ(found.st_mode & 0777, 0600U) << name;
  }
}

TEST_F(VaultTest, AnErasedPersonIsGoneFromTheFilesAndComesBackAsAnother) {
  const base::Hash128 before = token("matricule", "A0001");
  ASSERT_TRUE(link({"matricule", "A0001"}, {"badge", "77"}).ok());
  const auto rows = vault_->erase({"matricule", "A0001"});
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(*rows, 2U);
  EXPECT_EQ(*vault_->erase({"matricule", "A0001"}), 0U);
  EXPECT_FALSE(vault_->find({"badge", "77"})->has_value());
  const std::string token_bytes(reinterpret_cast<const char*>(&before), sizeof before);
  EXPECT_EQ(all_bytes().find(token_bytes), std::string::npos);
  EXPECT_NE(token("matricule", "A0001"), before);
}

TEST_F(VaultTest, RotationChangesEveryKeyAndKeepsTokensAndSealedValues) {
  const base::Hash128 before = token("matricule", "A0001");
  const std::string sealed = vault_->seal("a source value");
  std::ifstream old_key(folder_.path() + "/vault.key");
  const std::string old_text{std::istreambuf_iterator<char>(old_key), {}};
  ASSERT_TRUE(vault_->rotate().ok());
  EXPECT_EQ(token("matricule", "A0001"), before);
  open();
  EXPECT_EQ(token("matricule", "A0001"), before);
  EXPECT_EQ(*vault_->open_sealed(sealed), "a source value");
  std::ifstream new_key(folder_.path() + "/vault.key");
  const std::string new_text{std::istreambuf_iterator<char>(new_key), {}};
  EXPECT_NE(new_text, old_text);
  vault_.reset();
  std::ofstream(folder_.path() + "/vault.key") << old_text;
  EXPECT_EQ(Vault::open(settings_).status().code(), absl::StatusCode::kFailedPrecondition)
      << "the old key opens nothing any more";
}

TEST_F(VaultTest, ARotationThatWasCutAfterTheFileChangedIsFinishedAtTheNextStart) {
  const base::Hash128 before = token("matricule", "A0001");
  const std::string key_path = folder_.path() + "/vault.key";
  std::filesystem::copy_file(key_path, folder_.path() + "/old");
  ASSERT_TRUE(vault_->rotate().ok());
  vault_.reset();
  std::filesystem::rename(key_path, key_path + ".next");
  std::filesystem::rename(folder_.path() + "/old", key_path);
  open();
  EXPECT_EQ(token("matricule", "A0001"), before);
  EXPECT_FALSE(std::filesystem::exists(key_path + ".next"));
  open();
}

TEST_F(VaultTest, ASecretInPlaceOfTheFileOpensAndRotates) {
  const TemporaryFolder folder;
  VaultSettings settings{folder.path(), std::string(40, 's'), true};
  auto vault = Vault::open(settings);
  ASSERT_TRUE(vault.ok()) << vault.status();
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/vault.key"));
  const PersonRef reference{"matricule", "A0001"};
  const auto before = (*vault)->tokens_for({&reference, 1});
  EXPECT_FALSE((*vault)->rotate("short").ok());
  ASSERT_TRUE((*vault)->rotate(std::string(40, 't')).ok());
  vault->reset();
  EXPECT_FALSE(Vault::open(settings).ok()) << "the old secret";
  settings.master_key = std::string(40, 't');
  vault = Vault::open(settings);
  ASSERT_TRUE(vault.ok()) << vault.status();
  EXPECT_EQ(*(*vault)->tokens_for({&reference, 1}), *before);
  settings.master_key = "short";
  EXPECT_FALSE(Vault::open(settings).ok());
}

TEST_F(VaultTest, AMissingUnreadableOrOpenVaultIsRefusedWithTheRemedy) {
  token("matricule", "A0001");
  vault_.reset();
  const std::string path = folder_.path() + "/vault.db";
  const auto refused = [this](std::string_view why) {
    const Status status = Vault::open(settings_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << why;
    EXPECT_NE(base::message_of(status).find("backup"), std::string::npos) << status;
  };
  ::chmod(path.c_str(), 0644);
  refused("other users can read it");
  ::chmod(path.c_str(), 0600);
  std::filesystem::rename(folder_.path() + "/vault.key", folder_.path() + "/away");
  refused("the key is missing");
  std::filesystem::rename(folder_.path() + "/away", folder_.path() + "/vault.key");
  ::chmod((folder_.path() + "/vault.key").c_str(), 0640);
  refused("the key can be read by others");
  ::chmod((folder_.path() + "/vault.key").c_str(), 0600);
  std::filesystem::rename(path, path + ".away");
  refused("the vault is missing");
  std::ofstream(path) << "not a database, and long enough to be looked at by SQLite's reader"
                      << std::string(4'096, 'x');
  ::chmod(path.c_str(), 0600);
  refused("the vault is not a database");
  std::filesystem::rename(path + ".away", path);
  open();
}

TEST_F(VaultTest, ADamagedRowIsNoticedAndNeverYieldsAnotherToken) {
  const base::Hash128 before = token("matricule", "A0001");
  vault_.reset();
  const std::string path = folder_.path() + "/vault.db";
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  in.close();
  const std::string token_bytes(reinterpret_cast<const char*>(&before), sizeof before);
  for (std::size_t at = bytes.find(token_bytes); at != std::string::npos;
       at = bytes.find(token_bytes, at + 1)) {
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
  }
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  open();
  const PersonRef reference{"matricule", "A0001"};
  EXPECT_EQ(vault_->tokens_for({&reference, 1}).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(VaultTest, LinkingTwoKnownIdentifiersMergesTheirTokensAndTellsTheJournal) {
  const base::Hash128 matricule = token("matricule", "A0001");
  const base::Hash128 badge = token("badge", "77");
  const auto merges = link({"matricule", "A0001"}, {"badge", "77"});
  ASSERT_TRUE(merges.ok() && merges->size() == 1);
  EXPECT_EQ(merges->front().kept, matricule);
  EXPECT_EQ(merges->front().dropped, badge);
  EXPECT_EQ(token("badge", "77"), matricule);
  EXPECT_TRUE(link({"matricule", "A0001"}, {"badge", "77"})->empty());
  open();
  auto pending = vault_->pending_merges();
  ASSERT_EQ(pending->size(), 1U) << "a crash before the journal's commit does not lose it";
  EXPECT_EQ(pending->front().dropped, badge);
  ASSERT_TRUE(vault_->merges_journaled(*pending).ok());
  EXPECT_TRUE(vault_->pending_merges()->empty());
}

TEST_F(VaultTest, LinkingANewIdentifierGivesItTheOthersTokenWithoutAMerge) {
  const base::Hash128 matricule = token("matricule", "A0001");
  EXPECT_TRUE(link({"matricule", "A0001"}, {"badge", "77"})->empty());
  EXPECT_EQ(token("badge", "77"), matricule);
  EXPECT_TRUE(link({"login", "x"}, {"badge", "77"})->empty());
  EXPECT_EQ(token("login", "x"), matricule);
  EXPECT_TRUE(link({"login", "y"}, {"mail", "z"})->empty());
  EXPECT_EQ(token("login", "y"), token("mail", "z"));
  EXPECT_EQ(vault_->stats()->persons, 2U);
}

TEST_F(VaultTest, LinksOfOneCallFollowEachOtherAndHoldTogether) {
  const base::Hash128 a = token("matricule", "A");
  const base::Hash128 b = token("badge", "B");
  const base::Hash128 c = token("login", "C");
  // B becomes A, then C becomes what B is by then.
  const SamePerson pairs[] = {{{"matricule", "A"}, {"badge", "B"}},
                              {{"badge", "B"}, {"login", "C"}}};
  const auto merges = vault_->link(pairs);
  ASSERT_TRUE(merges.ok() && merges->size() == 2);
  EXPECT_EQ((*merges)[0].dropped, b);
  EXPECT_EQ((*merges)[1].kept, a);
  EXPECT_EQ((*merges)[1].dropped, c);
  EXPECT_EQ(token("login", "C"), a);
  EXPECT_EQ(vault_->stats()->persons, 1U);
}

TEST_F(VaultTest, ASealedValueThatWasChangedDoesNotOpen) {
  std::string sealed = vault_->seal("value");
  EXPECT_NE(vault_->seal("value"), sealed) << "equal values do not look equal";
  EXPECT_EQ(*vault_->open_sealed(sealed), "value");
  sealed.back() = static_cast<char>(sealed.back() ^ 1);
  EXPECT_EQ(vault_->open_sealed(sealed).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(vault_->open_sealed("").ok());
}

TEST(Identifiers, TheSocialSecurityNumberIsRefusedAsASchemeAndByItsShape) {
  EXPECT_NE(why_refused({"nir", "x"}), "");
  EXPECT_NE(why_refused({"NIR", "x"}), "");
  EXPECT_NE(why_refused({"matricule", "1850275999999"}), "") << "13 digits, February 1985";
  EXPECT_NE(why_refused({"matricule", "285122A99999999"}), "") << "15, born in Corsica";
  EXPECT_NE(why_refused({"", "x"}), "");
  EXPECT_NE(why_refused({"matricule", " "}), "");
  EXPECT_EQ(why_refused({"matricule", "A0001"}), "");
  EXPECT_FALSE(looks_like_nir("1851375999999")) << "there is no month 13";
  EXPECT_FALSE(looks_like_nir("3850275999999"));
  EXPECT_FALSE(looks_like_nir("21340129800010")) << "a SIRET has 14 digits";
  EXPECT_FALSE(looks_like_nir("18502759A9999"));
}

}  // namespace
}  // namespace passerelle::intake
