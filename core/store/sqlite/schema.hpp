// The schema as numbered migrations, one transaction each. A store that is newer than this program is refused.
#pragma once
#include "core/store/sqlite/database.hpp"

namespace vestitel::sqlite {

constexpr int kStorePage = 8192, kVaultPage = 4096;  // bytes; fixed when a file is made

// Brings the file to the newest version it knows. Throws SqliteError; std::runtime_error for a newer store.
void migrate_store(Database& db);
void migrate_vault(Database& db);

}  // namespace vestitel::sqlite
