// A decoder of the stream and kind of batches.h, with a vault of its own.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "core/intake/decoder.h"
#include "tests/core/intake/batches.h"
#include "tests/core/journal/temporary_folder.h"

namespace passerelle::intake {

class DecoderTest : public testing::Test {
 protected:
  void SetUp() override {
    auto vault = Vault::open({folder_.path(), "", true});
    ASSERT_TRUE(vault.ok()) << vault.status();
    vault_ = *std::move(vault);
  }
  Decoder decoder(const pb::StreamType& type = test_stream()) {
    return Decoder("crm", type, &kind_, vault_.get());
  }
  Decoded decode(const pb::Batch& batch) {
    auto decoded = decoder().decode(batch);
    EXPECT_TRUE(decoded.ok()) << decoded.status();
    return decoded.ok() ? *std::move(decoded) : Decoded{};
  }

  const model::RecordKind kind_ = test_kind();
  TemporaryFolder folder_;
  std::unique_ptr<Vault> vault_;
};

}  // namespace passerelle::intake
