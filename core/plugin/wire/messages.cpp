#include "core/plugin/wire/messages.hpp"

#include <vestitel/abi.h>

#include <algorithm>
#include <cstring>

#include "core/plugin/wire/payload.hpp"

namespace vestitel::wire {
namespace {

constexpr std::size_t kMaxText = 1024, kMaxPath = 4096, kMaxSchema = 1024UL * 1024, kMaxList = 64;

// The value, if the payload held it whole and nothing else.
template <class T>
std::optional<T> whole(const PayloadReader& in, T value) {
  return in.whole() ? std::optional<T>(std::move(value)) : std::nullopt;
}

std::uint32_t put_fixed(std::string_view text, char* into, std::size_t capacity) {
  const std::size_t size = std::min(text.size(), capacity);
  std::copy_n(text.data(), size, into);
  return static_cast<std::uint32_t>(size);
}

std::string_view fixed(const char* text, std::uint32_t length, std::size_t capacity) {
  return {text, std::min<std::size_t>(length, capacity)};
}

Descriptor read_descriptor(PayloadReader& in) {
  Descriptor d;
  d.kind = in.number<std::uint32_t>();
  d.flags = in.number<std::uint32_t>();
  for (std::string* text : {&d.id, &d.name, &d.vendor, &d.version, &d.license, &d.url}) *text = in.text(kMaxText);
  d.config_schema = in.text(kMaxSchema);
  d.capabilities = in.text(kMaxSchema);
  return d;
}

}  // namespace

std::string encode(const Hello& hello) {
  PayloadWriter out;
  out.number(hello.least).number(hello.most).text(hello.instance).text(hello.plugin).text(hello.library);
  out.number(hello.clock_offset_us).number(hello.services).number(static_cast<std::uint32_t>(hello.paths.size()));
  for (const Path& path : hello.paths) out.text(path.path).number(std::uint8_t{path.write});
  return out.take();
}

std::optional<Hello> decode_hello(std::string_view payload) {
  PayloadReader in(payload);
  Hello hello;
  hello.least = in.number<std::uint32_t>();
  hello.most = in.number<std::uint32_t>();
  hello.instance = in.text(kMaxText);
  hello.plugin = in.text(kMaxText);
  hello.library = in.text(kMaxPath);
  hello.clock_offset_us = in.number<std::int64_t>();
  hello.services = in.number<std::uint32_t>();
  const auto paths = in.number<std::uint32_t>();
  if (paths > kMaxList) return std::nullopt;
  for (std::uint32_t i = 0; i < paths; ++i) {
    Path path{std::string(in.text(kMaxPath)), false};
    path.write = in.number<std::uint8_t>() != 0;
    hello.paths.push_back(std::move(path));
  }
  return whole(in, std::move(hello));
}

std::string encode(const Ready& ready) {
  PayloadWriter out;
  out.number(ready.version).text(ready.sandbox).number(static_cast<std::uint32_t>(ready.plugins.size()));
  for (const Descriptor& d : ready.plugins) {
    out.number(d.kind).number(d.flags);
    for (const std::string* text : {&d.id, &d.name, &d.vendor, &d.version, &d.license, &d.url}) out.text(*text);
    out.text(d.config_schema).text(d.capabilities);
  }
  for (const bool ability : {ready.parse, ready.poll, ready.deliver, ready.check}) out.number(std::uint8_t{ability});
  out.number(ready.max_batch).number(ready.max_body).number(ready.max_send_us);
  for (const bool ability : {ready.callbacks, ready.poll_receipts}) out.number(std::uint8_t{ability});
  out.number(ready.max_ask);
  return out.take();
}

std::optional<Ready> decode_ready(std::string_view payload) {
  PayloadReader in(payload);
  Ready ready;
  ready.version = in.number<std::uint32_t>();
  ready.sandbox = in.text(kMaxText);
  const auto count = in.number<std::uint32_t>();
  if (count > kMaxList) return std::nullopt;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) ready.plugins.push_back(read_descriptor(in));
  for (bool* ability : {&ready.parse, &ready.poll, &ready.deliver, &ready.check})
    *ability = in.number<std::uint8_t>() != 0;
  ready.max_batch = in.number<std::uint32_t>();
  ready.max_body = in.number<std::uint64_t>();
  ready.max_send_us = in.number<std::int64_t>();
  if (!in.rest().empty())
    for (bool* ability : {&ready.callbacks, &ready.poll_receipts}) *ability = in.number<std::uint8_t>() != 0;
  if (!in.rest().empty()) ready.max_ask = in.number<std::uint32_t>();
  return whole(in, std::move(ready));
}

std::string encode(const Outcome& outcome) {
  PayloadWriter out;
  out.number(outcome.rc).number(outcome.retry_after_ms).number(outcome.item);
  out.text(outcome.field_path).text(outcome.message).text(outcome.data);
  return out.take();
}

std::optional<Outcome> decode_outcome(std::string_view payload) {
  PayloadReader in(payload);
  Outcome outcome;
  outcome.rc = in.number<std::int32_t>();
  outcome.retry_after_ms = in.number<std::int64_t>();
  outcome.item = in.number<std::uint64_t>();
  outcome.field_path = in.text(sizeof(vestitel_error::field_path));
  outcome.message = in.text(sizeof(vestitel_error::message));
  outcome.data = in.text();
  return whole(in, outcome);
}

Outcome outcome_of(std::int32_t rc, const vestitel_error& error) {
  Outcome out;
  out.rc = rc;
  if (rc >= 0) return out;
  out.retry_after_ms = error.retry_after_ms;
  out.item = error.item;
  out.field_path = fixed(error.field_path, error.field_path_len, sizeof error.field_path);
  out.message = fixed(error.message, error.message_len, sizeof error.message);
  return out;
}

void fill(const Outcome& from, vestitel_error& into) {
  if (!VESTITEL_HAS(&into, message)) return;
  into.rc = from.rc;
  into.retry_after_ms = from.retry_after_ms;
  into.item = from.item;
  into.field_path_len = put_fixed(from.field_path, into.field_path, sizeof into.field_path);
  into.message_len = put_fixed(from.message, into.message, sizeof into.message);
}

std::string encode(const DocumentHead& head) {
  PayloadWriter out;
  out.number(head.flags).number(head.as_of_us).number(head.total_bytes);
  out.text(head.name).text(head.media_type).text(head.partner);
  return out.take();
}

std::optional<DocumentHead> decode_document(std::string_view payload) {
  PayloadReader in(payload);
  DocumentHead head;
  head.flags = in.number<std::uint32_t>();
  head.as_of_us = in.number<std::int64_t>();
  head.total_bytes = in.number<std::uint64_t>();
  for (std::string_view* text : {&head.name, &head.media_type, &head.partner}) *text = in.text(kMaxPath);
  return whole(in, head);
}

std::string encode(const QuarantinedRecord& record) {
  PayloadWriter out;
  out.number(record.byte).number(record.line).number(record.column);
  out.text(record.element).text(record.reason).text(record.bytes);
  return out.take();
}

std::optional<QuarantinedRecord> decode_quarantined(std::string_view payload) {
  PayloadReader in(payload);
  QuarantinedRecord record;
  record.byte = in.number<std::uint64_t>();
  record.line = in.number<std::uint32_t>();
  record.column = in.number<std::uint32_t>();
  for (std::string_view* text : {&record.element, &record.reason, &record.bytes}) *text = in.text();
  return whole(in, record);
}

std::string encode(std::uint32_t message, const vestitel_verdict& verdict) {
  PayloadWriter out;
  out.number(message).number(verdict.kind).number(verdict.scope).number(verdict.flags);
  out.number(verdict.after_ms).number(verdict.since_us);
  // An id is never cut: one that is said to be longer than the field is passed on as that, and refused there.
  out.number(verdict.provider_id_len);
  out.text(fixed(verdict.provider_id, verdict.provider_id_len, sizeof verdict.provider_id));
  out.text(fixed(verdict.reason, verdict.reason_len, sizeof verdict.reason));
  return out.take();
}

bool decode_settle(std::string_view payload, std::uint32_t& message, vestitel_verdict& verdict) {
  PayloadReader in(payload);
  verdict = {};
  verdict.size = sizeof verdict;
  message = in.number<std::uint32_t>();
  verdict.kind = in.number<std::int32_t>();
  verdict.scope = in.number<std::int32_t>();
  verdict.flags = in.number<std::uint32_t>();
  verdict.after_ms = in.number<std::int64_t>();
  verdict.since_us = in.number<std::int64_t>();
  verdict.provider_id_len = in.number<std::uint32_t>();
  static_cast<void>(put_fixed(in.text(sizeof verdict.provider_id), verdict.provider_id, sizeof verdict.provider_id));
  verdict.reason_len = put_fixed(in.text(sizeof verdict.reason), verdict.reason, sizeof verdict.reason);
  return in.whole();
}

}  // namespace vestitel::wire
