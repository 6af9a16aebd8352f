// The records themselves: tables of columns, the index of keys, the texts. Decides by source
// version what is new, and tells the fold before and after a row changes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "core/base/status.h"
#include "core/consolidation/fold.h"
#include "core/consolidation/record_index.h"
#include "core/consolidation/strings.h"
#include "core/consolidation/table.h"

namespace passerelle::consolidation {

struct IngestCounts {
  std::uint64_t kept = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t stale = 0;
  std::uint64_t deleted = 0;
};

// Scope and opening that a batch belongs to; 0 and 0: none.
struct ScopeMark {
  std::uint32_t scope = 0;
  std::uint32_t opening = 0;
};

// A live record's content never looks like a deletion's.
std::uint64_t content_of(const model::RecordBatch& batch, std::size_t row);
// Versions decide, whatever arrived first; between two contents of one version only the order of
// the journal is left: the later one is the correction.
inline bool is_newer(std::int64_t version, std::uint64_t content, std::int64_t known_version,
                     std::uint64_t known_content) {
  return version > known_version || (version == known_version && content != known_content);
}

class RecordStore {
 public:
  RecordStore() : strings_(std::make_shared<Strings>()) {}

  const RecordIndex& index() const { return index_; }
  RecordIndex& index() { return index_; }
  const std::shared_ptr<Strings>& strings() const { return strings_; }
  const std::vector<std::unique_ptr<Table>>& tables() const { return tables_; }

  // `fold` may be null (before the first model); errors are its own.
  StatusOr<IngestCounts> ingest(const std::string& connector, const model::RecordBatch& batch,
                                ScopeMark mark, Fold* fold);
  // Deletes what the scope did not send or see in its opening, as of `version`.
  std::uint64_t delete_unseen(ScopeMark mark, std::int64_t version, Fold* fold);
  void see(const model::RecordBatch& batch, ScopeMark mark);
  flow::Known compare(base::Hash128 key, std::int64_t version, std::uint64_t content) const;

  // Records of `dropped` become records of `kept`. Codes of tokens.
  void merge_persons(Code kept, Code dropped, Fold* fold);
  const std::map<Code, Code>& merged() const { return merged_; }

  std::uint32_t table_of(const std::string& connector, const std::string& stream,
                         const std::string& kind);
  // For loading: rows and headers are filled by the caller.
  Table& table(std::uint32_t number) { return *tables_[number]; }
  void set_merged(std::map<Code, Code> merged) { merged_ = std::move(merged); }
  std::size_t bytes() const;

 private:
  // A batch's column on its way into the table's.
  struct Target {
    const model::Column* from = nullptr;
    std::uint32_t to = 0;
    std::vector<Code> codes;  // of the batch's dictionary
  };
  std::vector<Target> targets_of(const model::RecordBatch& batch, Table* table);
  void write(const std::vector<Target>& targets, std::size_t from, Table* table,
             std::uint32_t row) const;
  // Makes the column of natural keys, if the batch has any.
  TableColumn* natural_keys_of(const model::RecordBatch& batch, Table* table) const;
  void remove_row(RecordId record, Fold* fold);
  // Live records by the persons they name; made when first asked for after a change.
  std::unordered_map<Code, std::vector<RecordId>>& records_of_persons();

  std::shared_ptr<Strings> strings_;
  RecordIndex index_;
  std::vector<std::unique_ptr<Table>> tables_;
  std::map<std::tuple<std::string, std::string, std::string>, std::uint32_t> table_numbers_;
  std::map<Code, Code> merged_;  // dropped -> kept
  // Of a run of merges with no records between; ingest and deletions empty it.
  std::optional<std::unordered_map<Code, std::vector<RecordId>>> by_person_;
};

}  // namespace passerelle::consolidation
