// Checks of what a cell holds. A reason names no value, and is empty where all is well.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include <vestitel/plugin.hpp>

namespace rows {

// A person's or practitioner's number, by the type that the document declares (VESTITEL_EGN ...).
std::string_view person_fault(std::uint16_t kind, std::string_view id, const vestitel::Date& today);

// A number or code that identifies something: ASCII without white space or control characters, at most `longest`.
std::string_view token_fault(std::string_view text, std::size_t longest);

// Free text as it is shown, at most `longest` bytes.
std::string_view text_fault(std::string_view text, std::size_t longest);

// "123", "-12,50", "12.5": digits, and at most four behind the comma or point.
bool is_amount(std::string_view text);

// "01" to "28", which a facility's number belongs to; empty: it is none.
std::string region_of(std::string_view facility);

}  // namespace rows
