// Model folders for the budget tests.
#pragma once

#include <string>

#include "tests/support/binary.h"

namespace passerelle::test {

// A model whose one connector reads the budget documents of `folder`/sources, published by section,
// flow and order, with the measures of the budget chain. `chart`: pattern of the charts, or empty.
void write_budget_model(const Folder& folder, const std::string& chart);
// The same, mapped onto policies by the town's table, with staff positions.
void write_montreuil_model(const Folder& folder);

}  // namespace passerelle::test
