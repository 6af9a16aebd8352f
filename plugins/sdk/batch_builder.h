// Records of one stream as columns, written in place into the message that will be sent.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/limits.h"
#include "passerelle/connector/v1/connector.pb.h"
#include "plugins/sdk/shape.h"

namespace passerelle::sdk {

namespace v1 = connector::v1;

// The distinct texts of one column of one batch, by content. Cleared in constant time.
class Dictionary {
 public:
  // One per record, and as many again for fields that are set twice.
  static constexpr std::size_t kEntriesMax = 2 * base::kBatchRecordsMax;

  Dictionary();
  void clear() { ++epoch_; }
  // The slot of `text` given its hash: either free (code 0) or holding it. `at` gives the text of a
  // code.
  template <typename TextAt>
  std::uint32_t* find(std::uint64_t hash, std::string_view text, const TextAt& at) {
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    for (std::size_t i = hash & kMask;; i = (i + 1) & kMask) {
      Slot& slot = slots_[i];
      if (slot.epoch != epoch_) {
        slot = {epoch_, tag, 0};
        return &slot.code;
      }
      if (slot.tag == tag && at(slot.code) == text) return &slot.code;
    }
  }

 private:
  struct Slot {
    std::uint32_t epoch = 0;
    std::uint32_t tag = 0;
    std::uint32_t code = 0;
  };
  static constexpr std::size_t kSlots = 4'096;
  static constexpr std::size_t kMask = kSlots - 1;
  // Never more than half full, so that a search ends soon.
  static_assert(2 * kEntriesMax <= kSlots);

  std::vector<Slot> slots_;
  std::uint32_t epoch_ = 1;
};

// One thread at a time. The order of calls is the caller's duty: begin, set..., end.
class BatchBuilder {
 public:
  explicit BatchBuilder(Stream stream);

  Shape& shape() { return shape_; }
  void begin(std::string_view id, std::int64_t version, std::uint64_t position, bool deleted);
  void set_text(std::size_t field, std::string_view text);
  void set_number(std::size_t field, std::int64_t value) { columns_[field].numbers[rows_] = value; }
  void natural_key(std::string_view key);
  // A key or text that is too long or not UTF-8 turns the record into a reject.
  void end();
  // Instead of end(): the record is forgotten.
  void drop_row();
  void reject(const Reject& reject);

  // Whether the batch has reached kBatchRecordsMax or kBatchBytesMax.
  bool full() const { return tries_ >= base::kBatchRecordsMax || bytes_ >= base::kBatchBytesMax; }
  bool empty() const { return tries_ == 0; }
  // The batch so far, as a message; the builder goes on with an empty one, made from `spare` (a
  // message of this stream that was sent) or new.
  std::unique_ptr<v1::ReadResponse> take(std::unique_ptr<v1::ReadResponse> spare);

 private:
  struct ColumnBuffer {
    bool is_text = false;
    std::uint32_t last_code = 0;
    types::v1::Column* message = nullptr;
    Dictionary dictionary;
    std::vector<std::uint32_t> codes;
    std::vector<std::int64_t> numbers;
  };

  void refuse_row(std::string_view rule, std::string_view field, std::string_view text,
                  std::string reason);
  bool check_text(std::string_view field, std::string_view text, std::size_t bytes_max);
  void reject_row();
  void adopt(std::unique_ptr<v1::ReadResponse> message);
  void add_header(v1::Batch* batch) const;

  Shape shape_;
  std::size_t row_bytes_ = 0;  // what every row takes whatever its texts
  std::unique_ptr<v1::ReadResponse> message_;
  std::vector<ColumnBuffer> columns_;
  std::string ids_;
  std::vector<std::uint32_t> id_ends_;
  std::vector<std::int64_t> versions_;
  std::vector<std::uint64_t> positions_;
  std::string deleted_;
  std::string natural_keys_;
  std::vector<std::uint32_t> natural_key_ends_;
  bool any_deleted_ = false;
  std::size_t rows_ = 0;
  std::size_t tries_ = 0;  // rows and rejects
  std::size_t bytes_ = 0;
  std::optional<Reject> bad_;  // why the row being written cannot be sent
};

}  // namespace passerelle::sdk
