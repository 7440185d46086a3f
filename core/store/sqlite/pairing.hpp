// vestitel.db and keys.db are backed up apart, so that they can come back apart. Numbers of people are given by one and
// used by the other: with a keys.db that is another's, lost or older, a number would soon mean two people.
#pragma once
#include <string>

#include "core/base/random.hpp"
#include "core/store/sqlite/database.hpp"

namespace vestitel::sqlite {

// All three throw std::runtime_error that says which file to put back.

// Before both files are opened: one of them alone is a loss, not a new store. kWrite for whoever owns the store: what a
// cut left half-made can be read only by who may mend it.
void refuse_half_a_store(const std::string& store_path, const std::string& vault_path, Access access);

// Gives a new store its mark, the same in both files, the vault's first.
void mark_pair(Database& store, Database& vault, Random& random);

// The marks are the same, and the vault knows each person that the store speaks of. Reads alone.
void check_pair(Database& store, Database& vault);

}  // namespace vestitel::sqlite
