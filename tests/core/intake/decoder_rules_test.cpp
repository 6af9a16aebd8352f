// What is rejected or left out, with which facts.
#include <functional>

#include "core/base/limits.h"
#include "tests/core/intake/decoder_fixture.h"

namespace passerelle::intake {
namespace {

using DecoderRulesTest = DecoderTest;

// A good batch of three, the middle one broken by `break_row`: only that one is rejected.
struct Twin {
  const char* name;
  const char* rule;
  const char* field;
  std::function<void(pb::Row*)> break_row;
  bool personal = false;
};

std::vector<Twin> twins() {
  return {
      {"an id is missing", "PAS-INTAKE-ID-EMPTY", "id", [](pb::Row* r) { r->set_id(""); }},
      {"an id is too long", "PAS-INTAKE-ID-LENGTH", "id",
       [](pb::Row* r) { r->set_id(std::string(base::kRecordKeyBytesMax + 1, 'x')); }},
      {"an id is not UTF-8", "PAS-INTAKE-UTF8", "id", [](pb::Row* r) { r->set_id("caf\xe9"); }},
      {"an id looks like a NIR", "PAS-INTAKE-ID-NIR", "id",
       [](pb::Row* r) { r->set_id("1850275999999"); }, true},
      {"a natural key looks like a NIR", "PAS-INTAKE-ID-NIR", "natural_key",
       [](pb::Row* r) { r->set_natural_key("285027599999999"); }, true},
      {"a text is not UTF-8", "PAS-INTAKE-UTF8", "service",
       [](pb::Row* r) { value(r, "service").set_text("caf\xe9"); }},
      {"a text is too long", "PAS-INTAKE-LENGTH", "service",
       [](pb::Row* r) {
         value(r, "service").set_text(std::string(base::kTextFieldBytesMax + 1, 'x'));
       }},
      {"a text in place of a number", "PAS-INTAKE-TYPE", "minutes",
       [](pb::Row* r) { value(r, "minutes").set_text("ten"); }},
      {"a date in place of an instant", "PAS-INTAKE-TYPE", "at",
       [](pb::Row* r) { value(r, "at").set_date(20'000); }},
      {"a decimal that is not exact", "PAS-INTAKE-SCALE", "amount",
       [](pb::Row* r) {
         value(r, "amount").mutable_decimal()->set_scaled(123'456);
         value(r, "amount").mutable_decimal()->set_scale(5);
       }},
      {"a decimal with absurd decimals", "PAS-INTAKE-SCALE", "amount",
       [](pb::Row* r) {
         value(r, "amount").mutable_decimal()->set_scaled(1);
         value(r, "amount").mutable_decimal()->set_scale(4'000'000'000);
       }},
      {"a decimal that does not fit", "PAS-INTAKE-RANGE", "amount",
       [](pb::Row* r) { value(r, "amount").mutable_decimal()->set_scaled(INT64_MAX / 2); }},
      {"a fraction in place of an integer", "PAS-INTAKE-SCALE", "minutes",
       [](pb::Row* r) {
         value(r, "minutes").mutable_decimal()->set_scaled(15);
         value(r, "minutes").mutable_decimal()->set_scale(1);
       }},
      {"a date outside the calendar", "PAS-INTAKE-RANGE", "day",
       [](pb::Row* r) { value(r, "day").set_date(2'932'897); }},
      {"an instant outside the calendar", "PAS-INTAKE-RANGE", "at",
       [](pb::Row* r) { value(r, "at").set_instant(INT64_MAX); }},
      {"a plain text in place of a person", "PAS-INTAKE-TYPE", "agent",
       [](pb::Row* r) { value(r, "agent").set_text("Camille Durand"); }, true},
      {"a person of another register", "PAS-INTAKE-SCHEME", "agent",
       [](pb::Row* r) { value(r, "agent").mutable_person()->set_scheme("badge"); }, true},
      {"a person by the NIR", "PAS-INTAKE-SCHEME", "agent",
       [](pb::Row* r) { value(r, "agent").mutable_person()->set_value("1850275999999"); }, true},
      {"a person without a value", "PAS-INTAKE-SCHEME", "agent",
       [](pb::Row* r) { value(r, "agent").mutable_person()->set_value(""); }, true},
  };
}

TEST_F(DecoderRulesTest, EveryRuleRejectsItsRecordAloneWithAllTheFacts) {
  for (const Twin& twin : twins()) {
    SCOPED_TRACE(twin.name);
    pb::Batch batch;
    add_good_row(&batch, "before");
    twin.break_row(&add_good_row(&batch, "broken"));
    const std::string secret = batch.rows().rows(1).id() == "broken"
                                   ? batch.rows().rows(1).values().at("agent").text()
                                   : batch.rows().rows(1).id();
    add_good_row(&batch, "after");
    const Decoded decoded = decode(batch);
    EXPECT_EQ(decoded.read, 3U);
    ASSERT_EQ(decoded.batch.size(), 2U);
    EXPECT_EQ(decoded.batch.ids[0], "before");
    EXPECT_EQ(decoded.batch.ids[1], "after");
    EXPECT_EQ(decoded.batch.contents[0], decoded.batch.contents[1]) << "ids are not content";
    ASSERT_EQ(decoded.rejects.size(), 1U);
    const model::Reject& reject = decoded.rejects[0];
    EXPECT_EQ(reject.rule, twin.rule);
    EXPECT_EQ(reject.field, twin.field);
    EXPECT_EQ(reject.stream, "visits");
    EXPECT_EQ(reject.position, "2");
    EXPECT_EQ(reject.stage, "decode");
    EXPECT_EQ(reject.records, 1U);
    EXPECT_NE(reject.reason, "");
    EXPECT_NE(reject.remedy, "");
    EXPECT_LE(reject.value.size(), base::kRejectSampleBytesMax);
    EXPECT_TRUE(reject.key == "broken" || std::string(twin.field) == "id") << reject.key;
    EXPECT_TRUE(reject.sealed.empty() || vault_->open_sealed(reject.sealed).ok());
    if (!twin.personal) continue;
    EXPECT_NE(reject.value.find("masked"), std::string::npos) << reject.value;
    const std::string shown = reject.key + reject.value + reject.reason + reject.remedy;
    EXPECT_EQ(shown.find("1850275999999"), std::string::npos);
    EXPECT_EQ(shown.find("285027599999999"), std::string::npos);
    EXPECT_EQ(shown.find("Camille"), std::string::npos);
  }
}

TEST_F(DecoderRulesTest, ARejectedValueIsKeptSealedForWhoeverMayOpenIt) {
  pb::Batch batch;
  value(&add_good_row(&batch, "x"), "agent").mutable_person()->set_value("1850275999999");
  const Decoded decoded = decode(batch);
  ASSERT_EQ(decoded.rejects.size(), 1U);
  EXPECT_EQ(decoded.rejects[0].sealed.find("1850275999999"), std::string::npos);
  EXPECT_EQ(*vault_->open_sealed(decoded.rejects[0].sealed), "1850275999999");
  EXPECT_TRUE(decoded.batch.columns.empty() || decoded.batch.size() == 0);
}

TEST_F(DecoderRulesTest, AnUnknownKindRejectsEveryRecordAndSaysWhy) {
  Decoder decoder("crm", test_stream(), nullptr, vault_.get());
  EXPECT_EQ(decoder.issues().size(), 1U);
  pb::Batch batch;
  for (int i = 0; i < 5; ++i) add_good_row(&batch, "v" + std::to_string(i));
  const auto decoded = decoder.decode(batch);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->read, 5U);
  EXPECT_EQ(decoded->batch.size(), 0U);
  ASSERT_EQ(decoded->rejects.size(), 1U);
  EXPECT_EQ(decoded->rejects[0].records, 5U);
  EXPECT_EQ(decoded->rejects[0].rule, "PAS-INTAKE-KIND");
  EXPECT_NE(decoded->rejects[0].reason.find("`visit`"), std::string::npos);
}

TEST_F(DecoderRulesTest, AFieldTheKindDoesNotKnowIsLeftOutCountedAndToldOnce) {
  pb::StreamType type = test_stream();
  type.add_fields()->set_name("servise");
  Decoder decoder("crm", type, &kind_, vault_.get());
  ASSERT_EQ(decoder.issues().size(), 1U);
  EXPECT_NE(decoder.issues()[0].find("did you mean `service`"), std::string::npos);
  pb::Batch batch;
  value(&add_good_row(&batch, "a"), "servise").set_text("x");
  value(&add_good_row(&batch, "b"), "undeclared").set_text("x");
  const auto decoded = decoder.decode(batch);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->batch.size(), 2U);
  EXPECT_EQ(decoded->batch.find("servise"), nullptr);
  EXPECT_EQ(decoded->batch.contents[0], decoded->batch.contents[1]);
  EXPECT_EQ(decoder.unknown_values(), 2U);
}

TEST_F(DecoderRulesTest, ADeclarationOfAnotherTypeIsToldAndItsRecordsAreRejected) {
  const pb::StreamType type = stream_type(
      "visits", "visit",
      {{"agent", types::FIELD_TYPE_STRING, 0, ""}, {"day", types::FIELD_TYPE_STRING, 0, ""}});
  Decoder decoder("crm", type, &kind_, vault_.get());
  EXPECT_EQ(decoder.issues().size(), 2U);
  pb::Batch batch;
  value(&add_row(&batch, "a"), "agent").set_text("Camille Durand");
  value(&add_row(&batch, "b"), "day").set_text("2026-01-31");
  add_row(&batch, "c");
  const auto decoded = decoder.decode(batch);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  ASSERT_EQ(decoded->rejects.size(), 2U);
  EXPECT_EQ(decoded->rejects[0].rule, "PAS-INTAKE-PERSON");
  EXPECT_EQ(decoded->rejects[0].value.find("Camille"), std::string::npos);
  EXPECT_EQ(decoded->rejects[1].rule, "PAS-INTAKE-TYPE");
  EXPECT_EQ(decoded->batch.size(), 1U);
  EXPECT_TRUE(decoded->batch.columns.empty());
}

}  // namespace
}  // namespace passerelle::intake
