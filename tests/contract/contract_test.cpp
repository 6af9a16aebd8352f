// Rules that every message and service of proto/ keeps, read from the descriptors.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "core/base/hash.h"
#include "core/edge/roles.h"
#include "core/model/cell.h"
#include "passerelle/admin/v1/admin.pb.h"
#include "passerelle/connector/v1/connector.pb.h"
#include "passerelle/hub/v1/indicators.pb.h"
#include "passerelle/storage/v1/commit.pb.h"
#include "passerelle/storage/v1/state.pb.h"
#include "passerelle/types/v1/types.pb.h"

namespace passerelle {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::ServiceDescriptor;

std::vector<const FileDescriptor*> files() {
  return {types::v1::Label::descriptor()->file(),
          connector::v1::ReadResponse::descriptor()->file(),
          hub::v1::SubscribeRequest::descriptor()->file(),
          admin::v1::OverviewRequest::descriptor()->file(),
          storage::v1::Commit::descriptor()->file(),
          storage::v1::StateHeader::descriptor()->file()};
}

void add_enums(const Descriptor& message, std::vector<const EnumDescriptor*>* enums) {
  for (int i = 0; i < message.enum_type_count(); ++i) enums->push_back(message.enum_type(i));
  for (int i = 0; i < message.nested_type_count(); ++i) add_enums(*message.nested_type(i), enums);
}

TEST(Contract, EveryEnumBeginsWithUnspecified) {
  std::vector<const EnumDescriptor*> enums;
  for (const FileDescriptor* file : files()) {
    for (int i = 0; i < file->enum_type_count(); ++i) enums.push_back(file->enum_type(i));
    for (int i = 0; i < file->message_type_count(); ++i) add_enums(*file->message_type(i), &enums);
  }
  EXPECT_GT(enums.size(), 5U);
  for (const EnumDescriptor* type : enums) {
    EXPECT_TRUE(type->value(0)->name().ends_with("_UNSPECIFIED")) << type->full_name();
    EXPECT_EQ(type->value(0)->number(), 0) << type->full_name();
  }
}

TEST(Contract, EveryRpcOfTheHubHasARoleRule) {
  std::set<std::string> methods;
  for (const FileDescriptor* file : files()) {
    // Connectors are called by the hub, not by users.
    if (file->package() == "passerelle.connector.v1") continue;
    for (int i = 0; i < file->service_count(); ++i) {
      const ServiceDescriptor* service = file->service(i);
      EXPECT_TRUE(service->name().ends_with("Service")) << service->full_name();
      for (int m = 0; m < service->method_count(); ++m) {
        methods.insert("/" + service->full_name() + "/" + service->method(m)->name());
      }
    }
  }
  std::set<std::string> ruled;
  for (const edge::Rule& rule : edge::rules()) {
    EXPECT_FALSE(rule.roles.empty()) << rule.method;
    ruled.insert(std::string(rule.method));
  }
  EXPECT_EQ(methods, ruled);
}

TEST(Contract, EveryRpcHasARequestAndAResponseOfItsOwn) {
  for (const FileDescriptor* file : files()) {
    for (int i = 0; i < file->service_count(); ++i) {
      for (int m = 0; m < file->service(i)->method_count(); ++m) {
        const auto* method = file->service(i)->method(m);
        EXPECT_EQ(method->input_type()->name(), method->name() + "Request");
        EXPECT_EQ(method->output_type()->name(), method->name() + "Response");
      }
    }
  }
}

TEST(Contract, NothingIsABinaryFloatingPointNumber) {
  for (const FileDescriptor* file : files()) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const Descriptor* message = file->message_type(i);
      for (int f = 0; f < message->field_count(); ++f) {
        const auto type = message->field(f)->cpp_type();
        EXPECT_NE(type, google::protobuf::FieldDescriptor::CPPTYPE_DOUBLE)
            << message->field(f)->full_name();
        EXPECT_NE(type, google::protobuf::FieldDescriptor::CPPTYPE_FLOAT)
            << message->field(f)->full_name();
      }
    }
  }
}

// The vectors that proto/README.md shows, so that other clients can check theirs.
TEST(Contract, TheHashesOfTheReadmeAreRight) {
  model::CellValue value;
  value.absent = false;
  value.scaled = 19'160'265'145;
  value.scale = 2;
  const std::vector<std::string_view> function{"4"};
  const std::string first =
      model::cell_key_text("DEPENSES", {"function"}, function, *base::Period::parse("2018"));
  model::CellValue negative;
  negative.absent = false;
  negative.scaled = -5;
  const std::vector<std::string_view> words{"Éducation & sport", ""};
  const std::string second =
      model::cell_key_text("SOLDE", {"policy", "service"}, words, *base::Period::parse("2026-03"));
  model::CellValue none;
  none.absent = false;
  none.na = model::NaReason::kZeroDen;
  const std::string third = model::cell_key_text("TAUX", {}, {}, *base::Period::parse("2026-Q1"));
  const std::vector<std::pair<std::string, std::uint64_t>> vectors{
      {first, model::cell_hash(first, value)},
      {second, model::cell_hash(second, negative)},
      {third, model::cell_hash(third, none)}};
  std::ifstream file(std::string(PASSERELLE_SOURCE) + "/proto/README.md");
  const std::string readme{std::istreambuf_iterator<char>(file), {}};
  for (const auto& [key, hash] : vectors) {
    EXPECT_NE(readme.find("`" + key + "`"), std::string::npos) << key;
    EXPECT_NE(readme.find("`" + base::to_hex(hash) + "`"), std::string::npos)
        << key << " " << base::to_hex(hash);
  }
  const std::uint64_t all = vectors[0].second ^ vectors[1].second ^ vectors[2].second;
  EXPECT_NE(readme.find("`" + base::to_hex(all) + "`"), std::string::npos) << base::to_hex(all);
}

}  // namespace
}  // namespace passerelle
