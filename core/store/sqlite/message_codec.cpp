#include <array>

#include "core/store/sqlite/routing.hpp"

namespace vestitel::sqlite {
namespace {

void put(std::string& out, std::string_view text) {
  const auto n = static_cast<std::uint32_t>(text.size());
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(n >> shift & 0xFF);
  out += text;
}

bool take(std::string_view& in, std::string& text) {
  if (in.size() < 4) return false;
  std::uint32_t n = 0;
  for (unsigned i = 0; i < 4; ++i) n |= std::uint32_t{static_cast<unsigned char>(in[i])} << (8 * i);
  in.remove_prefix(4);
  if (n > in.size()) return false;
  text.assign(in.substr(0, n));
  in.remove_prefix(n);
  return true;
}

}  // namespace

std::string encode_message(const Decision& decision) {
  std::string out;
  out.reserve(decision.title.size() + decision.body.size() + decision.body_html.size() + decision.data_json.size() +
              decision.locale.size() + 20);
  for (const std::string* part :
       {&decision.title, &decision.body, &decision.body_html, &decision.data_json, &decision.locale})
    put(out, *part);
  return out;
}

bool decode_message(std::string_view bytes, Message& message) {
  return take(bytes, message.title) && take(bytes, message.body) && take(bytes, message.body_html) &&
         take(bytes, message.data_json) && take(bytes, message.locale) && bytes.empty();
}

std::string message_place(std::int64_t event, PersonId recipient, Channel channel) {
  return "outbox_body.sealed/1/" + std::to_string(event) + "/" + std::to_string(recipient) + "/" +
         std::to_string(static_cast<int>(channel));
}

}  // namespace vestitel::sqlite
