// What a plugin keeps between its calls (vestitel.kv/1): values under keys, private to one instance. Values are health
// data or tokens for all that the hub knows, and lie sealed; keys hold no personal value and lie in clear.
//
// Every change makes a new revision. Revisions of an instance only grow, also over a removal: a revision once seen
// never stands for another value.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace vestitel {

inline constexpr std::size_t kMaxKvKey = 256;          // bytes; at least one
inline constexpr std::size_t kMaxKvValue = 64 * 1024;  // bytes; may be empty

struct KvEntry {
  std::string value;
  std::uint64_t revision = 0;
};

struct KvListed {
  std::string key;
  std::uint64_t revision = 0;
};

// A change that becomes durable with a feed's unit.
struct KvChange {
  std::string key;
  std::optional<std::string> value;  // nothing: removed
};

// Thread: any. Each change is durable when its call returns.
class KvStore {
 public:
  virtual ~KvStore() = default;

  virtual Result<std::optional<KvEntry>> get(std::string_view instance, std::string_view key) = 0;

  // Keys that begin with `prefix`, behind `after` (exclusive; "": from the first), in byte order, at most `max`.
  virtual Result<std::vector<KvListed>> list(std::string_view instance, std::string_view prefix, std::string_view after,
                                             std::size_t max) = 0;

  // The new revision. `expected`: the revision that has to be there, 0 where nothing may be; kConflict otherwise.
  // kDenied: all keys and values of the instance would be more than `quota` bytes. kInvalid: a key or value too long.
  virtual Result<std::uint64_t> put(std::string_view instance, std::string_view key, std::string_view value,
                                    std::optional<std::uint64_t> expected, std::uint64_t quota) = 0;

  // False: it was not there. `expected` as above; 0 succeeds where nothing is there.
  virtual Result<bool> remove(std::string_view instance, std::string_view key,
                              std::optional<std::uint64_t> expected) = 0;
};

}  // namespace vestitel
