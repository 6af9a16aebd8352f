// Declarations written by the tests (persons are AGENT 0001, NIRs are 0000000000000), and helpers
// to read them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plugins/sdk/test_output.h"

namespace passerelle::hr_dsn::testing {

// A line: rubric("S21.G00.40.009", "00001").
std::string rubric(const std::string& code, const std::string& value);

struct Contract {
  std::string number = "00001";
  std::string start = "01012020";
  std::string quota = "151.67";
  std::string reference = "151.67";
  std::string modality = "10";
  std::string gross = "3000.00";  // "": no pay
  std::string more;               // further rubrics of the contract, and its sub-blocks
};

struct Person {
  std::string matricule = "M1";
  std::vector<Contract> contracts = {Contract{}};
  std::string net = "2400.00";
};

struct Declaration {
  std::string nature = "01";
  std::string type = "01";
  std::string fraction = "11";
  std::string order = "1";
  std::string month = "01042026";
  std::string siren = "200000000";
  std::string nic = "00017";
  std::string environment = "02";
  std::vector<Person> people = {Person{}};
};

// One sending, S10 to S90, with a right control total.
std::string sending(const Declaration& declaration);
// Sendings in the envelope of a lot.
std::string lot(const std::vector<std::string>& sendings);

// A folder of its own for each test, removed at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  void write(const std::string& name, const std::string& content);

 private:
  std::string path_;
  int written_ = 0;
};

// Reads with path "*.dsn" in the folder; fails the test and returns nothing on an error.
sdk::Written read(const std::string& folder, const std::string& checkpoint = "",
                  std::size_t stop_after = 0, const std::string& path = "*.dsn");

// What a hub would hold: records by stream and id, with scopes that replace.
class Replica {
 public:
  void apply(const sdk::Written& written);
  std::vector<std::string> rows() const;
  std::vector<sdk::WrittenRecord> of(const std::string& stream) const;
  std::int64_t sum(const std::string& stream, const std::string& field) const;

 private:
  void close(const sdk::WrittenScope& scope);
  std::map<std::string, sdk::WrittenRecord> records_;
  std::map<std::string, std::vector<sdk::WrittenRecord>> open_;
};

std::string shared_data();

}  // namespace passerelle::hr_dsn::testing
