#include "core/plugin/services/lent_services.hpp"

#include <vestitel/abi_services.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/base/log.hpp"
#include "core/base/safe_text.hpp"
#include "core/plugin/abi_call.hpp"
#include "core/plugin/services/metrics.hpp"
#include "core/plugin/wire/messages.hpp"
#include "core/plugin/wire/payload.hpp"

namespace vestitel {
namespace {

using wire::KvOp;
using wire::MetricOp;
using wire::PayloadReader;
using wire::PayloadWriter;
using wire::Type;

// While a unit runs, what it changed has no revision yet; the plugin sees this one, and cas takes it.
constexpr std::uint64_t kOfUnit = UINT64_MAX;
constexpr std::int64_t kMostPatience = 60'000, kPatience = 10'000;
constexpr std::uint32_t kMostListed = 1000;

Asked refused(std::int32_t rc, std::string message) {
  Asked asked;
  asked.rc = rc;
  asked.message = std::move(message);
  return asked;
}
Asked refused(const Error& error) {
  const auto rc = rc_of(error.failure);
  return refused(rc >= 0 ? VESTITEL_E_INTERNAL : rc, error.message);
}
Asked nonsense() { return refused(VESTITEL_E_INVALID, "the request makes no sense"); }
Asked denied() { return refused(VESTITEL_E_DENIED, "the service was not granted"); }
Asked answered(std::int32_t rc, std::string data = {}) {
  Asked asked;
  asked.rc = rc;
  asked.data = std::move(data);
  return asked;
}

}  // namespace

std::uint32_t LentServices::granted(const HostContext& context, const PluginDescription& plugin) {
  std::uint32_t services = wire::kServiceLog | wire::kServiceConfig | wire::kServiceClock;
  const Lent& lent = context.lent;
  if (plugin.reader || plugin.feed) services |= wire::kServiceEmit;
  if (plugin.sink) services |= wire::kServiceDelivery;
  if (context.secret) services |= wire::kServiceSecret;
  if (lent.metrics != nullptr) services |= wire::kServiceMetric;
  if (lent.http) services |= wire::kServiceHttp;
  if (lent.connector) services |= wire::kServiceConnect;
  if (lent.kv != nullptr && lent.kv_bytes > 0 && (plugin.feed || plugin.sink)) services |= wire::kServiceKv;
  if (lent.subjects != nullptr && plugin.feed) services |= wire::kServiceSubjects;
  if (lent.receipts != nullptr && plugin.sink) services |= wire::kServiceReceipt;
  return services;
}

Asked LentServices::answer(Type type, std::string_view payload) {
  switch (type) {
    case Type::kConfig: return config(payload);
    case Type::kKv: return kv(payload);
    case Type::kMetric: return define(payload);
    case Type::kConnect: return connect(payload);
    case Type::kSubjects: return subjects(payload);
    case Type::kReceipt: return receipt(payload);
    default: return nonsense();
  }
}

Asked LentServices::config(std::string_view pointer) const {
  const auto settings = nlohmann::json::parse(context_.settings, nullptr, false);
  if (settings.is_discarded()) return refused(VESTITEL_E_INTERNAL, "the settings are no JSON");
  try {
    const nlohmann::json::json_pointer at{std::string(pointer)};
    if (!settings.contains(at)) return answered(VESTITEL_NOT_FOUND);
    return answered(VESTITEL_OK, settings.at(at).dump());
  } catch (const nlohmann::json::exception&) {  // how the library says that the text is no pointer
    return refused(VESTITEL_E_INVALID, "that is no JSON pointer");
  }
}

// ---- kv ---------------------------------------------------------------------------------------------------------

Asked LentServices::kv(std::string_view payload) {
  if (context_.lent.kv == nullptr || context_.lent.kv_bytes == 0) return denied();
  PayloadReader in(payload);
  const auto op = static_cast<KvOp>(in.number<std::uint8_t>());
  const std::string key(in.text(kMaxKvKey));
  if (!in.ok()) return nonsense();
  if (op == KvOp::kGet && in.whole()) return kv_get(key);
  if (op == KvOp::kRemove && in.whole()) return kv_change(key, std::nullopt, std::nullopt);
  if (op == KvOp::kList) {
    const auto after = in.text(kMaxKvKey);
    const auto max = in.number<std::uint32_t>();
    return in.whole() ? kv_list(key, after, max) : nonsense();
  }
  if (op != KvOp::kPut && op != KvOp::kCas) return nonsense();
  std::optional<std::uint64_t> expected;
  if (op == KvOp::kCas) expected = in.number<std::uint64_t>();
  std::string value(in.text(kMaxKvValue));
  return in.whole() ? kv_change(key, std::move(value), expected) : nonsense();
}

Result<std::optional<KvEntry>> LentServices::entry(const std::string& key) const {
  if (unit_)
    if (const auto changed = unit_->find(key); changed != unit_->end()) {
      if (!changed->second) return std::optional<KvEntry>();
      return std::optional(KvEntry{*changed->second, kOfUnit});
    }
  return context_.lent.kv->get(context_.instance, key);
}

Asked LentServices::kv_get(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = entry(key);
  if (!found) return refused(found.error());
  if (!*found) return answered(VESTITEL_NOT_FOUND);
  return answered(VESTITEL_OK, PayloadWriter().number((*found)->revision).bytes((*found)->value).take());
}

Asked LentServices::kv_change(const std::string& key, std::optional<std::string> value,
                              std::optional<std::uint64_t> expected) {
  const std::lock_guard lock(mutex_);
  KvStore& store = *context_.lent.kv;
  if (unit_) {
    const auto here = entry(key);
    if (!here) return refused(here.error());
    if (expected && *expected != (*here ? (*here)->revision : 0)) return answered(VESTITEL_CHANGED);
    const bool removes = !value;
    unit_->insert_or_assign(key, std::move(value));
    if (removes) return answered(*here ? VESTITEL_OK : VESTITEL_NOT_FOUND);
    return answered(VESTITEL_OK, PayloadWriter().number(kOfUnit).take());
  }
  if (!value) {
    const auto removed = store.remove(context_.instance, key, expected);
    if (!removed) return refused(removed.error());
    return answered(*removed ? VESTITEL_OK : VESTITEL_NOT_FOUND);
  }
  const auto revision = store.put(context_.instance, key, *value, expected, context_.lent.kv_bytes);
  if (!revision && revision.error().failure == Failure::kConflict) return answered(VESTITEL_CHANGED);
  if (!revision) return refused(revision.error());
  return answered(VESTITEL_OK, PayloadWriter().number(*revision).take());
}

Asked LentServices::kv_list(std::string_view prefix, std::string_view after, std::uint32_t max) {
  const std::lock_guard lock(mutex_);
  max = std::clamp(max, 1U, kMostListed);
  // What the unit removed may be among the first: ask for as many more.
  const std::size_t hidden = unit_ ? unit_->size() : 0;
  const auto stored = context_.lent.kv->list(context_.instance, prefix, after, max + hidden + 1);
  if (!stored) return refused(stored.error());
  std::map<std::string, std::uint64_t, std::less<>> keys;
  for (const KvListed& one : *stored) keys.emplace(one.key, one.revision);
  if (unit_)
    for (const auto& [key, value] : *unit_) {
      if (!key.starts_with(prefix) || key <= after) continue;
      if (value)
        keys.insert_or_assign(key, kOfUnit);
      else
        keys.erase(key);
    }
  PayloadWriter out;
  std::uint32_t listed = 0;
  for (const auto& [key, revision] : keys) {
    if (listed++ == max) break;
    out.text(key).number(revision);
  }
  return answered(keys.size() > max ? VESTITEL_MORE : VESTITEL_OK, out.take());
}

LentServices::Unit::Unit(LentServices& services) : services_(services) {
  const std::lock_guard lock(services_.mutex_);
  services_.unit_.emplace();
}

LentServices::Unit::~Unit() {
  const std::lock_guard lock(services_.mutex_);
  services_.unit_.reset();
}

Result<> LentServices::Unit::hand_over(const std::function<Result<>(KvChange)>& change) {
  const std::lock_guard lock(services_.mutex_);
  if (!services_.unit_) return Done{};
  for (auto& [key, value] : *services_.unit_)
    if (auto taken = change({key, value}); !taken) return taken;
  services_.unit_->clear();
  return Done{};
}

// ---- metrics ----------------------------------------------------------------------------------------------------

Asked LentServices::define(std::string_view payload) {
  if (context_.lent.metrics == nullptr) return denied();
  PayloadReader in(payload);
  if (static_cast<MetricOp>(in.number<std::uint8_t>()) != MetricOp::kDefine) return nonsense();
  const auto kind = in.number<std::int32_t>();
  const auto name = in.text(), help = in.text();
  const auto count = in.number<std::uint32_t>();
  PluginMetrics::Labels labels;
  for (std::uint32_t i = 0; i < count && i < 16 && in.ok(); ++i) {
    const auto key = in.text(), value = in.text();
    labels.emplace_back(key, value);
  }
  if (!in.whole()) return nonsense();
  const auto handle = context_.lent.metrics->define(context_.instance, kind, name, help, std::move(labels));
  if (!handle) return refused(handle.error());
  return answered(VESTITEL_OK, PayloadWriter().number(*handle).take());
}

void LentServices::told(Type type, std::string_view payload) {
  PayloadReader in(payload);
  const auto op = static_cast<MetricOp>(in.number<std::uint8_t>());
  const auto handle = in.number<std::uint32_t>();
  const auto value = in.number<double>();
  if (type != Type::kMetric || op != MetricOp::kUpdate || !in.whole() || context_.lent.metrics == nullptr) return;
  context_.lent.metrics->update(context_.instance, handle, value);
}

// ---- what lies outside ------------------------------------------------------------------------------------------

Asked LentServices::connect(std::string_view payload) {
  if (!context_.lent.connector) return denied();
  PayloadReader in(payload);
  const auto host = in.text(253);
  const auto port = in.number<std::uint32_t>();
  const auto patience = in.number<std::int64_t>();
  if (!in.whole() || host.empty() || port == 0 || port > 65535) return nonsense();
  const std::chrono::milliseconds wait(patience <= 0 ? kPatience : std::min(patience, kMostPatience));
  auto stream = context_.lent.connector->connect(host, static_cast<std::uint16_t>(port), wait);
  if (!stream) return refused(stream.error());
  Asked asked;
  asked.descriptor = std::move(*stream);
  return asked;
}

// The names of secrets become what they stand for; the plugin itself need not see them.
Result<> LentServices::with_certificates(wire::HttpRequest& request) const {
  for (std::string* name : {&request.client_certificate, &request.client_key}) {
    if (name->empty()) continue;
    auto value = context_.secret ? context_.secret(*name) : std::nullopt;
    if (!value) return {Failure::kConfig, "the secret " + safe_text(*name, 64) + " is not set or not granted"};
    *name = std::move(*value);
  }
  return Done{};
}

std::optional<Asked> LentServices::submit(std::string_view payload, std::shared_ptr<HttpReceiver> receiver) {
  if (!context_.lent.http) return denied();
  auto requests = wire::decode_http(payload);
  if (!requests) return nonsense();
  for (wire::HttpRequest& request : *requests)
    if (auto found = with_certificates(request); !found) return refused(found.error());
  context_.lent.http->submit(std::move(*requests), std::move(receiver));
  return std::nullopt;
}

void LentServices::cancel() {
  if (context_.lent.http) context_.lent.http->cancel();
  if (context_.lent.connector) context_.lent.connector->cancel();
}

void LentServices::resume() {
  if (context_.lent.http) context_.lent.http->resume();
  if (context_.lent.connector) context_.lent.connector->resume();
}

void LentServices::close() {
  if (context_.lent.http) context_.lent.http->close();
  if (context_.lent.connector) context_.lent.connector->cancel();
}

// ---- people and receipts ----------------------------------------------------------------------------------------

Asked LentServices::subjects(std::string_view payload) {
  if (context_.lent.subjects == nullptr) return denied();
  PayloadReader in(payload);
  const auto after = in.text(32);
  const auto max = std::clamp(in.number<std::uint32_t>(), 1U, kMostListed);
  std::int64_t person = 0;
  const auto read = std::from_chars(after.data(), after.data() + after.size(), person);
  if (!in.whole() || (!after.empty() && (read.ec != std::errc() || read.ptr != after.data() + after.size())))
    return refused(VESTITEL_E_INVALID, "that is no cursor of this service");
  const auto found = context_.lent.subjects->subscribed_after(person, max);
  if (!found) return refused(found.error());
  log::info("subjects_read", {{"instance", context_.instance}, {"plugin", plugin_}, {"people", found->size()}});
  PayloadWriter out;
  for (const Subject& one : *found)
    out.text(std::to_string(one.person))
        .number(static_cast<std::uint32_t>(one.identifier.type))
        .text(one.identifier.value.reveal());
  return answered(found->size() == max ? VESTITEL_MORE : VESTITEL_END, out.take());
}

Asked LentServices::receipt(std::string_view payload) {
  if (context_.lent.receipts == nullptr) return denied();
  PayloadReader in(payload);
  const auto id = in.text(256);
  std::uint32_t message = 0;
  vestitel_verdict given{};
  if (!in.ok() || id.empty() || !wire::decode_settle(in.rest(), message, given)) return nonsense();
  if (given.kind != VESTITEL_DELIVERED && given.kind != VESTITEL_PERMANENT && given.kind != VESTITEL_CONTACT_DEAD &&
      given.kind != VESTITEL_UNKNOWN)
    return refused(VESTITEL_E_INVALID, "a receipt says delivered, permanent, contact_dead or unknown");
  Verdict verdict;
  verdict.kind = static_cast<VerdictKind>(given.kind);
  verdict.arrived = given.kind == VESTITEL_CONTACT_DEAD && (given.flags & VESTITEL_VERDICT_ARRIVED) != 0;
  if (given.since_us > 0) verdict.since = from_micros(given.since_us);
  verdict.reason =
      safe_text(std::string_view(given.reason, std::min<std::size_t>(given.reason_len, sizeof given.reason)), 256);
  const auto taken = context_.lent.receipts->take_receipt(context_.instance, id, verdict);
  return taken ? answered(VESTITEL_OK) : refused(taken.error());
}

}  // namespace vestitel
