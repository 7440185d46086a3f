#include "plugins/sinks/smtp/report.hpp"

#include <gmime/gmime.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <mutex>

#include "plugins/sinks/smtp/fields.hpp"

namespace vestitel::smtp {
namespace {

constexpr int kMostParts = 10;
constexpr std::size_t kMostPlaces = 40;

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

// Parts within parts are GMime's to bound: it goes 1024 deep, which a stack of 256 KiB holds.
Owned<GMimeMessage> parsed(std::string_view mail) {
  static std::once_flag once;  // for the process: GMime stays loaded
  std::call_once(once, g_mime_init);
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(mail.data(), mail.size()));
  const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  return Owned<GMimeMessage>(g_mime_parser_construct_message(parser.get(), nullptr));
}

bool is_type(GMimeObject* part, const char* type, const char* subtype) {
  GMimeContentType* known = g_mime_object_get_content_type(part);
  return known != nullptr && g_mime_content_type_is_type(known, type, subtype) != 0;
}

// Calls use(lower-case name, value) for each header.
template <class Use>
void each_header(GMimeObject* object, Use&& use) {
  GMimeHeaderList* list = g_mime_object_get_header_list(object);
  for (int i = 0, count = g_mime_header_list_get_count(list); i < count; ++i) {
    GMimeHeader* header = g_mime_header_list_get_header_at(list, i);
    const char* name = g_mime_header_get_name(header);
    const char* value = g_mime_header_get_raw_value(header);
    if (name != nullptr && value != nullptr) use(lower_case(name), trimmed(value).substr(0, kMostOfValue));
  }
}

// The bytes of a leaf, decoded.
std::string content_of(GMimeObject* part) {
  if (!GMIME_IS_PART(part)) return {};
  GMimeDataWrapper* content = g_mime_part_get_content(GMIME_PART(part));
  if (content == nullptr) return {};
  const Owned<GMimeStream> stream(g_mime_stream_mem_new());
  if (g_mime_data_wrapper_write_to_stream(content, stream.get()) < 0) return {};
  const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  return bytes == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(bytes->data), bytes->len);
}

// RFC 5322 date-time; 0: it is none.
std::int64_t micros_of(std::string_view date) {
  if (date.empty()) return 0;
  GDateTime* when = g_mime_utils_header_decode_date(std::string(date).c_str());
  if (when == nullptr) return 0;
  const std::int64_t seconds = g_date_time_to_unix(when);
  g_date_time_unref(when);
  return seconds <= 0 || seconds > 253'402'300'799 ? 0 : seconds * 1'000'000;
}

Action action_of(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, Action>, 5> kActions = {{{"failed", Action::failed},
                                                                            {"delayed", Action::delayed},
                                                                            {"delivered", Action::delivered},
                                                                            {"relayed", Action::relayed},
                                                                            {"expanded", Action::expanded}}};
  const std::string word = lower_case(text.substr(0, text.find_first_of(" \t(;")));
  for (const auto& [name, action] : kActions)
    if (word == name) return action;
  return Action::other;
}

// "5.1.1 (bad mailbox)" (RFC 3463); all zero where it is no status.
Enhanced status_of(std::string_view text) {
  Enhanced out;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (int* number : {&out.cls, &out.subject, &out.detail}) {
    if (number != &out.cls && (at == end || *at++ != '.')) return {};
    const auto read = std::from_chars(at, end, *number);
    if (read.ec != std::errc() || *number < 0 || *number > 999) return {};
    at = read.ptr;
  }
  return out.cls == 2 || out.cls == 4 || out.cls == 5 ? out : Enhanced{};
}

// "smtp; 550-5.1.1 no such user": the answer of the peer of the server that reports.
Reply diagnostic_of(std::string_view text) {
  const std::size_t semicolon = text.find(';');
  if (semicolon == std::string_view::npos || lower_case(trimmed(text.substr(0, semicolon))) != "smtp") return {};
  std::string line(trimmed(text.substr(semicolon + 1)));
  if (line.size() > 3 && line[3] == '-') line[3] = ' ';
  for (char& c : line)
    if (c == '\r' || c == '\n') c = ' ';
  line += "\r\n";
  ReplyParser parser;
  Reply reply;
  std::string_view in = line;
  return parser.feed(in, reply) == ReplyParser::State::reply ? reply : Reply{};
}

void add_place(Report& report, std::string_view value) {
  if (!value.empty() && report.places.size() < kMostPlaces) report.places.emplace_back(value);
}

// Whom it was delivered to: what a mailbox writes down of the envelope, then what the sender wrote.
void read_headers(GMimeMessage* message, Report& report) {
  for (const std::string_view wanted : {"x-original-to", "delivered-to", "to"}) {
    each_header(GMIME_OBJECT(message), [&](const std::string& name, std::string_view value) {
      if (name == wanted) add_place(report, value);
    });
  }
  each_header(GMIME_OBJECT(message), [&](const std::string& name, std::string_view value) {
    if (name == "date") report.arrived_us = micros_of(value);
  });
}

void read_arrival(const FieldGroup& group, Report& report) {
  for (const char* name : {"arrival-date", "received-date"})
    if (const std::int64_t when = micros_of(group.value(name)); when != 0) report.arrived_us = when;
}

void read_status(std::string_view text, Report& report) {
  report.kind = Report::Kind::delivery;
  for (const FieldGroup& group : field_groups(text)) {
    add_place(report, group.value("original-envelope-id"));
    read_arrival(group, report);
    if (!group.has("action")) continue;
    report.recipients.push_back({action_of(group.value("action")), status_of(group.value("status")),
                                 diagnostic_of(group.value("diagnostic-code"))});
  }
}

void read_feedback(std::string_view text, Report& report) {
  report.kind = Report::Kind::other;
  for (const FieldGroup& group : field_groups(text)) {
    add_place(report, group.value("original-envelope-id"));
    add_place(report, group.value("original-mail-from"));
    read_arrival(group, report);
    const std::string type = lower_case(group.value("feedback-type"));
    const bool unwanted = type == "abuse" || type == "fraud" || type == "opt-out" || type == "opt-out-list";
    if (unwanted) report.kind = Report::Kind::complaint;
  }
}

void read_returned(GMimeObject* part, Report& report) {
  const auto take = [&](std::string_view name, std::string_view value) {
    if (name == "return-path") add_place(report, value);
    if (name == "message-id" && report.message_id.empty()) report.message_id = value;
  };
  if (GMIME_IS_MESSAGE_PART(part)) {
    GMimeMessage* message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
    if (message != nullptr) each_header(GMIME_OBJECT(message), take);
  } else if (is_type(part, "text", "rfc822-headers") || is_type(part, "message", "global-headers") ||
             is_type(part, "message", "global")) {
    const auto groups = field_groups(content_of(part));
    if (groups.empty()) return;
    for (const char* name : {"return-path", "message-id"}) take(name, groups.front().value(name));
  }
}

}  // namespace

Report read_report(std::string_view mail) {
  mail = mail.substr(0, kMostOfReport);
  Report report;
  const Owned<GMimeMessage> message = parsed(mail);
  GMimeObject* root = message == nullptr ? nullptr : g_mime_message_get_mime_part(message.get());
  if (root == nullptr || !GMIME_IS_MULTIPART(root) || !is_type(root, "multipart", "report")) return report;
  read_headers(message.get(), report);
  const int parts = std::min(g_mime_multipart_get_count(GMIME_MULTIPART(root)), kMostParts);
  for (int i = 0; i < parts; ++i) {
    GMimeObject* part = g_mime_multipart_get_part(GMIME_MULTIPART(root), i);
    if (report.kind != Report::Kind::none) {
      read_returned(part, report);
    } else if (is_type(part, "message", "delivery-status") || is_type(part, "message", "global-delivery-status")) {
      read_status(content_of(part), report);
    } else if (is_type(part, "message", "feedback-report")) {
      read_feedback(content_of(part), report);
    }
  }
  return report;
}

}  // namespace vestitel::smtp
