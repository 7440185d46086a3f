#include "plugins/sinks/sms_http/request.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "plugins/sinks/common/collapse_key.hpp"
#include "plugins/sinks/common/sms_fields.hpp"
#include "plugins/sinks/common/sms_text.hpp"
#include "plugins/sinks/sms_http/encode.hpp"

namespace vestitel::sms_http {
namespace {

using sinks::SmsAlphabet;

constexpr std::uint64_t kLongestAnswer = std::uint64_t{64} * 1024;
constexpr std::int64_t kSecond = 1'000'000;

// What is sent of this message, and what is not.
struct Shown {
  const Values& values;
  When alphabet;
  bool receipts;

  bool has(When when) const {
    if (when == When::receipts) return receipts;
    return when == When::always || when == alphabet;
  }
};

std::string form_of(const FieldList& fields, const Shown& shown) {
  std::string out;
  for (const Field& field : fields) {
    if (!shown.has(field.when)) continue;
    out.append(out.empty() ? "" : "&").append(percent_encoded(field.name)).append("=");
    out += percent_encoded(field.value.render(shown.values));
  }
  return out;
}

nlohmann::ordered_json json_of(const JsonNode& node, const Shown& shown) {
  switch (node.kind) {
    case JsonNode::Kind::text: return node.text.render(shown.values);
    case JsonNode::Kind::literal: return nlohmann::ordered_json::parse(node.literal);
    case JsonNode::Kind::object:
    case JsonNode::Kind::list: break;
  }
  const bool object = node.kind == JsonNode::Kind::object;
  auto out = object ? nlohmann::ordered_json::object() : nlohmann::ordered_json::array();
  for (const JsonNode& member : node.members) {
    if (!shown.has(member.when)) continue;
    if (object) {
      out[member.name] = json_of(member, shown);
    } else {
      out.push_back(json_of(member, shown));
    }
  }
  return out;
}

std::string url_of(const Request& shape, const Account& account, const Shown& shown) {
  std::string url = account.base + shape.path.render(shown.values, percent_encoded);
  const std::string query = form_of(shape.query, shown);
  return query.empty() ? url : url + '?' + query;
}

HttpRequest request_of(const Request& shape, const Account& account, const Shown& shown) {
  const std::string url = url_of(shape, account, shown);
  HttpRequest out;
  switch (shape.body) {
    case Request::Body::none:
      out.method = shape.get ? "GET" : "POST";
      out.url = url;
      break;
    case Request::Body::form:
      out = HttpRequest::post(url, "application/x-www-form-urlencoded", form_of(shape.form, shown));
      break;
    case Request::Body::json:
      out =
          HttpRequest::post(url, "application/json",
                            json_of(shape.json, shown).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
      break;
    case Request::Body::text:
      out = HttpRequest::post(url, "text/plain; charset=UTF-8", shape.text.render(shown.values));
      break;
  }
  for (const Field& field : shape.headers)
    if (shown.has(field.when)) out.header(field.name, field.value.render(shown.values));
  if (shape.idempotent) out.flags |= VESTITEL_HTTP_REPEATABLE;
  out.max_answer = kLongestAnswer;
  return out;
}

void fill_account(Values& values, const Account& account) {
  value_of(values, Variable::sender) = account.sender;
  value_of(values, Variable::username) = account.username;
  value_of(values, Variable::password) = account.password;
  value_of(values, Variable::token) = account.token;
  value_of(values, Variable::receipt_url) = account.receipt_url;
  value_of(values, Variable::basic) = base64(account.username + ":" + account.password);
}

void fill_validity(Values& values, const Account& account, std::int64_t left_us) {
  const std::int64_t us = left_us > 0 ? std::min(left_us, account.validity_us) : account.validity_us;
  const std::int64_t seconds = std::max<std::int64_t>((us + kSecond - 1) / kSecond, 1);
  value_of(values, Variable::validity_seconds) = std::to_string(seconds);
  value_of(values, Variable::validity_minutes) = std::to_string((seconds + 59) / 60);
}

}  // namespace

std::string own_id(std::string_view idem_key) { return sinks::collapse_key(idem_key); }

Composed compose(const Profile& profile, const Account& account, std::string_view to, std::string_view body,
                 std::string_view idem_key, std::int64_t left_us) {
  if (!sinks::is_phone_number(to)) return {{}, {}, "the address is not a number with its country code"};
  const auto text = sinks::sms_body(body);
  if (!text) return {{}, {}, "the text is not UTF-8 or has control characters"};
  if (text->empty()) return {{}, {}, "the text is empty"};
  const auto sms = sinks::sms_text(*text, sinks::SmsJoin::udh8);
  if (!sms || sms->parts.size() > account.most_parts)
    return {{}, {}, "the text is longer than " + std::to_string(account.most_parts) + " parts"};

  Composed out;
  out.id = own_id(idem_key);
  const bool unicode = sms->alphabet == SmsAlphabet::ucs2;
  Values values;
  fill_account(values, account);
  fill_validity(values, account, left_us);
  value_of(values, Variable::to) = to;
  value_of(values, Variable::to_digits) = to.substr(1);
  value_of(values, Variable::text) = *text;
  value_of(values, Variable::text_utf16_hex) = utf16_hex(*text);
  value_of(values, Variable::id) = out.id;
  value_of(values, Variable::coding) = unicode ? profile.request.unicode : profile.request.gsm;
  const Shown shown{values, unicode ? When::unicode : When::gsm, !account.receipt_url.empty()};
  out.request = request_of(profile.request, account, shown);
  return out;
}

HttpRequest compose_status(const Profile& profile, const Account& account, std::string_view own_id) {
  Values values;
  fill_account(values, account);
  value_of(values, Variable::id) = own_id;
  return request_of(profile.status.request, account, {values, When::gsm, !account.receipt_url.empty()});
}

std::string probe_url(const Profile& profile, const Account& account) {
  Values values;
  fill_account(values, account);
  return account.base + profile.request.path.render(values, percent_encoded);
}

}  // namespace vestitel::sms_http
