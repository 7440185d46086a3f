#include "ask.hpp"

#include <vestitel/plugin.hpp>

#include "plugins/sources/common/sofia.hpp"

namespace nap {
namespace {

// For the value of an attribute or an element.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\t': out += "&#9;"; break;
      case '\n': out += "&#10;"; break;
      case '\r': out += "&#13;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace

std::optional<char> pin_type(std::uint32_t kind) {
  switch (kind) {
    case VESTITEL_EGN: return '0';
    case VESTITEL_LNCH: return '1';
    case VESTITEL_NAP: return '2';
    default: return std::nullopt;
  }
}

std::string request_xml(const Practice& practice, std::string_view password, char type, std::string_view pin,
                        std::int64_t now_us) {
  const std::string now = sources::time_in_sofia(now_us);
  std::string xml = R"(<?xml version="1.0" encoding="UTF-8"?><PIS_Request xmlns="request.ws.nhif" ReqDate=")" + now;
  xml += R"(" RespType="0" RCZNo=")" + escaped(practice.number) + R"(" RCZEik=")" + escaped(practice.eik);
  xml += R"(" RCZPassword=")" + escaped(password) + R"("><Patient><PIN>)" + escaped(pin);
  xml += std::string("</PIN><PINType>") + type + "</PINType><ChkDt>" + now.substr(0, 10);
  xml += "T00:00:00</ChkDt></Patient></PIS_Request>";
  return xml;
}

}  // namespace nap
