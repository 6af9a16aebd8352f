// How fast a batch of columns is decoded, encoded for the journal and read back: records a second
// of processor time, 1,000 records of eight fields a batch. Prints one line per step; the numbers
// that the design asks for are at least 3 million for decoding and for encoding.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "core/intake/decoder.h"
#include "core/journal/codec.h"
#include "core/model/commit.h"
#include "passerelle/connector/v1/connector.pb.h"

namespace passerelle {
namespace {

namespace types = passerelle::types::v1;

constexpr std::size_t kRows = 1'000;
constexpr int kRounds = 2'000;

template <typename T>
std::string packed(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

struct FieldOfBench {
  const char* name;
  types::FieldType type;
};
constexpr FieldOfBench kFields[] = {
    {"service", types::FIELD_TYPE_STRING},  {"activity", types::FIELD_TYPE_STRING},
    {"category", types::FIELD_TYPE_STRING}, {"agent", types::FIELD_TYPE_PERSON},
    {"day", types::FIELD_TYPE_DATE},        {"minutes", types::FIELD_TYPE_INTEGER},
    {"amount", types::FIELD_TYPE_DECIMAL},  {"cost", types::FIELD_TYPE_DECIMAL}};

void fill_rows(types::Columns* columns) {
  std::vector<std::uint32_t> ends;
  std::vector<std::int64_t> versions;
  std::vector<std::uint64_t> positions;
  for (std::size_t row = 0; row < kRows; ++row) {
    columns->mutable_ids()->append("2026-" + std::to_string(100'000 + row));
    ends.push_back(static_cast<std::uint32_t>(columns->ids().size()));
    versions.push_back(static_cast<std::int64_t>(row));
    positions.push_back(row + 1);
  }
  columns->set_rows(kRows);
  columns->set_id_ends(packed(ends));
  columns->set_versions(packed(versions));
  columns->set_positions(packed(positions));
}

connector::v1::Batch make_batch(connector::v1::StreamType* type, model::RecordKind* kind) {
  type->set_name("work");
  type->set_kind("work");
  kind->name = "work";
  connector::v1::Batch batch;
  batch.set_stream("work");
  fill_rows(batch.mutable_columns());
  for (const FieldOfBench& field : kFields) {
    types::Field* declared = type->add_fields();
    declared->set_name(field.name);
    declared->set_type(field.type);
    declared->set_scale(2);
    declared->set_scheme("matricule");
    const auto model_type = static_cast<model::FieldType>(static_cast<int>(field.type) - 1);
    const int scale = field.name == std::string("cost") ? 4 : 2;
    kind->fields.push_back({field.name, model_type, scale, "", {}});
    types::Column* column = batch.mutable_columns()->add_columns();
    column->set_name(field.name);
    column->set_type(field.type);
    column->set_scale(2);
    std::vector<std::uint32_t> codes;
    std::vector<std::int64_t> numbers;
    for (std::size_t row = 0; row < kRows; ++row) {
      codes.push_back(static_cast<std::uint32_t>(1 + row * 7 % 100));
      numbers.push_back(static_cast<std::int64_t>(row * 31 % 20'000));
    }
    if (!model::is_text(model_type)) {
      column->set_numbers(packed(numbers));
      continue;
    }
    column->set_codes(packed(codes));
    for (int word = 0; word < 100; ++word) {
      column->add_dictionary("Valeur " + std::to_string(word));
    }
  }
  return batch;
}

template <typename Step>
bool measure(const char* name, const Step& step) {
  const std::clock_t begin = std::clock();
  for (int round = 0; round < kRounds; ++round) {
    if (!step()) {
      std::printf("%-8s failed\n", name);
      return false;
    }
  }
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  std::printf("%-8s %6.2f M records/s\n", name, kRounds * kRows / seconds / 1e6);
  return true;
}

int run(const std::string& folder) {
  auto vault = intake::Vault::open({folder, "", true});
  if (!vault.ok()) {
    std::printf("%s\n", vault.status().ToString().c_str());
    return 1;
  }
  connector::v1::StreamType type;
  model::RecordKind kind;
  const connector::v1::Batch batch = make_batch(&type, &kind);
  intake::Decoder decoder("bench", type, &kind, vault->get());
  model::Records records;
  records.connector = "bench";
  bool ok = measure("decode", [&] {
    auto decoded = decoder.decode(batch);
    if (!decoded.ok() || decoded->batch.size() != kRows) return false;
    records.batches.assign(1, std::move(decoded->batch));
    return true;
  });
  model::Commit commit;
  commit.body = std::move(records);
  std::string bytes;
  ok = ok && measure("encode", [&] {
         auto encoded = journal::encode(commit);
         if (!encoded.ok()) return false;
         bytes = *std::move(encoded);
         return journal::chained_checksum(1, bytes) != 0;
       });
  ok = ok && measure("read", [&] { return journal::decode(bytes).ok(); });
  if (ok) std::printf("%zu bytes a record in the journal\n", bytes.size() / kRows);
  return ok ? 0 : 1;
}

}  // namespace
}  // namespace passerelle

int main() {
  std::string folder = (std::filesystem::temp_directory_path() / "passerelle-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  const int code = passerelle::run(folder);
  std::filesystem::remove_all(folder);
  return code;
}
