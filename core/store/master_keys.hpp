// The keys of an installation, all derived from one master key that lies outside the database.
//
// The master key file holds one line, "vestitel-master-1 " and 64 hex digits; mode 0400 or 0600, owner: the hub or
// root.
#pragma once
#include <string>

#include "core/base/crypto.hpp"
#include "core/base/random.hpp"
#include "core/base/result.hpp"

namespace vestitel {

struct MasterKeys {
  SecretKey wrap;    // wraps the data key of a person and of a document
  SecretKey blind;   // the blind index of identifiers
  SecretKey digest;  // content digests: what was reported cannot be guessed from them
  SecretKey idem;    // idempotency keys
  SecretKey kept;    // what plugins keep, and cursors
  [[nodiscard]] MasterKeys copy() const { return {wrap.copy(), blind.copy(), digest.copy(), idem.copy(), kept.copy()}; }
};

MasterKeys derive_keys(const SecretKey& master);

// kConfig: missing, readable by others, or not a master key.
Result<MasterKeys> load_master_keys(const std::string& path);

// Writes a new master key file, mode 0400; refuses to replace one.
Result<> create_master_keys(const std::string& path, Random& random);

}  // namespace vestitel
