// Budget documents written by the tests, and helpers to read them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "plugins/sdk/test_output.h"

namespace passerelle::finance_totem::testing {

struct Line {
  std::string nature = "6064";
  std::string function;
  std::string chapter = "011";
  std::string flow = "D";
  std::string order = "0";
  std::string operation;
  std::string section = "F";
  std::string amounts;  // further elements, as text
  bool calculated = false;
};

struct DocumentText {
  std::string siret = "20000000000017";
  std::string exercise = "2026";
  std::string kind = "09";
  std::string number;
  std::string dated = "2027-03-01";
  std::string sealed_at;
  std::string decided_on = "2027-02-20";
  std::string nomenclature = "M57-M57_D";
  std::string project = "false";
  std::string encoding = "UTF-8";
  bool single_account = false;
  std::vector<Line> lines;
  std::string annexes;
};

// <CredOuv V="100"/> and the like.
std::string amount(const std::string& element, const std::string& value);
std::string to_xml(const DocumentText& document);
// One row of DATA_PERSONNEL with everything the connector must not read, too.
std::string position(const std::string& grade, const std::string& filled);
std::string staff_annex(const std::vector<std::string>& positions);

// A folder of its own for each test, removed at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  // Writes the file, with a time later than that of any file written before.
  void write(const std::string& name, const std::string& content);

 private:
  std::string path_;
  int written_ = 0;
};

// Reads with path "*.xml" in the folder; fails the test and returns nothing on an error.
sdk::Written read(const std::string& folder, const std::string& checkpoint = "",
                  std::size_t stop_after = 0, const std::string& config = R"({"path": "*.xml"})");

// What a hub would hold after these reads, in this order: records by id, last version kept, with
// scopes that replace. The text is one line per record, sorted.
class Replica {
 public:
  void apply(const sdk::Written& written);
  std::vector<std::string> rows() const;
  const std::map<std::string, sdk::WrittenRecord>& records() const { return records_; }

 private:
  void close(const sdk::WrittenScope& scope);
  std::map<std::string, sdk::WrittenRecord> records_;
  std::map<std::string, std::vector<sdk::WrittenRecord>> open_;  // by scope
};

// The shared data, or "" (the test is then skipped).
std::string shared_data();

}  // namespace passerelle::finance_totem::testing
