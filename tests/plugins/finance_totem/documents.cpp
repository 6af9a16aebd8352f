#include "tests/plugins/finance_totem/documents.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <set>

#include "core/formats/xml.h"
#include "plugins/finance_totem/connector.h"

namespace passerelle::finance_totem::testing {

std::string amount(const std::string& element, const std::string& value) {
  return "<" + element + " V=\"" + value + "\"/>";
}

namespace {

std::string optional_amount(const std::string& element, const std::string& value) {
  return value.empty() ? "" : amount(element, value);
}

std::string to_xml(const Line& line) {
  return std::string("<LigneBudget") + (line.calculated ? " calculated=\"true\"" : "") + ">" +
         optional_amount("Nature", line.nature) + optional_amount("Fonction", line.function) +
         optional_amount("ContNat", line.chapter) + amount("CodRD", line.flow) +
         amount("OpBudg", line.order) + optional_amount("Operation", line.operation) +
         line.amounts +
         (line.section.empty() ? "" : "<CaracSup Code=\"Section\" V=\"" + line.section + "\"/>") +
         "</LigneBudget>\n";
}

}  // namespace

std::string to_xml(const DocumentText& document) {
  const std::string ns = "http://www.minefi.gouv.fr/cp/demat/";
  std::string out = "<?xml version=\"1.0\" encoding=\"" + document.encoding + "\"?>\n";
  if (document.single_account) {
    out += "<CompteFinancierUnique xmlns=\"" + ns + "doccfu\"><DocumentComptable xmlns=\"" + ns +
           "doccomptable\"><Budget><LigneBudget/></Budget></DocumentComptable>\n";
  }
  out += "<DocumentBudgetaire xmlns=\"" + ns + "docbudgetaire\">\n";
  if (!document.sealed_at.empty()) out += "<Scellement date=\"" + document.sealed_at + "\"/>";
  out += "<EnTeteDocBudgetaire>" + optional_amount("DteStr", document.dated) +
         "</EnTeteDocBudgetaire>\n<Budget><EnTeteBudget>" +
         optional_amount("IdEtab", document.siret) + amount("Nomenclature", document.nomenclature) +
         "</EnTeteBudget>\n<BlocBudget>" + optional_amount("NatDec", document.kind) +
         optional_amount("NumDec", document.number) + amount("Exer", document.exercise) +
         amount("ProjetBudget", document.project) + optional_amount("DteDec", document.decided_on) +
         amount("CodTypBud", "P") + "</BlocBudget>\n";
  for (const Line& line : document.lines) out += to_xml(line);
  out += document.annexes + "</Budget></DocumentBudgetaire>\n";
  if (document.single_account) out += "</CompteFinancierUnique>\n";
  return out;
}

std::string position(const std::string& grade, const std::string& filled) {
  return "<PERSONNEL><CodTypAgent V=\"I\"/><EmploiGradeAgent V=\"" + formats::xml_escaped(grade) +
         "\"/><CodCatAgent V=\"C\"/><TempsComplet V=\"true\"/><Permanent V=\"true\"/>"
         "<NatureContrat V=\"\"/><CodSectAgentTitulaire V=\"TECH\"/><RemunAgent V=\"9999.99\"/>"
         "<EffectifBud V=\"1\"/><EffectifPourvu V=\"" +
         filled + "\"/></PERSONNEL>\n";
}

std::string staff_annex(const std::vector<std::string>& positions) {
  std::string out =
      "<Annexes><DATA_FORMATION><FORMATION><NomElu V=\"AGENT 0001\"/></FORMATION></DATA_FORMATION>"
      "<DATA_PERSONNEL>";
  for (const std::string& row : positions) out += row;
  return out +
         "</DATA_PERSONNEL><DATA_SIGNATAIRE><SIGNATAIRE><NomElu V=\"AGENT 0002\"/></SIGNATAIRE>"
         "</DATA_SIGNATAIRE></Annexes>";
}

Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "totem-XXXXXX").string();
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
                  const std::string& config) {
  TotemConnector connector;
  auto written = sdk::read_in_process(connector, config, folder, checkpoint, stop_after);
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
    seen.insert(record.id);
    const auto known = records_.find(record.id);
    if (known == records_.end() || record.version >= known->second.version) {
      records_[record.id] = record;
    }
  }
  open_.erase(scope.scope);
  std::erase_if(records_, [&](const auto& entry) {
    return entry.second.scope == scope.scope && !seen.contains(entry.first);
  });
}

std::vector<std::string> Replica::rows() const {
  std::vector<std::string> rows;
  for (const auto& [id, record] : records_) {
    std::string row = id;
    for (const auto& [name, text] : record.texts) row += "|" + name + "=" + text;
    for (const auto& [name, value] : record.numbers) {
      row += "|" + name + "=" + std::to_string(value);
    }
    rows.push_back(row);
  }
  return rows;
}

std::string shared_data() {
  const char* named = std::getenv("PASSERELLE_SHARED");
  const std::string root = named != nullptr ? named : PASSERELLE_SOURCE_DIR "/../shared";
  const std::string data = root + "/data";
  return std::filesystem::exists(data + "/expected.json") ? data : "";
}

}  // namespace passerelle::finance_totem::testing
