// The changes as XML, one an element.
#pragma once
#include "plugins/sources/gp_contracts/csv_list.hpp"

namespace gp_contracts {

// Reads to the end. Counts that say nothing: the document was refused, or the call is over.
Counts read_xml(vestitel::Input& in, vestitel::Emit& out, Contracts& contracts, const vestitel::Date& today);

}  // namespace gp_contracts
