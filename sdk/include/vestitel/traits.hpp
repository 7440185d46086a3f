// What a plugin's class may say of itself, beyond id, name and version:
//
//   static constexpr vestitel::Traits kTraits = vestitel::Traits().idempotent().max_batch(50);
#pragma once
#include <chrono>
#include <string_view>

#include "abi.h"

namespace vestitel {
inline namespace v1 {

// What plugin.json says beyond id, name and version; where there is one, it stands above the same words of Traits.
struct Manifest {
  std::string_view vendor, license, url, capabilities;  // capabilities: one JSON object
};

struct Traits {
  std::uint32_t flags = 0;
  std::uint32_t batch = 100;          // sink: most messages a call
  std::uint64_t body = 0;             // sink: most bytes of a body; 0: no limit of its own
  std::int64_t send_us = 30'000'000;  // sink: longest time a send may take
  std::string_view vendor_name{}, license_id{}, home{}, capabilities_text = "{}";

  // Work calls may overlap on one instance.
  constexpr Traits concurrent() const { return flag(VESTITEL_FLAG_CONCURRENT); }
  // It opens connections of its own.
  constexpr Traits needs_net() const { return flag(VESTITEL_FLAG_NEEDS_NET); }
  // Sink: the same idem_key takes effect once, so the hub may repeat after an unknown.
  constexpr Traits idempotent() const { return flag(VESTITEL_FLAG_IDEMPOTENT); }
  // The library must never be unmapped.
  constexpr Traits nodelete() const { return flag(VESTITEL_FLAG_NODELETE); }

  constexpr Traits max_batch(std::uint32_t messages) const {
    Traits t = *this;
    t.batch = messages;
    return t;
  }
  constexpr Traits max_body(std::uint64_t bytes) const {
    Traits t = *this;
    t.body = bytes;
    return t;
  }
  // The hub's lease and its kill follow from this.
  constexpr Traits max_send(std::chrono::microseconds time) const {
    Traits t = *this;
    t.send_us = time.count();
    return t;
  }
  constexpr Traits vendor(std::string_view name, std::string_view license = {}, std::string_view url = {}) const {
    Traits t = *this;
    t.vendor_name = name;
    t.license_id = license;
    t.home = url;
    return t;
  }
  // A JSON object: network hosts, secrets, quota that the administrator is asked to grant.
  constexpr Traits capabilities(std::string_view json) const {
    Traits t = *this;
    t.capabilities_text = json;
    return t;
  }

 private:
  constexpr Traits flag(std::uint32_t bit) const {
    Traits t = *this;
    t.flags |= bit;
    return t;
  }
};

}  // namespace v1
}  // namespace vestitel
