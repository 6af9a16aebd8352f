// One thing to send: a snapshot, or the net changes between two revisions, and its Progress. Shared
// by all subscribers that are sent the same; messages are built when the first of them has room,
// and kept as long as one of them holds them, those of a short transmission as long as that.
// Worker's thread only.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/publication/changes.h"
#include "core/publication/codec.h"
#include "core/publication/ledger.h"
#include "core/publication/publisher.h"

namespace passerelle::publication {

// The groups of a selection in one layout, in the order they were met; only ever added to.
struct Members {
  Resolved resolved;
  std::vector<std::uint32_t> seen;                 // groups looked at, by part
  std::vector<std::vector<std::uint32_t>> groups;  // by part

  explicit Members(Resolved resolved_in);
  void follow(const flow::CellView& view);
  // Calls `visit` for every cell, part by part.
  template <typename Visit>
  void for_each_cell(const flow::CellView& view, const Visit& visit) const {
    for (std::size_t p = 0; p < groups.size(); ++p) {
      for (const std::uint32_t group : groups[p]) visit_group(view, p, group, visit);
    }
  }
  template <typename Visit>
  void visit_group(const flow::CellView& view, std::size_t part, std::uint32_t group,
                   const Visit& visit) const {
    const Part& place = resolved.parts()[part];
    const std::size_t indicators = view.cuboids()[place.cuboid].indicators.size();
    for (std::uint16_t i = 0; i < indicators; ++i) {
      if ((place.indicators >> i & 1) != 0) visit(model::CellRef{place.cuboid, group, i});
    }
  }
};

class Transmission {
 public:
  // `serialisations` counts cell batches built and outlives this.
  Transmission(std::shared_ptr<const flow::CellView> view, ProgressFacts facts,
               std::atomic<std::uint64_t>* serialisations)
      : view_(std::move(view)), facts_(std::move(facts)), serialisations_(serialisations) {}
  virtual ~Transmission() = default;

  const ProgressFacts& facts() const { return facts_; }
  std::size_t size() const { return messages_.size(); }
  // Message `at` < size(), without the Progress; null if there is nothing in that part.
  Message message(std::size_t at);
  Message progress(std::uint64_t conflated);
  virtual std::uint64_t cells() const = 0;  // sent by it, about

 protected:
  virtual Message build(std::size_t at) = 0;
  const flow::CellView& view() const { return *view_; }
  void set_size(std::size_t size) { messages_.resize(size); }
  void count_serialisation() { ++*serialisations_; }

 private:
  std::shared_ptr<const flow::CellView> view_;  // keeps the words of its cells
  ProgressFacts facts_;
  std::atomic<std::uint64_t>* serialisations_;
  std::vector<std::weak_ptr<const std::string>> messages_;
  std::vector<Message> kept_;  // of a short one: a fast subscriber must not free them for others
  Message progress_;           // of subscribers without conflated values
};

// All cells of a selection.
class SnapshotTransmission final : public Transmission {
 public:
  SnapshotTransmission(std::shared_ptr<const flow::CellView> view, ProgressFacts facts,
                       std::atomic<std::uint64_t>* serialisations,
                       std::shared_ptr<const Members> members);
  std::uint64_t cells() const override { return facts().cells; }

 private:
  Message build(std::size_t at) override;

  std::shared_ptr<const Members> members_;
  struct Slice {
    std::size_t part = 0;
    std::size_t begin = 0;  // of the part's groups
    std::size_t end = 0;
  };
  std::vector<Slice> slices_;
};

class DeltaTransmission final : public Transmission {
 public:
  DeltaTransmission(std::shared_ptr<const flow::CellView> view, ProgressFacts facts,
                    std::atomic<std::uint64_t>* serialisations, NetChanges changes,
                    const Ledger& ledger);
  std::uint64_t cells() const override { return changes_->size(); }

 private:
  Message build(std::size_t at) override;

  NetChanges changes_;
  const Ledger& ledger_;
};

}  // namespace passerelle::publication
