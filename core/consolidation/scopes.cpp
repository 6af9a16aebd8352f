#include "core/consolidation/scopes.h"

namespace passerelle::consolidation {

std::uint64_t bytes_of(const model::RecordBatch& batch) {
  std::uint64_t bytes = sizeof batch + batch.ids.bytes().size() + batch.natural_keys.bytes().size();
  bytes += batch.size() * (sizeof(base::Hash128) + 8 + 8 + 4) + batch.seen.size() * 16;
  for (const model::Column& column : batch.columns) {
    bytes += column.codes.size() * 4 + column.numbers.size() * 8;
    for (const std::string& text : column.dictionary) bytes += sizeof text + text.size();
  }
  return bytes;
}

std::uint32_t Scopes::number_of(const std::string& connector, const std::string& name) {
  const auto [at, is_new] =
      numbers_.try_emplace(std::pair(connector, name), static_cast<std::uint32_t>(scopes_.size()));
  if (is_new) {
    scopes_.emplace_back();
    scopes_.back().connector = connector;
    scopes_.back().name = name;
  }
  return at->second;
}

void Scopes::open(std::uint32_t number, const model::ScopeEvent& event) {
  Scope& scope = scopes_[number];
  // Opened again in the same version: a read that was cut goes on. In another version it starts
  // anew.
  if (scope.open && scope.version != event.version) close(number);
  if (!scope.open) {
    scope.open = true;
    ++open_;
    scope.given_up = false;
    scope.opening = ++openings_;
  }
  scope.at_close = event.at_close;
  scope.replace = event.replace;
  scope.version = event.version;
}

bool Scopes::hold(std::uint32_t number, const model::RecordBatch& batch, std::uint64_t bytes_max,
                  std::uint64_t* dropped) {
  Scope& scope = scopes_[number];
  const std::uint64_t bytes = bytes_of(batch);
  if (scope.given_up || held_bytes_ + bytes > bytes_max) {
    scope.given_up = true;
    *dropped += scope.held_records + batch.size();
    held_bytes_ -= scope.held_bytes;
    scope.held.clear();
    scope.held_records = 0;
    scope.held_bytes = 0;
    return false;
  }
  scope.held.push_back(batch);
  scope.held_records += batch.size();
  scope.held_bytes += bytes;
  held_bytes_ += bytes;
  return true;
}

std::vector<model::RecordBatch> Scopes::take_held(std::uint32_t number) {
  Scope& scope = scopes_[number];
  held_bytes_ -= scope.held_bytes;
  scope.held_bytes = 0;
  scope.held_records = 0;
  return std::exchange(scope.held, {});
}

void Scopes::close(std::uint32_t number) {
  take_held(number);
  if (std::exchange(scopes_[number].open, false)) --open_;
}

void Scopes::restore(std::vector<Scope> scopes, std::uint32_t openings) {
  openings_ = openings;
  for (Scope& scope : scopes) {
    numbers_.emplace(std::pair(scope.connector, scope.name),
                     static_cast<std::uint32_t>(scopes_.size()));
    held_bytes_ += scope.held_bytes;
    open_ += scope.open ? 1 : 0;
    scopes_.push_back(std::move(scope));
  }
}

}  // namespace passerelle::consolidation
