// Published cells as messages of passerelle.hub.v1.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/flow/alert.h"
#include "core/flow/cells.h"
#include "core/publication/publisher.h"
#include "core/publication/query.h"

// Declared, not included: ThreadSanitizer changes the layout of messages with map fields, which the
// system's protobuf library does not know, so only codec.cpp touches them (see CMakeLists.txt).
namespace passerelle::hub::v1 {
class Alert;
class Cell;
class SourceMark;
}  // namespace passerelle::hub::v1

namespace passerelle::publication {

// The words of a group: dimensions and period, sorted by name.
using Dimensions = std::vector<std::pair<std::string, std::string>>;
Dimensions dimensions_of(const flow::CellView& view, std::uint32_t cuboid, std::uint32_t group);
Dimensions dimensions_of(const GroupKey& key);
// The same text as model::cell_key_text.
std::string key_text(std::string_view indicator, const Dimensions& dimensions);

// An absent value becomes `removed`.
void fill(std::string_view indicator, const Dimensions& dimensions, const model::CellValue& value,
          hub::v1::Cell* out);
void fill(const Cell& cell, hub::v1::Cell* out);
void fill(const flow::SourceMark& mark, hub::v1::SourceMark* out);
void fill(const flow::Alert& alert, hub::v1::Alert* out);

// What a Progress says.
struct ProgressFacts {
  model::Revision revision = 0;
  std::string token;
  std::vector<flow::SourceMark> marks;
  std::uint64_t cells = 0;
  std::uint64_t hash = 0;
};

Message snapshot_begin(model::Revision revision);
Message snapshot_end(model::Revision revision);
Message reset(std::string_view reason);
Message alert(const flow::Alert& crossing);
Message progress(const ProgressFacts& facts, std::uint64_t conflated);

// Gathers cells of one message.
class BatchWriter {
 public:
  BatchWriter();
  ~BatchWriter();
  void add(std::string_view indicator, const Dimensions& dimensions, const model::CellValue& value,
           model::Revision revision, const model::CellValue* previous);
  std::size_t cells() const { return cells_; }
  // The message; null if there are no cells. Then the writer is empty again.
  Message take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::size_t cells_ = 0;
};

}  // namespace passerelle::publication
