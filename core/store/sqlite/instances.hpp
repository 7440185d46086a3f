// The number of an instance. Used on the writer's thread alone.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/store/sqlite/database.hpp"

namespace vestitel::sqlite {

class InstanceNumbers {
 public:
  explicit InstanceNumbers(Database& store)
      : find_(store, "SELECT id FROM instance WHERE name = ?"),
        insert_(store, "INSERT INTO instance(name) VALUES(?) RETURNING id") {}

  std::optional<std::int64_t> find(std::string_view name) { return find_.number(name); }
  std::int64_t made(std::string_view name) {
    const auto known = find(name);
    return known ? *known : *insert_.number(name);
  }

 private:
  Statement find_, insert_;
};

}  // namespace vestitel::sqlite
