#include "core/consolidation/record_stages.h"

#include <algorithm>
#include <deque>
#include <map>
#include <unordered_map>

namespace passerelle::consolidation {
namespace {

using Change = RecordStage::Change;

constexpr std::size_t kNamedRecordsMax = 3;

struct KeyHash {
  std::size_t operator()(base::Hash128 key) const { return static_cast<std::size_t>(key.low); }
};

// A scope as the commit goes on.
struct ScopeState {
  std::uint32_t number = 0;  // or past those that the fold knows
  bool open = false;
  bool is_new = false;  // opened by this commit: nothing was seen in it before
  bool at_close = false;
  bool replace = false;
  bool given_up = false;
  std::int64_t version = 0;
  std::uint32_t opening = 0;
  std::vector<const model::RecordBatch*> held;
  std::uint64_t held_bytes = 0;
};

// A record as the commit goes on.
struct StagedRecord {
  base::Hash128 key;
  std::uint32_t table = kNone;  // before; kNone: it was not live
  std::int64_t version = 0;
  std::uint64_t content = 0;
  bool exists = false;
  bool live = false;
  bool changed = false;
  std::uint32_t scope = 0;
  bool seen = false;                          // in its scope's opening
  const model::RecordBatch* batch = nullptr;  // with the row that it is now; null: none changed it
  std::size_t row = 0;

  bool was_live() const { return table != kNone; }
};

class StageMaker {
 public:
  StageMaker(const model::Records& records, const RecordStore& store, const Scopes& scopes,
             std::uint64_t held_bytes_max)
      : records_(records),
        store_(store),
        scopes_(scopes),
        held_bytes_(scopes.held_bytes()),
        held_bytes_max_(held_bytes_max) {}

  std::vector<RecordStage> run() {
    // All scopes at once: whether a record was seen in one is asked at its first sight.
    for (const model::ScopeEvent& event : records_.scopes) scope_of(event.scope);
    for (const model::RecordBatch& batch : records_.batches) {
      if (!batch.scope.empty()) scope_of(batch.scope);
    }
    for (const model::ScopeEvent& event : records_.scopes) {
      if (event.kind == model::ScopeEvent::Kind::kOpen) open(event);
    }
    for (const model::RecordBatch& batch : records_.batches) take(batch);
    for (const model::ScopeEvent& event : records_.scopes) {
      if (event.kind != model::ScopeEvent::Kind::kOpen) end(event);
    }
    return stages();
  }

 private:
  using Group = std::pair<Change, std::string>;  // and kind

  ScopeState& scope_of(const std::string& name) {
    const auto [at, is_new] = named_.try_emplace(name);
    ScopeState& state = at->second;
    if (!is_new) return state;
    const std::vector<Scope>& all = scopes_.all();
    state.number = static_cast<std::uint32_t>(all.size() + named_.size());
    for (std::uint32_t number = 1; number < all.size(); ++number) {
      const Scope& scope = all[number];
      if (scope.connector != records_.connector || scope.name != name) continue;
      state.number = number;
      state.open = scope.open;
      state.at_close = scope.at_close;
      state.replace = scope.replace;
      state.given_up = scope.given_up;
      state.version = scope.version;
      state.opening = scope.opening;
      state.held_bytes = scope.held_bytes;
      for (const model::RecordBatch& batch : scope.held) state.held.push_back(&batch);
    }
    return state;
  }

  void close(ScopeState* scope) {
    scope->held.clear();
    held_bytes_ -= scope->held_bytes;
    scope->held_bytes = 0;
    scope->open = false;
  }

  void open(const model::ScopeEvent& event) {
    ScopeState& scope = scope_of(event.scope);
    if (scope.open && scope.version != event.version) close(&scope);
    if (!scope.open) {
      scope.open = true;
      scope.given_up = false;
      scope.is_new = true;
    }
    scope.at_close = event.at_close;
    scope.replace = event.replace;
    scope.version = event.version;
  }

  void take(const model::RecordBatch& batch) {
    if (batch.scope.empty()) return fold(batch, nullptr);
    ScopeState& scope = scope_of(batch.scope);
    if (!scope.open || !scope.at_close) return fold(batch, &scope);
    const std::uint64_t bytes = bytes_of(batch);
    if (scope.given_up || held_bytes_ + bytes > held_bytes_max_) {
      close(&scope);
      scope.open = true;
      scope.given_up = true;
      return;
    }
    scope.held.push_back(&batch);
    scope.held_bytes += bytes;
    held_bytes_ += bytes;
  }

  void end(const model::ScopeEvent& event) {
    ScopeState& scope = scope_of(event.scope);
    if (!scope.open) return;
    const bool is_kept = event.kind != model::ScopeEvent::Kind::kAbort && !scope.given_up;
    if (is_kept) {
      for (const model::RecordBatch* batch : scope.held) fold(*batch, &scope);
      const std::int64_t version = event.version != 0 ? event.version : scope.version;
      if (scope.replace || event.replace) delete_unseen(scope, version);
    }
    close(&scope);
  }

  bool is_seen(const RecordHeader& header) const {
    for (const auto& [name, scope] : named_) {
      if (scope.number == header.scope) return !scope.is_new && header.seen == scope.opening;
    }
    return false;
  }

  StagedRecord& state_of(base::Hash128 key) {
    const auto [at, is_new] = found_.try_emplace(key, states_.size());
    if (!is_new) return states_[at->second];
    StagedRecord& state = states_.emplace_back();
    state.key = key;
    const RecordId record = store_.index().find(key);
    if (record == kNone) return state;
    const RecordHeader& header = store_.index()[record];
    state.exists = true;
    state.table = header.is_live() ? header.table : kNone;
    state.live = header.is_live();
    state.version = header.version;
    state.content = header.content;
    state.scope = header.scope;
    state.seen = is_seen(header);
    return state;
  }

  void fold(const model::RecordBatch& batch, const ScopeState* scope) {
    for (std::size_t row = 0; row < batch.size(); ++row) {
      StagedRecord& state = state_of(batch.keys[row]);
      const std::uint64_t content = content_of(batch, row);
      if (scope != nullptr) see(*scope, &state);
      if (state.exists && !is_newer(batch.versions[row], content, state.version, state.content)) {
        continue;
      }
      state.exists = true;
      state.version = batch.versions[row];
      state.content = content;
      state.live = !batch.is_deleted(row);
      state.batch = &batch;
      state.row = row;
      state.changed = true;
    }
    for (std::size_t i = 0; scope != nullptr && i < batch.seen.size(); ++i) {
      StagedRecord& state = state_of(batch.seen[i]);
      if (!state.exists) continue;
      see(*scope, &state);
      state.version = std::max(state.version, batch.seen_versions[i]);
    }
  }

  static void see(const ScopeState& scope, StagedRecord* state) {
    state->scope = scope.number;
    state->seen = true;
  }

  void delete_unseen(const ScopeState& scope, std::int64_t version) {
    const RecordIndex& index = store_.index();
    for (RecordId record = 0; record < index.size(); ++record) {
      if (index[record].scope != scope.number || !index[record].is_live()) continue;
      StagedRecord& state = state_of(index[record].key);
      if (state.scope != scope.number || state.seen || !state.live) continue;
      if (!is_newer(version, kDeletedContent, state.version, state.content)) continue;
      state.version = version;
      state.content = kDeletedContent;
      state.live = false;
      state.changed = true;
    }
  }

  std::vector<RecordStage> stages() const {
    std::map<Group, std::vector<const StagedRecord*>> groups;
    for (const StagedRecord& state : states_) {
      if (!state.changed || (!state.live && !state.was_live())) continue;
      const Change change = !state.live        ? Change::kDeleted
                            : state.was_live() ? Change::kCorrected
                                               : Change::kNew;
      const std::string& kind =
          state.live ? state.batch->kind : store_.tables()[state.table]->kind();
      groups[{change, kind}].push_back(&state);
    }
    // Marks have an effect of their own, which then comes last.
    const bool is_split = groups.size() > 1 || !records_.marks.empty();
    std::vector<RecordStage> out;
    for (const auto& [group, states] : groups) {
      RecordStage& stage = out.emplace_back();
      stage.change = group.first;
      stage.kind = group.second;
      stage.records = states.size();
      for (const StagedRecord* state : states) {
        if (stage.examples.size() == kNamedRecordsMax) break;
        const bool has_id = state->batch != nullptr && !state->batch->ids.empty();
        stage.examples.emplace_back(state->key,
                                    has_id ? std::string(state->batch->ids[state->row]) : "");
      }
      if (!is_split) continue;
      stage.body.connector = records_.connector;
      stage.body.batches =
          stage.change == Change::kDeleted ? deletions_of(states) : batches_of(states);
    }
    return out;
  }

  std::vector<model::RecordBatch> deletions_of(
      const std::vector<const StagedRecord*>& states) const {
    std::map<std::uint32_t, model::RecordBatch> by_table;
    for (const StagedRecord* state : states) {
      model::RecordBatch& batch = by_table[state->table];
      batch.ids.append("");
      batch.keys.push_back(state->key);
      batch.versions.push_back(state->version);
      batch.deleted.push_back(1);
      batch.contents.push_back(0);
    }
    std::vector<model::RecordBatch> out;
    for (auto& [table, batch] : by_table) {
      batch.stream = store_.tables()[table]->stream();
      batch.kind = store_.tables()[table]->kind();
      out.push_back(std::move(batch));
    }
    return out;
  }

  static std::vector<model::RecordBatch> batches_of(
      const std::vector<const StagedRecord*>& states) {
    std::map<const model::RecordBatch*, std::vector<std::size_t>> rows;
    for (const StagedRecord* state : states) rows[state->batch].push_back(state->row);
    std::vector<model::RecordBatch> out;
    for (const auto& [batch, chosen] : rows) out.push_back(rows_of(*batch, chosen));
    return out;
  }

  static model::RecordBatch rows_of(const model::RecordBatch& from,
                                    const std::vector<std::size_t>& rows) {
    model::RecordBatch out;
    out.stream = from.stream;
    out.kind = from.kind;
    for (const std::size_t row : rows) {
      out.ids.append(from.ids.empty() ? "" : from.ids[row]);
      out.keys.push_back(from.keys[row]);
      out.versions.push_back(from.versions[row]);
      if (!from.contents.empty()) out.contents.push_back(from.contents[row]);
      if (!from.natural_keys.empty()) out.natural_keys.append(from.natural_keys[row]);
    }
    for (const model::Column& column : from.columns) {
      model::Column& made = out.columns.emplace_back();
      made.name = column.name;
      made.type = column.type;
      made.scale = column.scale;
      made.dictionary = column.dictionary;
      for (const std::size_t row : rows) {
        if (model::is_text(column.type)) {
          made.codes.push_back(column.codes[row]);
        } else {
          made.numbers.push_back(column.numbers[row]);
        }
      }
    }
    return out;
  }

  const model::Records& records_;
  const RecordStore& store_;
  const Scopes& scopes_;
  std::uint64_t held_bytes_;
  const std::uint64_t held_bytes_max_;
  std::map<std::string, ScopeState> named_;
  std::deque<StagedRecord> states_;  // in order of their first sight
  std::unordered_map<base::Hash128, std::size_t, KeyHash> found_;
};

}  // namespace

std::vector<RecordStage> stages_of(const model::Records& records, const RecordStore& store,
                                   const Scopes& scopes, std::uint64_t held_bytes_max) {
  return StageMaker(records, store, scopes, held_bytes_max).run();
}

}  // namespace passerelle::consolidation
