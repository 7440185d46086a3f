// What an answer of FCM says, taken from its JSON; what is no JSON says nothing.
#pragma once
#include <string>
#include <string_view>

namespace vestitel::fcm {

struct Said {
  bool error = false;     // there is an error object
  std::string code;       // FcmError's errorCode, else the status; only a word that is known, else ""
  bool has_code = false;  // an FcmError came
  std::string name;       // of a message that was taken
  bool blames_token = false, blames_other = false;  // fields of a BadRequest: message.token, and any other
  std::string field;         // the first of the others, where it is a plain name of ours; else ""
  bool names_token = false;  // the text speaks of a registration token that is invalid
  bool of_device = false;    // a quota that is the device's own
};

Said parse_answer(std::string_view body);

}  // namespace vestitel::fcm
