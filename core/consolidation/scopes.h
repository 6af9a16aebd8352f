// Scopes of connectors: which are open, what they hold back until they close.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/consolidation/record_store.h"
#include "core/model/record.h"

namespace passerelle::consolidation {

struct Scope {
  std::string connector;
  std::string name;
  bool open = false;
  bool at_close = false;
  bool replace = false;
  bool given_up = false;
  std::int64_t version = 0;
  std::uint32_t opening = 0;  // which opening of all openings it is in
  std::vector<model::RecordBatch> held;
  std::uint64_t held_records = 0;
  std::uint64_t held_bytes = 0;
};

class Scopes {
 public:
  Scopes() { scopes_.emplace_back(); }  // 0: no scope

  std::uint32_t number_of(const std::string& connector, const std::string& name);
  // An opening of a scope that is open already goes on with it (a crash leaves it open).
  void open(std::uint32_t number, const model::ScopeEvent& event);
  ScopeMark mark(std::uint32_t number) const { return {number, scopes_[number].opening}; }
  // Holds the batch; false: the scope went past `bytes_max` for all scopes, and lost what it held.
  bool hold(std::uint32_t number, const model::RecordBatch& batch, std::uint64_t bytes_max,
            std::uint64_t* dropped);
  std::vector<model::RecordBatch> take_held(std::uint32_t number);
  void close(std::uint32_t number);

  bool has_open() const { return open_ > 0; }
  Scope& operator[](std::uint32_t number) { return scopes_[number]; }
  const std::vector<Scope>& all() const { return scopes_; }
  std::uint64_t held_bytes() const { return held_bytes_; }
  std::uint32_t openings() const { return openings_; }
  // For loading, after construction: scopes in the order of all(), from 1.
  void restore(std::vector<Scope> scopes, std::uint32_t openings);

 private:
  std::vector<Scope> scopes_;
  std::map<std::pair<std::string, std::string>, std::uint32_t> numbers_;
  std::uint32_t openings_ = 0;
  std::size_t open_ = 0;
  std::uint64_t held_bytes_ = 0;
};

// Bytes that a batch takes in memory, about.
std::uint64_t bytes_of(const model::RecordBatch& batch);

}  // namespace passerelle::consolidation
