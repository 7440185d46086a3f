// The schema as numbered migrations, one transaction each. A store that is newer than this program is refused.
#pragma once
#include <string_view>

#include "core/store/sqlite/database.hpp"

namespace vestitel::sqlite {

constexpr int kStorePage = 8192, kVaultPage = 4096;  // bytes; fixed when a file is made

// Brings the file to the newest version it knows. Throws SqliteError; std::runtime_error for a newer store.
void migrate_store(Database& db);
void migrate_vault(Database& db);

// Who looks changes nothing, and meets a store as the version that wrote it last left it: an upgrade takes effect at
// the next start of the hub. So a look asks whether what came late is there.
bool has_table(Database& db, std::string_view table);
// Throws std::runtime_error for a store that is older than the questions of this program.
void refuse_too_old_to_look(Database& store);

}  // namespace vestitel::sqlite
