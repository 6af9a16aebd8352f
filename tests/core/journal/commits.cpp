#include "tests/core/journal/commits.h"

#include <gtest/gtest.h>

namespace passerelle::journal {
namespace {

std::uint64_t below(Random& random, std::uint64_t limit) { return random() % limit; }

std::string random_text(Random& random) {
  static const char* const kTexts[] = {"", "a", "é", "Direction de l'eau", "\n", "12 €", "œuvre"};
  return kTexts[below(random, 7)] + std::to_string(below(random, 1'000));
}

base::Hash128 random_hash(Random& random) { return {random(), random()}; }

model::Column random_column(Random& random, std::size_t rows, int number) {
  model::Column column;
  column.name = "field_" + std::to_string(number);
  column.type = static_cast<model::FieldType>(below(random, 7));
  column.scale = static_cast<int>(below(random, 19));
  if (model::is_text(column.type)) {
    const std::size_t words = below(random, 6);
    for (std::size_t i = 0; i < words; ++i) column.dictionary.push_back(random_text(random));
    for (std::size_t row = 0; row < rows; ++row) {
      column.codes.push_back(static_cast<std::uint32_t>(below(random, words + 1)));
    }
    return column;
  }
  for (std::size_t row = 0; row < rows; ++row) {
    column.numbers.push_back(below(random, 4) == 0 ? model::kAbsent
                                                   : static_cast<std::int64_t>(random()));
  }
  return column;
}

model::Reject random_reject(Random& random) {
  return {random_text(random),     random_text(random),
          random_text(random),     random_text(random),
          random_text(random),     random_text(random),
          random_text(random),     random_text(random),
          below(random, 9),        "decode",
          std::string("\0\xff", 2)};
}

model::ScopeEvent random_scope(Random& random) {
  return {static_cast<model::ScopeEvent::Kind>(below(random, 3)),
          random_text(random),
          {random_text(random), random_text(random)},
          below(random, 2) == 0,
          below(random, 2) == 0,
          static_cast<std::int64_t>(random())};
}

model::Records random_records(Random& random) {
  model::Records records;
  records.connector = random_text(random);
  for (std::uint64_t i = below(random, 3); i > 0; --i) {
    records.batches.push_back(random_batch(random, records.connector, below(random, 40)));
  }
  for (std::uint64_t i = below(random, 3); i > 0; --i) {
    records.scopes.push_back(random_scope(random));
    records.rejects.push_back(random_reject(random));
    records.marks.push_back({random_text(random), static_cast<base::Days>(random())});
  }
  records.checkpoint = std::string("\0{}", 3);
  records.has_checkpoint = below(random, 2) == 0;
  records.read = random();
  records.unchanged = random();
  return records;
}

void expect_same_batch(const model::RecordBatch& a, const model::RecordBatch& b) {
  EXPECT_EQ(a.stream, b.stream);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.scope, b.scope);
  EXPECT_EQ(a.ids.bytes(), b.ids.bytes());
  EXPECT_EQ(a.ids.ends(), b.ids.ends());
  EXPECT_EQ(a.keys, b.keys);
  EXPECT_EQ(a.versions, b.versions);
  EXPECT_EQ(a.deleted, b.deleted);
  EXPECT_EQ(a.positions, b.positions);
  EXPECT_EQ(a.contents, b.contents);
  EXPECT_EQ(a.natural_keys.bytes(), b.natural_keys.bytes());
  EXPECT_EQ(a.natural_keys.ends(), b.natural_keys.ends());
  EXPECT_EQ(a.seen, b.seen);
  EXPECT_EQ(a.seen_versions, b.seen_versions);
  ASSERT_EQ(a.columns.size(), b.columns.size());
  for (std::size_t i = 0; i < a.columns.size(); ++i) {
    EXPECT_EQ(a.columns[i].name, b.columns[i].name);
    EXPECT_EQ(a.columns[i].type, b.columns[i].type);
    EXPECT_EQ(a.columns[i].scale, b.columns[i].scale);
    EXPECT_EQ(a.columns[i].dictionary, b.columns[i].dictionary);
    EXPECT_EQ(a.columns[i].codes, b.columns[i].codes);
    EXPECT_EQ(a.columns[i].numbers, b.columns[i].numbers);
  }
}

std::string facts_of(const model::Reject& r) {
  return r.stream + "|" + r.key + "|" + r.position + "|" + r.rule + "|" + r.field + "|" + r.value +
         "|" + r.reason + "|" + r.remedy + "|" + std::to_string(r.records) + "|" + r.stage + "|" +
         r.sealed;
}

std::string facts_of(const model::ScopeEvent& s) {
  std::string text = std::to_string(static_cast<int>(s.kind)) + "|" + s.scope + "|" +
                     std::to_string(s.at_close) + std::to_string(s.replace) +
                     std::to_string(s.version);
  for (const std::string& stream : s.streams) text += "|" + stream;
  return text;
}

void expect_same_body(const model::Records& a, const model::Records& b) {
  EXPECT_EQ(a.connector, b.connector);
  ASSERT_EQ(a.batches.size(), b.batches.size());
  for (std::size_t i = 0; i < a.batches.size(); ++i) expect_same_batch(a.batches[i], b.batches[i]);
  ASSERT_EQ(a.scopes.size(), b.scopes.size());
  for (std::size_t i = 0; i < a.scopes.size(); ++i) {
    EXPECT_EQ(facts_of(a.scopes[i]), facts_of(b.scopes[i]));
  }
  ASSERT_EQ(a.rejects.size(), b.rejects.size());
  for (std::size_t i = 0; i < a.rejects.size(); ++i) {
    EXPECT_EQ(facts_of(a.rejects[i]), facts_of(b.rejects[i]));
  }
  EXPECT_EQ(a.marks, b.marks);
  EXPECT_EQ(a.checkpoint, b.checkpoint);
  EXPECT_EQ(a.has_checkpoint, b.has_checkpoint);
  EXPECT_EQ(a.read, b.read);
  EXPECT_EQ(a.unchanged, b.unchanged);
}
void expect_same_body(const model::Genesis& a, const model::Genesis& b) {
  EXPECT_EQ(a.epoch, b.epoch);
  EXPECT_EQ(a.authority, b.authority);
}
void expect_same_body(const model::ModelProposed& a, const model::ModelProposed& b) {
  EXPECT_EQ(a.hash, b.hash);
  EXPECT_EQ(a.canonical, b.canonical);
}
void expect_same_body(const model::ModelSwitched& a, const model::ModelSwitched& b) {
  EXPECT_EQ(a.proposed, b.proposed);
}
void expect_same_body(const model::Tick& a, const model::Tick& b) {
  EXPECT_EQ(a.instant, b.instant);
}
void expect_same_body(const model::Admin& a, const model::Admin& b) {
  EXPECT_EQ(a.actor + a.verb + a.object + a.detail, b.actor + b.verb + b.object + b.detail);
}
void expect_same_body(const model::PersonMerged& a, const model::PersonMerged& b) {
  EXPECT_EQ(a.kept, b.kept);
  EXPECT_EQ(a.dropped, b.dropped);
}
void expect_same_body(const model::EngineChanged& a, const model::EngineChanged& b) {
  EXPECT_EQ(a, b);
}
void expect_same_body(const model::Closing& a, const model::Closing& b) { EXPECT_EQ(a, b); }
void expect_same_body(const model::Reopening& a, const model::Reopening& b) { EXPECT_EQ(a, b); }
void expect_same_body(const model::AlertAcknowledged& a, const model::AlertAcknowledged& b) {
  EXPECT_EQ(a, b);
}
void expect_same_body(const model::AccessGranted& a, const model::AccessGranted& b) {
  EXPECT_EQ(a, b);
}
void expect_same_body(const model::AccessRevoked& a, const model::AccessRevoked& b) {
  EXPECT_EQ(a, b);
}

model::AccessGranted random_grant(Random& random) {
  model::AccessGranted grant;
  grant.account.id = random_text(random);
  grant.account.role = static_cast<model::Role>(below(random, 4));
  for (std::uint64_t i = below(random, 3); i > 0; --i) {
    grant.account.units.push_back(random_text(random));
    grant.account.processes.push_back(random_text(random));
  }
  if (below(random, 2) == 0) grant.account.until = static_cast<base::Days>(below(random, 40'000));
  if (below(random, 2) == 0) grant.account.digest.assign(model::kTokenDigestBytes, 'd');
  grant.author = random_text(random);
  grant.reason = random_text(random);
  return grant;
}

}  // namespace

model::RecordBatch random_batch(Random& random, const std::string& connector, std::size_t rows) {
  model::RecordBatch batch;
  batch.stream = random_text(random);
  batch.kind = random_text(random);
  batch.scope = below(random, 2) == 0 ? "" : random_text(random);
  const bool deletions = below(random, 2) == 0;
  const bool positions = below(random, 2) == 0;
  const bool natural_keys = below(random, 2) == 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::string id = random_text(random);
    batch.ids.append(id);
    batch.keys.push_back(model::key_of(connector, batch.stream, id));
    batch.versions.push_back(static_cast<std::int64_t>(random()));
    batch.contents.push_back(random());
    if (deletions) batch.deleted.push_back(static_cast<std::uint8_t>(below(random, 2)));
    if (positions) batch.positions.push_back(random());
    if (natural_keys) batch.natural_keys.append(random_text(random));
  }
  for (std::uint64_t i = below(random, 4); i > 0; --i) {
    batch.seen.push_back(random_hash(random));
    batch.seen_versions.push_back(static_cast<std::int64_t>(random()));
  }
  for (std::uint64_t i = below(random, 6); i > 0; --i) {
    batch.columns.push_back(random_column(random, rows, static_cast<int>(i)));
  }
  return batch;
}

model::Commit random_commit(Random& random) {
  model::Commit commit;
  commit.at = static_cast<base::Instant>(random());
  commit.engine = static_cast<std::uint32_t>(random());
  switch (below(random, 15)) {
    case 0:
      commit.body = model::Genesis{random(), random_text(random)};
      break;
    case 1:
      commit.body = model::ModelProposed{random_hash(random), random_text(random), nullptr};
      break;
    case 2:
      commit.body = model::ModelSwitched{random()};
      break;
    case 3:
      commit.body = model::Tick{static_cast<base::Instant>(random())};
      break;
    case 4:
      commit.body = model::Admin{random_text(random), random_text(random), random_text(random),
                                 random_text(random)};
      break;
    case 5:
      commit.body = model::PersonMerged{random_hash(random), random_hash(random)};
      break;
    case 6:
      commit.body = model::EngineChanged{
          1,
          2,
          {{random_text(random),
            {"direction", "policy"},
            {random_text(random), random_text(random)},
            base::Period::parse("2026-03").value(),
            {static_cast<std::int64_t>(random()), 7, 2, model::NaReason::kNoData,
             model::CellStatus::kRed, model::kFlagStale, below(random, 2) == 0}}}};
      break;
    case 7:
      commit.body = model::Closing{random_text(random),
                                   random_text(random),
                                   base::Period::parse("2026-Q2").value(),
                                   {random_text(random), random_text(random)},
                                   random_text(random),
                                   {random_text(random)}};
      break;
    case 8:
      commit.body = model::Reopening{
          random(), random_text(random), random_text(random), {random_text(random)}};
      break;
    case 9:
      commit.body = model::AlertAcknowledged{random(), random_text(random), random_text(random)};
      break;
    case 10:
      commit.body = random_grant(random);
      break;
    case 11:
      commit.body =
          model::AccessRevoked{random_text(random), random_text(random), random_text(random)};
      break;
    default:
      commit.body = random_records(random);
  }
  return commit;
}

model::Commit records_commit(Random& random, std::size_t rows) {
  model::Records records;
  records.connector = "hr";
  model::RecordBatch batch;
  batch.stream = "work_time";
  batch.kind = "work_time";
  for (std::size_t row = 0; row < rows; ++row) {
    const std::string id = std::to_string(random() % 100'000'000);
    batch.ids.append(id);
    batch.keys.push_back(model::key_of(records.connector, batch.stream, id));
    batch.versions.push_back(static_cast<std::int64_t>(row));
    batch.positions.push_back(row);
    batch.contents.push_back(random());
  }
  for (int i = 0; i < 8; ++i) {
    model::Column column;
    column.name = "field_" + std::to_string(i);
    column.type = i < 4 ? model::FieldType::kString : model::FieldType::kInteger;
    for (int word = 0; i < 4 && word < 50; ++word) {
      column.dictionary.push_back("service " + std::to_string(word));
    }
    for (std::size_t row = 0; row < rows; ++row) {
      if (i < 4) column.codes.push_back(static_cast<std::uint32_t>(random() % 51));
      if (i >= 4) column.numbers.push_back(static_cast<std::int64_t>(random() % 500));
    }
    batch.columns.push_back(std::move(column));
  }
  records.read = rows;
  records.batches.push_back(std::move(batch));
  model::Commit commit;
  commit.body = std::move(records);
  return commit;
}

void expect_same(const model::Commit& a, const model::Commit& b) {
  EXPECT_EQ(a.revision, b.revision);
  EXPECT_EQ(a.at, b.at);
  EXPECT_EQ(a.engine, b.engine);
  ASSERT_EQ(a.body.index(), b.body.index());
  std::visit(
      [&b](const auto& body) {
        expect_same_body(body, std::get<std::decay_t<decltype(body)>>(b.body));
      },
      a.body);
}

}  // namespace passerelle::journal
