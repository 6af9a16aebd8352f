#include "core/consolidation/record_store.h"

#include <algorithm>
#include <iterator>

namespace passerelle::consolidation {
namespace {

constexpr std::size_t kSubBatch = 128;

}  // namespace

std::uint64_t content_of(const model::RecordBatch& batch, std::size_t row) {
  if (batch.is_deleted(row)) return kDeletedContent;
  return batch.contents.empty() ? 0 : std::min(batch.contents[row], kDeletedContent - 1);
}

std::uint32_t RecordStore::table_of(const std::string& connector, const std::string& stream,
                                    const std::string& kind) {
  const auto [at, is_new] = table_numbers_.try_emplace({connector, stream, kind},
                                                       static_cast<std::uint32_t>(tables_.size()));
  if (is_new) tables_.push_back(std::make_unique<Table>(connector, stream, kind));
  return at->second;
}

std::vector<RecordStore::Target> RecordStore::targets_of(const model::RecordBatch& batch,
                                                         Table* table) {
  std::vector<Target> targets;
  for (const model::Column& column : batch.columns) {
    Target target;
    target.from = &column;
    target.to = table->column(column.name, column.type, column.scale);
    for (const std::string& text : column.dictionary) {
      Code code = strings_->intern(text);
      if (column.type == model::FieldType::kPerson && !merged_.empty()) {
        const auto kept = merged_.find(code);
        if (kept != merged_.end()) code = kept->second;
      }
      target.codes.push_back(code);
    }
    targets.push_back(std::move(target));
  }
  return targets;
}

void RecordStore::write(const std::vector<Target>& targets, std::size_t from, Table* table,
                        std::uint32_t row) const {
  for (const Target& target : targets) {
    TableColumn& column = table->at(target.to);
    if (column.is_text()) {
      const std::uint32_t code = target.from->codes[from];
      column.codes[row] = code == 0 ? kNoText : target.codes[code - 1];
    } else {
      column.numbers[row] = target.from->numbers[from];
    }
  }
}

TableColumn* RecordStore::natural_keys_of(const model::RecordBatch& batch, Table* table) const {
  if (batch.natural_keys.empty()) return nullptr;
  return &table->at(table->column(kNaturalKeyColumn, model::FieldType::kString, 0));
}

void RecordStore::remove_row(RecordId record, Fold* fold) {
  RecordHeader& header = index_[record];
  if (fold != nullptr) fold->remove(record);
  tables_[header.table]->free_row(header.row);
  header.row = kNone;
}

StatusOr<IngestCounts> RecordStore::ingest(const std::string& connector,
                                           const model::RecordBatch& batch, ScopeMark mark,
                                           Fold* fold) {
  IngestCounts counts;
  by_person_.reset();
  const std::uint32_t number = table_of(connector, batch.stream, batch.kind);
  Table& table = *tables_[number];
  const std::vector<Target> targets = targets_of(batch, &table);
  TableColumn* natural_keys = natural_keys_of(batch, &table);
  if (fold != nullptr) PAS_RETURN_IF_ERROR(fold->bind(tables_));
  const std::size_t size = batch.size();
  for (std::size_t begin = 0; begin < size; begin += kSubBatch) {
    const std::size_t end = std::min(size, begin + kSubBatch);
    for (std::size_t i = begin; i < end; ++i) index_.prefetch_slot(batch.keys[i]);
    for (std::size_t i = begin; i < end; ++i) index_.prefetch_header(batch.keys[i]);
    for (std::size_t i = begin; i < end; ++i) {
      RecordId record = index_.find(batch.keys[i]);
      const std::uint64_t content = content_of(batch, i);
      const bool is_new = record == kNone;
      if (is_new) record = index_.add(batch.keys[i]);
      RecordHeader& header = index_[record];
      if (mark.scope != 0) {
        header.scope = mark.scope;
        header.seen = mark.opening;
      }
      if (!is_new && !is_newer(batch.versions[i], content, header.version, header.content)) {
        const bool same = header.version == batch.versions[i] && header.content == content;
        ++(same ? counts.unchanged : counts.stale);
        continue;
      }
      ++counts.kept;
      header.version = batch.versions[i];
      header.content = content;
      if (batch.is_deleted(i)) {
        ++counts.deleted;
        if (header.is_live()) remove_row(record, fold);
        continue;
      }
      if (header.is_live() && header.table != number) remove_row(record, fold);
      if (header.is_live()) {
        if (fold != nullptr) fold->remove(record);
        table.clear_row(header.row);
      } else {
        header.table = number;
        header.row = table.add_row();
      }
      write(targets, i, &table, header.row);
      if (natural_keys != nullptr) {
        natural_keys->codes[header.row] = strings_->intern(batch.natural_keys[i]);
      }
      if (fold != nullptr) fold->add(record);
    }
  }
  return counts;
}

std::uint64_t RecordStore::delete_unseen(ScopeMark mark, std::int64_t version, Fold* fold) {
  by_person_.reset();
  std::uint64_t deleted = 0;
  for (RecordId record = 0; record < index_.size(); ++record) {
    RecordHeader& header = index_[record];
    if (header.scope != mark.scope || header.seen == mark.opening || !header.is_live()) continue;
    if (!is_newer(version, kDeletedContent, header.version, header.content)) continue;
    header.version = version;
    header.content = kDeletedContent;
    remove_row(record, fold);
    ++deleted;
  }
  return deleted;
}

void RecordStore::see(const model::RecordBatch& batch, ScopeMark mark) {
  if (mark.scope == 0) return;
  for (std::size_t i = 0; i < batch.seen.size(); ++i) {
    const RecordId record = index_.find(batch.seen[i]);
    if (record == kNone) continue;
    RecordHeader& header = index_[record];
    header.scope = mark.scope;
    header.seen = mark.opening;
    header.version = std::max(header.version, batch.seen_versions[i]);
  }
}

flow::Known RecordStore::compare(base::Hash128 key, std::int64_t version,
                                 std::uint64_t content) const {
  const RecordId record = index_.find(key);
  if (record == kNone) return flow::Known::kDifferent;
  const RecordHeader& header = index_[record];
  if (!header.is_live() || header.version > version ||
      header.content != std::min(content, kDeletedContent - 1)) {
    return flow::Known::kDifferent;
  }
  return header.version == version ? flow::Known::kUnchanged : flow::Known::kSameContent;
}

std::unordered_map<Code, std::vector<RecordId>>& RecordStore::records_of_persons() {
  if (by_person_) return *by_person_;
  by_person_.emplace();
  for (RecordId record = 0; record < index_.size(); ++record) {
    const RecordHeader& header = index_[record];
    if (!header.is_live()) continue;
    for (const auto& column : tables_[header.table]->columns()) {
      if (column->type != model::FieldType::kPerson) continue;
      const Code person = column->codes[header.row];
      if (person == kNoText) continue;
      std::vector<RecordId>& records = (*by_person_)[person];
      if (records.empty() || records.back() != record) records.push_back(record);
    }
  }
  return *by_person_;
}

void RecordStore::merge_persons(Code kept, Code dropped, Fold* fold) {
  if (const auto further = merged_.find(kept); further != merged_.end()) kept = further->second;
  if (kept == dropped) return;
  for (auto& [from, to] : merged_) {
    if (to == dropped) to = kept;
  }
  merged_[dropped] = kept;
  auto& records_of = records_of_persons();
  const auto found = records_of.find(dropped);
  if (found == records_of.end()) return;
  const std::vector<RecordId> moved = std::move(found->second);
  records_of.erase(found);
  for (const RecordId record : moved) {
    const RecordHeader& header = index_[record];
    if (fold != nullptr) fold->remove(record);
    for (const auto& column : tables_[header.table]->columns()) {
      if (column->type != model::FieldType::kPerson) continue;
      if (column->codes[header.row] == dropped) column->codes[header.row] = kept;
    }
    if (fold != nullptr) fold->add(record);
  }
  std::vector<RecordId>& all = records_of[kept];
  std::vector<RecordId> both;
  std::set_union(all.begin(), all.end(), moved.begin(), moved.end(), std::back_inserter(both));
  all = std::move(both);
}

std::size_t RecordStore::bytes() const {
  std::size_t bytes = index_.bytes() + strings_->bytes();
  for (const auto& table : tables_) bytes += table->bytes();
  return bytes;
}

}  // namespace passerelle::consolidation
