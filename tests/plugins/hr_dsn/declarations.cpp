#include "tests/plugins/hr_dsn/declarations.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "plugins/hr_dsn/connector.h"

namespace passerelle::hr_dsn::testing {
namespace {

std::string text_of(const Contract& contract) {
  return rubric("S21.G00.40.001", contract.start) + rubric("S21.G00.40.006", "Rédacteur") +
         rubric("S21.G00.40.009", contract.number) + rubric("S21.G00.40.011", "10") +
         rubric("S21.G00.40.012", contract.reference) + rubric("S21.G00.40.013", contract.quota) +
         rubric("S21.G00.40.014", contract.modality) + contract.more;
}

std::string pay_of(const Contract& contract) {
  if (contract.gross.empty()) return "";
  const auto pay = [&](const std::string& type) {
    return rubric("S21.G00.51.010", contract.number) + rubric("S21.G00.51.011", type) +
           rubric("S21.G00.51.013", contract.gross);
  };
  // Types 002, 003 and 010 state other views of the same money.
  return pay("003") + pay("001") + pay("002") + pay("010");
}

std::string text_of(const Person& person, bool is_monthly) {
  std::string out = rubric("S21.G00.30.001", "0000000000000") +
                    rubric("S21.G00.30.002", "AGENT 0001") + rubric("S21.G00.30.004", "L'AGENT") +
                    rubric("S21.G00.30.008", "1 rue");
  if (!person.matricule.empty()) out += rubric("S21.G00.30.019", person.matricule);
  for (const Contract& contract : person.contracts) out += text_of(contract);
  if (!is_monthly) return out;
  out += rubric("S21.G00.50.001", "30042026") + rubric("S21.G00.50.002", "9999.99");
  if (!person.net.empty()) out += rubric("S21.G00.50.004", person.net);
  for (const Contract& contract : person.contracts) out += pay_of(contract);
  return out;
}

}  // namespace

std::string rubric(const std::string& code, const std::string& value) {
  return code + ",'" + value + "'\n";
}

std::string sending(const Declaration& declaration) {
  const bool is_monthly = declaration.nature == "01";
  std::string out =
      rubric("S10.G00.00.001", "TEST") + rubric("S10.G00.00.005", declaration.environment) +
      rubric("S10.G00.02.002", "AGENT 0002") + rubric("S20.G00.05.001", declaration.nature) +
      rubric("S20.G00.05.002", declaration.type) + rubric("S20.G00.05.003", declaration.fraction) +
      rubric("S20.G00.05.004", declaration.order);
  if (is_monthly) out += rubric("S20.G00.05.005", declaration.month);
  out += rubric("S20.G00.05.007", "05052026") + rubric("S20.G00.05.010", "01") +
         rubric("S21.G00.06.001", declaration.siren) + rubric("S21.G00.11.001", declaration.nic);
  for (const Person& person : declaration.people) out += text_of(person, is_monthly);
  const auto rubrics = std::count(out.begin(), out.end(), '\n') + 2;
  return out + rubric("S90.G00.90.001", std::to_string(rubrics)) + rubric("S90.G00.90.002", "1");
}

std::string lot(const std::vector<std::string>& sendings) {
  std::string out = rubric("S05.G51.00.001", "V01R02") + rubric("S06.G51.00.001", "DSNOK");
  for (const std::string& each : sendings) out += each;
  return out + rubric("S96.G51.00.001", "FINSL") + rubric("S95.G51.00.001", "1") +
         rubric("S95.G51.00.002", std::to_string(sendings.size()));
}

Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "dsn-XXXXXX").string();
  path_ = ::mkdtemp(pattern.data());
}

Folder::~Folder() { std::filesystem::remove_all(path_); }

void Folder::write(const std::string& name, const std::string& content) {
  const std::filesystem::path path = std::filesystem::path(path_) / name;
  std::ofstream(path, std::ios::binary) << content;
  const auto start = std::chrono::file_clock::now() - std::chrono::hours(1);
  std::filesystem::last_write_time(path, start + std::chrono::seconds(++written_));
}

sdk::Written read(const std::string& folder, const std::string& checkpoint, std::size_t stop_after,
                  const std::string& path) {
  DsnConnector connector;
  auto written = sdk::read_in_process(connector, R"({"path": ")" + path + "\"}", folder, checkpoint,
                                      stop_after);
  EXPECT_TRUE(written.ok()) << written.status().ToString();
  return written.ok() ? std::move(written).value() : sdk::Written{};
}

void Replica::apply(const sdk::Written& written) {
  for (const sdk::WrittenRecord& record : written.records) open_[record.scope].push_back(record);
  for (const sdk::WrittenScope& scope : written.scopes) {
    if (scope.aborted) open_.erase(scope.scope);
    if (scope.closed) close(scope);
  }
}

void Replica::close(const sdk::WrittenScope& scope) {
  std::set<std::string> seen;
  for (const sdk::WrittenRecord& record : open_[scope.scope]) {
    const std::string key = record.stream + " " + record.id;
    EXPECT_TRUE(seen.insert(key).second) << key << " is sent twice";
    const auto known = records_.find(key);
    if (known == records_.end() || record.version >= known->second.version) records_[key] = record;
  }
  open_.erase(scope.scope);
  std::erase_if(records_, [&](const auto& entry) {
    return entry.second.scope == scope.scope && !seen.contains(entry.first);
  });
}

std::vector<std::string> Replica::rows() const {
  std::vector<std::string> rows;
  for (const auto& [key, record] : records_) {
    std::string row = key;
    for (const auto& [name, text] : record.texts) row += "|" + name + "=" + text;
    for (const auto& [name, value] : record.numbers) {
      row += "|" + name + "=" + std::to_string(value);
    }
    rows.push_back(row);
  }
  return rows;
}

std::vector<sdk::WrittenRecord> Replica::of(const std::string& stream) const {
  std::vector<sdk::WrittenRecord> out;
  for (const auto& [key, record] : records_) {
    if (record.stream == stream) out.push_back(record);
  }
  return out;
}

std::int64_t Replica::sum(const std::string& stream, const std::string& field) const {
  std::int64_t total = 0;
  for (const sdk::WrittenRecord& record : of(stream)) {
    const auto found = record.numbers.find(field);
    total += found == record.numbers.end() ? 0 : found->second;
  }
  return total;
}

std::string shared_data() {
  const char* named = std::getenv("PASSERELLE_SHARED");
  const std::string root = named != nullptr ? named : PASSERELLE_SOURCE_DIR "/../shared";
  const std::string data = root + "/data";
  return std::filesystem::exists(data + "/expected.json") ? data : "";
}

}  // namespace passerelle::hr_dsn::testing
