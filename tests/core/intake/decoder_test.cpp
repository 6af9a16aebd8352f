#include "core/intake/decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

#include "core/base/hash.h"
#include "tests/core/intake/decoder_fixture.h"

namespace passerelle::intake {
namespace {

using Random = std::mt19937_64;

// A cell as text, whatever its column's dictionary.
std::string cell(const model::RecordBatch& batch, const std::string& field, std::size_t row) {
  const model::Column* column = batch.find(field);
  if (column == nullptr) return "-";
  if (model::is_text(column->type)) {
    const std::uint32_t code = column->codes[row];
    return code == 0 ? "-" : "'" + column->dictionary[code - 1] + "'";
  }
  const std::int64_t number = column->numbers[row];
  return number == model::kAbsent ? "-" : std::to_string(number);
}

// The same records as columns: fields in another order, dictionaries turned round, with an entry
// that nobody uses and numbers in the declared scale.
pb::Batch as_columns(const pb::Batch& rows, Random& random) {
  pb::Batch batch;
  batch.set_stream(rows.stream());
  types::Columns* columns = batch.mutable_columns();
  const auto count = static_cast<std::size_t>(rows.rows().rows_size());
  columns->set_rows(static_cast<std::uint32_t>(count));
  std::vector<std::uint32_t> ends;
  std::vector<std::int64_t> versions;
  std::vector<std::uint64_t> positions;
  std::vector<std::uint8_t> deleted;
  for (const pb::Row& row : rows.rows().rows()) {
    columns->mutable_ids()->append(row.id());
    ends.push_back(static_cast<std::uint32_t>(columns->ids().size()));
    versions.push_back(row.version());
    positions.push_back(row.position());
    deleted.push_back(row.deleted() ? 1 : 0);
  }
  columns->set_id_ends(packed(ends));
  columns->set_versions(packed(versions));
  columns->set_positions(packed(positions));
  columns->set_deleted(packed(deleted));
  const pb::StreamType type = test_stream();
  std::vector<types::Field> fields(type.fields().begin(), type.fields().end());
  std::shuffle(fields.begin(), fields.end(), random);
  for (const types::Field& field : fields) {
    types::Column* column = columns->add_columns();
    column->set_name(field.name());
    column->set_type(field.type());
    column->set_scale(field.scale());
    column->add_dictionary("nobody");
    std::vector<std::uint32_t> codes(count, 0);
    std::vector<std::int64_t> numbers(count, model::kAbsent);
    for (std::size_t i = count; i > 0; --i) {
      const pb::Row& row = rows.rows().rows(static_cast<int>(i - 1));
      const auto found = row.values().find(field.name());
      if (found == row.values().end()) continue;
      const pb::Value& v = found->second;
      numbers[i - 1] = v.has_integer()   ? v.integer()
                       : v.has_decimal() ? v.decimal().scaled()
                       : v.has_date()    ? v.date()
                       : v.has_instant() ? v.instant()
                                         : (v.boolean() ? 1 : 0);
      const std::string text = v.has_person() ? v.person().value() : v.text();
      const auto& known = column->dictionary();
      const auto place = std::find(known.begin(), known.end(), text);
      codes[i - 1] = static_cast<std::uint32_t>(place - known.begin()) + 1;
      if (place == known.end()) column->add_dictionary(text);
    }
    const bool text =
        field.type() == types::FIELD_TYPE_STRING || field.type() == types::FIELD_TYPE_PERSON;
    if (text) column->set_codes(packed(codes));
    if (!text) column->clear_dictionary();
    if (!text) column->set_numbers(packed(numbers));
  }
  return batch;
}

TEST_F(DecoderTest, RowsAndColumnsOfTheSameRecordsAreTheSameBatch) {
  Random random(5);
  for (int round = 0; round < 30; ++round) {
    pb::Batch rows;
    for (int i = 0; i < 50; ++i) {
      pb::Row& row = add_good_row(&rows, "v" + std::to_string(i), static_cast<int>(random() % 40));
      for (const char* field : {"service", "agent", "minutes", "amount", "day", "at", "urgent"}) {
        if (random() % 4 == 0) row.mutable_values()->erase(field);
      }
      if (random() % 10 == 0) value(&row, "day").set_date(9'000'000);  // out of range
      if (random() % 10 == 0) value(&row, "agent").mutable_person()->set_value(" ");
      row.set_deleted(random() % 9 == 0);
    }
    const Decoded a = decode(rows);
    const Decoded b = decode(as_columns(rows, random));
    EXPECT_EQ(a.read, 50U);
    EXPECT_EQ(b.read, 50U);
    ASSERT_EQ(a.batch.size(), b.batch.size());
    ASSERT_EQ(a.rejects.size(), b.rejects.size());
    EXPECT_EQ(a.batch.size() + a.rejects.size(), 50U);
    EXPECT_EQ(a.batch.keys, b.batch.keys);
    EXPECT_EQ(a.batch.contents, b.batch.contents);
    EXPECT_EQ(a.batch.deleted, b.batch.deleted);
    EXPECT_EQ(a.batch.positions, b.batch.positions);
    ASSERT_EQ(a.batch.columns.size(), b.batch.columns.size());
    for (std::size_t i = 0; i < a.batch.columns.size(); ++i) {
      EXPECT_EQ(a.batch.columns[i].name, b.batch.columns[i].name) << "one order of fields";
      for (std::size_t row = 0; row < a.batch.size(); ++row) {
        const std::string& field = a.batch.columns[i].name;
        ASSERT_EQ(cell(a.batch, field, row), cell(b.batch, field, row)) << field << " " << row;
      }
    }
    for (std::size_t i = 0; i < a.rejects.size(); ++i) {
      EXPECT_EQ(a.rejects[i].key, b.rejects[i].key);
      EXPECT_EQ(a.rejects[i].rule, b.rejects[i].rule);
      EXPECT_EQ(a.rejects[i].reason, b.rejects[i].reason);
      EXPECT_EQ(a.rejects[i].value, b.rejects[i].value);
    }
  }
}

TEST_F(DecoderTest, ValuesArriveInTheKindsTypesAndPersonsAsTokens) {
  pb::Batch batch;
  batch.set_scope("2026-01");
  add_good_row(&batch, "v1", 3).set_natural_key("n1");
  const Decoded decoded = decode(batch);
  ASSERT_EQ(decoded.batch.size(), 1U);
  EXPECT_EQ(decoded.batch.stream, "visits");
  EXPECT_EQ(decoded.batch.kind, "visit");
  EXPECT_EQ(decoded.batch.scope, "2026-01");
  EXPECT_EQ(decoded.batch.keys[0], model::key_of("crm", "visits", "v1"));
  EXPECT_EQ(decoded.batch.natural_keys[0], "n1");
  EXPECT_EQ(cell(decoded.batch, "service", 0), "'Service 3'");
  EXPECT_EQ(cell(decoded.batch, "amount", 0), "7500") << "75 cents in 1/10,000";
  EXPECT_EQ(decoded.batch.find("amount")->scale, 4);
  EXPECT_EQ(cell(decoded.batch, "urgent", 0), "0");
  const auto token = vault_->find({"matricule", "M3"});
  ASSERT_TRUE(token.ok() && token->has_value());
  EXPECT_EQ(cell(decoded.batch, "agent", 0), "'" + base::to_hex(**token) + "'");
}

TEST_F(DecoderTest, ExactConversionsAreMadeAndNothingIsRounded) {
  pb::Batch batch;
  value(&add_row(&batch, "a"), "amount").set_integer(7);
  pb::Value& b = value(&add_row(&batch, "b"), "amount");
  b.mutable_decimal()->set_scaled(1'234'560);
  b.mutable_decimal()->set_scale(6);
  pb::Value& c = value(&add_row(&batch, "c"), "minutes");
  c.mutable_decimal()->set_scaled(1'200);
  c.mutable_decimal()->set_scale(2);
  const Decoded decoded = decode(batch);
  ASSERT_EQ(decoded.batch.size(), 2U) << "1.234560 has a digit after the fourth decimal";
  EXPECT_EQ(decoded.rejects[0].key, "b");
  EXPECT_EQ(decoded.rejects[0].value, "1.234560");
  EXPECT_EQ(cell(decoded.batch, "amount", 0), "70000");
  EXPECT_EQ(cell(decoded.batch, "minutes", 1), "12");
}

TEST_F(DecoderTest, TheFingerprintFollowsTheContentAndNothingElse) {
  const auto content_of = [this](const std::function<void(pb::Row*)>& change) {
    pb::Batch batch;
    change(&add_good_row(&batch, "id", 5));
    return decode(batch).batch.contents.at(0);
  };
  const std::uint64_t content = content_of([](pb::Row*) {});
  EXPECT_EQ(content_of([](pb::Row* r) { r->set_id("other"); }), content);
  EXPECT_EQ(content_of([](pb::Row* r) { r->set_version(9); }), content);
  EXPECT_EQ(content_of([](pb::Row* r) { r->set_position(9); }), content);
  EXPECT_EQ(content_of([](pb::Row* r) {
              value(r, "amount").mutable_decimal()->set_scaled(125'000);
              value(r, "amount").mutable_decimal()->set_scale(5);
            }),
            content)
      << "1.25 however it is written";
  EXPECT_NE(content_of([](pb::Row* r) { r->set_natural_key("n"); }), content);
  EXPECT_NE(content_of([](pb::Row* r) { r->mutable_values()->erase("day"); }), content);
  EXPECT_NE(content_of([](pb::Row* r) { value(r, "minutes").set_integer(6); }), content);
  // The same numbers in each other's fields are another content.
  EXPECT_NE(content_of([](pb::Row* r) {
              value(r, "minutes").set_integer(20'005);
              value(r, "day").set_date(5);
            }),
            content);
}

TEST_F(DecoderTest, WithoutTheVaultAPersonalStreamStandsStillAndOthersGoOn) {
  pb::Batch batch;
  add_good_row(&batch, "a");
  Decoder personal("crm", test_stream(), &kind_, nullptr);
  EXPECT_TRUE(personal.is_personal());
  EXPECT_EQ(personal.decode(batch).status().code(), absl::StatusCode::kFailedPrecondition);
  Decoder plain("crm",
                stream_type("visits", "visit", {{"minutes", types::FIELD_TYPE_INTEGER, 0, ""}}),
                &kind_, nullptr);
  pb::Batch other;
  value(&add_row(&other, "a"), "minutes").set_integer(3);
  EXPECT_EQ(plain.decode(other)->batch.size(), 1U);
}

TEST_F(DecoderTest, ABrokenStructureFailsTheBatchAndACodeOutsideItsDictionaryOnlyItsRecord) {
  Random random(6);
  pb::Batch rows;
  for (int i = 0; i < 3; ++i) add_good_row(&rows, "v" + std::to_string(i), i);
  const pb::Batch good = as_columns(rows, random);
  ASSERT_EQ(decode(good).batch.size(), 3U);
  const auto broken = [&](const std::function<void(types::Columns*)>& change) {
    pb::Batch batch = good;
    change(batch.mutable_columns());
    return decoder().decode(batch).status().code();
  };
  const auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_EQ(broken([](types::Columns* c) { c->set_rows(4); }), kInvalid);
  EXPECT_EQ(broken([](types::Columns* c) { c->mutable_versions()->pop_back(); }), kInvalid);
  EXPECT_EQ(broken([](types::Columns* c) { c->mutable_ids()->push_back('x'); }), kInvalid);
  EXPECT_EQ(broken([](types::Columns* c) {
              c->set_id_ends(packed<std::uint32_t>({4, 2, 6}));
            }),
            kInvalid);
  EXPECT_EQ(broken([](types::Columns* c) { c->set_positions("abc"); }), kInvalid);
  EXPECT_EQ(broken([](types::Columns* c) { c->set_deleted("a"); }), kInvalid);
  EXPECT_EQ(broken([](types::Columns* c) { c->set_natural_keys("abc"); }), kInvalid);
  for (int i = 0; i < good.columns().columns_size(); ++i) {
    EXPECT_EQ(broken([i](types::Columns* c) { *c->add_columns() = c->columns(i); }), kInvalid);
    EXPECT_EQ(broken([i](types::Columns* c) {
                c->mutable_columns(i)->mutable_codes()->append("x");
                c->mutable_columns(i)->mutable_numbers()->append("x");
              }),
              kInvalid);
    EXPECT_EQ(broken([i](types::Columns* c) {
                c->mutable_columns(i)->set_type(types::FIELD_TYPE_UNSPECIFIED);
              }),
              kInvalid);
  }
  pb::Batch wild = good;
  for (types::Column& column : *wild.mutable_columns()->mutable_columns()) {
    if (column.name() == "service") column.set_codes(packed<std::uint32_t>({1, 99, 2}));
  }
  const Decoded decoded = decode(wild);
  EXPECT_EQ(decoded.batch.size(), 2U);
  ASSERT_EQ(decoded.rejects.size(), 1U);
  EXPECT_EQ(decoded.rejects[0].rule, "PAS-INTAKE-CODE");
}

TEST_F(DecoderTest, ABadTextThatNoRecordUsesDoesNotTravelOn) {
  Random random(8);
  pb::Batch rows;
  add_good_row(&rows, "v1");
  pb::Batch batch = as_columns(rows, random);
  for (types::Column& column : *batch.mutable_columns()->mutable_columns()) {
    if (column.name() == "service") column.set_dictionary(0, "caf\xe9");
  }
  const Decoded decoded = decode(batch);
  EXPECT_EQ(decoded.batch.size(), 1U);
  EXPECT_EQ(decoded.batch.find("service")->dictionary[0], "");
}

TEST_F(DecoderTest, RandomDamageNeverCrashesAndRecordsAddUp) {
  Random random(7);
  pb::Batch rows;
  for (int i = 0; i < 20; ++i) add_good_row(&rows, "v" + std::to_string(i), i);
  const std::string bytes = as_columns(rows, random).SerializeAsString();
  int decoded_batches = 0;
  for (int round = 0; round < 3'000; ++round) {
    std::string damaged = bytes;
    for (std::uint64_t flips = 1 + random() % 3; flips > 0; --flips) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    pb::Batch batch;
    if (!batch.ParseFromString(damaged)) continue;
    const auto decoded = decoder().decode(batch);
    if (!decoded.ok()) continue;
    ++decoded_batches;
    std::uint64_t rejected = 0;
    for (const model::Reject& reject : decoded->rejects) rejected += reject.records;
    ASSERT_EQ(decoded->read, decoded->batch.size() + rejected);
  }
  EXPECT_GT(decoded_batches, 100);
}

}  // namespace
}  // namespace passerelle::intake
