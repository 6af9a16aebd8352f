// Commits for the journal's tests: random ones of every body, and how to compare them.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "core/model/commit.h"

namespace passerelle::journal {

using Random = std::mt19937_64;

model::RecordBatch random_batch(Random& random, const std::string& connector, std::size_t rows);
// Of a random body; the revision is 0.
model::Commit random_commit(Random& random);
// A commit of one batch with that many rows and eight columns, as a busy connector sends them.
model::Commit records_commit(Random& random, std::size_t rows);

// Adds a gtest failure for each difference but `ModelProposed.parsed`.
void expect_same(const model::Commit& a, const model::Commit& b);

}  // namespace passerelle::journal
