// The question about one person, as the register takes it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nap {

// Who asks: a practice, as it is registered with the register.
struct Practice {
  std::string number, eik;
};

// The register's word for the kind of a number; nothing: it cannot be asked about such a person.
std::optional<char> pin_type(std::uint32_t kind);

// A PIS_Request about the day of `now_us` in Sofia. What it returns holds the password.
std::string request_xml(const Practice& practice, std::string_view password, char type, std::string_view pin,
                        std::int64_t now_us);

}  // namespace nap
