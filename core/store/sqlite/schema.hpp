// The schema as numbered migrations, one transaction each. A store that is newer than this program is refused.
#pragma once
#include "core/store/sqlite/database.hpp"

namespace vestitel::sqlite {

// Brings the file to the newest version it knows. Throws SqliteError; std::runtime_error for a newer store.
void migrate_store(Database& db);
void migrate_vault(Database& db);

}  // namespace vestitel::sqlite
