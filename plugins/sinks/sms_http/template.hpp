// A text with variables of a closed set: "Bearer {token}". It is rendered as it is; whoever places it somewhere encodes
// the whole of it for that place, so that no value can leave its field.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vestitel::sms_http {

enum class Variable : std::uint8_t {
  to,                // +359888123456
  to_digits,         // 359888123456
  text,              // UTF-8
  text_utf16_hex,    // big endian
  sender,            //
  id,                // our own, the same at every repeat
  coding,            // what the profile calls the alphabet of this text
  validity_minutes,  // how long the message is worth something, rounded up
  validity_seconds,  //
  receipt_url,       // secret: where the provider says what became of a message
  username,          // setting
  password,          // secret
  token,             // secret
  basic,             // base64 of username:password
};
inline constexpr std::size_t kVariables = 14;

using Values = std::array<std::string, kVariables>;

inline std::string& value_of(Values& values, Variable which) { return values[static_cast<std::size_t>(which)]; }

class Template {
 public:
  // "{name}" stands for a variable, "{{" and "}}" for a brace. None: `problem` says what is allowed.
  static std::optional<Template> make(std::string_view text, std::string& problem);

  // `each` changes the values of variables, not the text between them.
  std::string render(const Values& values) const {
    return render(values, [](const std::string& v) { return v; });
  }
  template <class Each>
  std::string render(const Values& values, Each each) const {
    std::string out;
    for (const Part& part : parts_)
      out += part.variable ? each(values[static_cast<std::size_t>(*part.variable)]) : part.text;
    return out;
  }
  bool uses(Variable which) const;
  // What stands between the variables.
  std::string fixed() const;
  bool given() const { return !parts_.empty(); }

 private:
  struct Part {
    std::string text;
    std::optional<Variable> variable;
  };
  std::vector<Part> parts_;
};

}  // namespace vestitel::sms_http
