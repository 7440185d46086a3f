// What an address must be so that a message can be sent to it. Pure.
#pragma once
#include <string_view>

namespace pis_contacts {

// name@domain: the name of atoms joined by single dots, the domain of at least two labels; letters of any script,
// nothing that cannot be seen. Quoted names and addresses in brackets are nobody's.
bool is_mailbox(std::string_view text);

enum class Phone {
  mobile,     // +3598[789] and seven digits, +35998 and seven digits: a Bulgarian mobile number
  elsewhere,  // a whole number of another kind or country: nothing is sent there
  none,       // no number in the international form
};
Phone phone_kind(std::string_view text);

}  // namespace pis_contacts
