// The quarantined records of a receipt, page by page.
#pragma once
#include <algorithm>
#include <functional>

#include "core/intake/receipt.hpp"

namespace vestitel {

// Hands over up to `most` quarantined records of an accepted document; returns how many.
Result<std::size_t> each_quarantined(const DocumentRow& row, QuarantineLister& quarantine, std::size_t most,
                                     const std::function<Result<>(const QuarantineRow&)>& take);

// How many a receipt does not list.
std::int64_t not_listed(const DocumentRow& row, std::size_t listed);

}  // namespace vestitel
