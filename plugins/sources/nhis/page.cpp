#include "page.hpp"

#include <string>

#include "message_reader.hpp"

namespace nhis {
namespace {

constexpr const char* kReading = "reading a page: ";

// The bytes that are left, for Input.
vestitel_rc read_left(void* left, std::uint8_t* into, std::uint64_t cap, std::uint64_t* got) {
  auto& bytes = *static_cast<std::string_view*>(left);
  *got = bytes.copy(reinterpret_cast<char*>(into), static_cast<std::size_t>(cap));
  bytes.remove_prefix(static_cast<std::size_t>(*got));
  return VESTITEL_OK;
}

sources::PageEnd end_of(const MessageReader& reader, std::uint32_t limit) {
  const BundleMark& mark = reader.mark();
  if (!sources::is_cursor(mark.next))
    throw vestitel::Error::data(std::string(kReading) + "its root has no cursor next");
  if (mark.more != "true" && mark.more != "false") {
    throw vestitel::Error::data(std::string(kReading) + "its root does not say whether there is more");
  }
  if (reader.told_in() > limit && reader.records() > 1) {
    throw vestitel::Error::data(std::string(kReading) + "it is longer than was asked for");
  }
  return {mark.next, mark.more == "true", reader.told_in()};
}

}  // namespace

sources::PageEnd read_page(std::string_view body, std::uint32_t limit, const Settings& settings,
                           const vestitel::Host& host) {
  vestitel_error error{};
  error.size = sizeof error;
  vestitel::Call call(host, &error);
  const vestitel_input table = {sizeof table, &body, read_left};
  vestitel::Input in(&table, call);
  vestitel::Emit out(host.service<vestitel_emit_v1>("vestitel.emit/1"), call);
  MessageReader reader(settings, host, in, out);
  reader.read();
  if (!call.failed()) out.flush();
  if (call.failed()) throw vestitel::Error(call.rc(), kReading + std::string(error.message, error.message_len));
  return end_of(reader, limit);
}

}  // namespace nhis
