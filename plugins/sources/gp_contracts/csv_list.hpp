// The changes as CSV, one a row.
#pragma once
#include "plugins/sources/gp_contracts/contract.hpp"

namespace gp_contracts {

struct Counts {
  std::uint64_t records = 0, quarantined = 0, unknown = 0;
};

// Reads to the end. Counts that say nothing: the document was refused, or the call is over.
Counts read_csv(vestitel::Input& in, vestitel::Emit& out, Contracts& contracts);

}  // namespace gp_contracts
