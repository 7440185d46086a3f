#include "plugins/sinks/smpp/settings.hpp"

#include <algorithm>

#include "plugins/sinks/common/outbound_text.hpp"
#include "plugins/sinks/common/sms_fields.hpp"

namespace vestitel::smpp {
namespace {

using sinks::SmsJoin;

constexpr std::size_t kInternational = 9;

std::int64_t micros(std::chrono::milliseconds time) { return time.count() * 1000; }

std::uint8_t small(const Settings& settings, std::string_view name) {
  return static_cast<std::uint8_t>(settings.integer(name));
}

Party sender_of(const Settings& settings) {
  std::string text = settings.text("sender");
  const std::string_view digits = std::string_view(text).substr(text.rfind('+', 0) == 0 ? 1 : 0);
  const bool number = sinks::is_sender_number(digits);
  if (!number && !sinks::is_sender_name(text))
    throw Error::config("/sender", "expected a number, or a name of 1 to 11 letters and digits");
  const bool international = number && digits.size() >= kInternational;
  Party out;
  out.ton = !number ? 5 : international ? 1 : 3;
  out.npi = international ? 1 : 0;
  if (settings.has("sender_ton")) out.ton = small(settings, "sender_ton");
  if (settings.has("sender_npi")) out.npi = small(settings, "sender_npi");
  out.address = number ? std::string(digits) : std::move(text);
  return out;
}

SmsJoin join_of(const std::string& name) {
  if (name == "udh16") return SmsJoin::udh16;
  if (name == "sar") return SmsJoin::sar;
  return name == "payload" ? SmsJoin::payload : SmsJoin::udh8;
}

const std::string& short_ascii(const Settings& settings, const char* name, std::size_t longest) {
  const std::string& text = settings.text(name);
  if (!text.empty() && !sinks::is_visible_ascii(text, longest))
    throw Error::config(std::string("/") + name,
                        "expected at most " + std::to_string(longest) + " visible characters of ASCII");
  return text;
}

}  // namespace

Shape shape_of(const Settings& settings) {
  Shape out;
  out.source = sender_of(settings);
  out.destination_ton = small(settings, "to_ton");
  out.destination_npi = small(settings, "to_npi");
  out.service_type = short_ascii(settings, "service_type", 5);
  out.join = join_of(settings.choice("long_text"));
  out.most_parts = static_cast<std::size_t>(settings.integer("max_parts"));
  out.gsm_coding = small(settings, "gsm_coding");
  out.reference = settings.boolean("reference");
  out.validity_us = micros(settings.duration("validity"));
  return out;
}

EngineOptions options_of(const Settings& settings) {
  short_ascii(settings, "system_id", 15);
  EngineOptions out;
  out.link.bind.system_type = short_ascii(settings, "system_type", 12);
  out.link.window = static_cast<std::size_t>(settings.integer("window"));
  out.link.bind_us = micros(settings.duration("bind_timeout"));
  out.link.answer_us = micros(settings.duration("answer_timeout"));
  out.link.idle_us = micros(settings.duration("enquire_link"));
  out.links = static_cast<std::size_t>(settings.integer("links"));
  out.pairs = settings.choice("bind") == "pair";
  const std::int64_t rate = settings.integer("rate");
  out.gap_us = rate == 0 ? 0 : 1'000'000 / rate;
  out.reconnect_us = micros(settings.duration("reconnect"));
  out.submit_fail_passes = settings.boolean("submit_fail_passes");
  return out;
}

ReceiptSettings receipt_settings_of(const Settings& settings) {
  ReceiptSettings out;
  out.spellings = {settings.boolean("fold_case"), settings.boolean("strip_zeros"), settings.boolean("hex_decimal")};
  out.utc_offset_minutes = static_cast<int>(settings.integer("utc_offset"));
  std::string_view list = settings.text("dead_errors");
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view code = list.substr(0, comma);
    while (!code.empty() && code.front() == ' ') code.remove_prefix(1);
    while (code.size() > 1 && code.front() == '0') code.remove_prefix(1);
    if (!sinks::is_visible_ascii(code, 16))
      throw Error::config("/dead_errors", "expected codes with commas between them");
    out.dead_errors.emplace(code);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return out;
}

void check_tls(const Settings& settings) {
  if (settings.choice("tls") == "none" && !settings.boolean("dangerously_allow_plaintext"))
    throw Error::config("/tls", "none sends texts in plaintext: confirm with dangerously_allow_plaintext: true");
}

}  // namespace vestitel::smpp
