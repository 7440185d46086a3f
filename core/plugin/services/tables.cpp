#include "core/plugin/services/tables.hpp"

#include <algorithm>

#include "core/plugin/abi_call.hpp"
#include "core/plugin/services/asker.hpp"
#include "core/plugin/services/requests.hpp"
#include "core/plugin/wire/messages.hpp"
#include "core/plugin/wire/payload.hpp"

namespace vestitel {
namespace {

using wire::KvOp;
using wire::MetricOp;
using wire::PayloadReader;
using wire::PayloadWriter;
using wire::Type;

constexpr std::uint64_t kMaxText = 64UL * 1024;
constexpr std::uint32_t kMaxLabels = 16, kMostListed = 1000;

Asker& asker_of(const vestitel_host* host) { return *static_cast<Asker*>(host->ctx); }

// The rc, with the error filled where it is negative.
vestitel_rc told(const Asked& asked, vestitel_error* error) {
  if (asked.rc >= 0) return asked.rc;
  if (error != nullptr) wire::fill(outcome_of(asked), *error);
  return asked.rc;
}

// What the other end answered with makes no sense: it is a host of ours, so that is a bug.
vestitel_rc nonsense(vestitel_error* error) {
  return fail(error, VESTITEL_E_INTERNAL, "the host's answer makes no sense");
}
vestitel_rc null_use(vestitel_error* error) { return fail(error, VESTITEL_E_INVALID, "the callback is null"); }

// ---- vestitel.config/1, vestitel.clock/1 ------------------------------------------------------------------------

vestitel_rc config_get(const vestitel_host* host, vestitel_str pointer, void (*use)(void*, vestitel_str), void* arg,
                       vestitel_error* error) {
  if (use == nullptr) return null_use(error);
  return serve(error, [&] {
    const Asked asked = asker_of(host).ask(Type::kConfig, view(pointer, kMaxText));
    if (asked.rc == VESTITEL_OK) use(arg, to_str(asked.data));
    return told(asked, error);
  });
}

std::int64_t monotonic_us(const vestitel_host* host) { return asker_of(host).monotonic_us(); }

vestitel_rc sleep_until(const vestitel_host* host, std::int64_t until, vestitel_error* error) {
  return serve(error, [&] {
    return asker_of(host).sleep_until(until) ? VESTITEL_OK
                                             : fail(error, VESTITEL_E_CANCELLED, "the instance has been cancelled");
  });
}

// ---- vestitel.kv/1 ----------------------------------------------------------------------------------------------

vestitel_rc bad_key(vestitel_error* error) { return fail(error, VESTITEL_E_INVALID, "a key has 1 to 256 bytes"); }
bool key_fits(vestitel_str key) { return key.n > 0 && key.n <= VESTITEL_KV_MAX_KEY && key.p != nullptr; }

PayloadWriter kv_request(KvOp op) {
  PayloadWriter out;
  out.number(static_cast<std::uint8_t>(op));
  return out;
}

vestitel_rc kv_get(const vestitel_host* host, vestitel_str key, void (*use)(void*, vestitel_str, std::uint64_t),
                   void* arg, vestitel_error* error) {
  if (use == nullptr) return null_use(error);
  if (!key_fits(key)) return bad_key(error);
  return serve(error, [&]() -> vestitel_rc {
    const Asked asked = asker_of(host).ask(Type::kKv, kv_request(KvOp::kGet).text(view(key, key.n)).view());
    if (asked.rc != VESTITEL_OK) return told(asked, error);
    PayloadReader in(asked.data);
    const auto revision = in.number<std::uint64_t>();
    if (!in.ok()) return nonsense(error);
    use(arg, to_str(in.rest()), revision);
    return VESTITEL_OK;
  });
}

vestitel_rc kv_change(const vestitel_host* host, vestitel_str key, const vestitel_str* value,
                      const std::uint64_t* expected, std::uint64_t* revision, vestitel_error* error) {
  if (!key_fits(key)) return bad_key(error);
  if (value != nullptr && value->n > VESTITEL_KV_MAX_VALUE)
    return fail(error, VESTITEL_E_INVALID, "a value has at most 64 KiB");
  return serve(error, [&]() -> vestitel_rc {
    const KvOp op = value == nullptr ? KvOp::kRemove : expected == nullptr ? KvOp::kPut : KvOp::kCas;
    PayloadWriter out = kv_request(op);
    out.text(view(key, key.n));
    if (expected != nullptr) out.number(*expected);
    if (value != nullptr) out.text(view(*value, VESTITEL_KV_MAX_VALUE));
    const Asked asked = asker_of(host).ask(Type::kKv, out.view());
    if (asked.rc != VESTITEL_OK || revision == nullptr) return told(asked, error);
    PayloadReader in(asked.data);
    *revision = in.number<std::uint64_t>();
    return in.whole() ? VESTITEL_OK : nonsense(error);
  });
}

vestitel_rc kv_put(const vestitel_host* host, vestitel_str key, vestitel_str value, vestitel_error* error) {
  return kv_change(host, key, &value, nullptr, nullptr, error);
}
vestitel_rc kv_remove(const vestitel_host* host, vestitel_str key, vestitel_error* error) {
  return kv_change(host, key, nullptr, nullptr, nullptr, error);
}
vestitel_rc kv_cas(const vestitel_host* host, vestitel_str key, std::uint64_t expected, vestitel_str value,
                   std::uint64_t* revision, vestitel_error* error) {
  return kv_change(host, key, &value, &expected, revision, error);
}

vestitel_rc kv_list(const vestitel_host* host, vestitel_str prefix, vestitel_str after, std::uint32_t max,
                    void (*use)(void*, vestitel_str, std::uint64_t), void* arg, vestitel_error* error) {
  if (use == nullptr) return null_use(error);
  if (prefix.n > VESTITEL_KV_MAX_KEY || after.n > VESTITEL_KV_MAX_KEY) return bad_key(error);
  return serve(error, [&]() -> vestitel_rc {
    PayloadWriter out = kv_request(KvOp::kList);
    out.text(view(prefix, VESTITEL_KV_MAX_KEY)).text(view(after, VESTITEL_KV_MAX_KEY));
    out.number(max == 0 ? kMostListed : std::min(max, kMostListed));
    const Asked asked = asker_of(host).ask(Type::kKv, out.view());
    if (asked.rc < 0) return told(asked, error);
    PayloadReader in(asked.data);
    while (in.ok() && !in.rest().empty()) {
      const auto key = in.text();
      const auto revision = in.number<std::uint64_t>();
      if (in.ok()) use(arg, to_str(key), revision);
    }
    return in.ok() ? asked.rc : nonsense(error);
  });
}

// ---- vestitel.metric/1 ------------------------------------------------------------------------------------------

vestitel_rc metric_define(const vestitel_host* host, std::int32_t kind, vestitel_str name, vestitel_str help,
                          const vestitel_kv* labels, std::uint32_t n, std::uint32_t* handle, vestitel_error* error) {
  if (handle == nullptr || (labels == nullptr && n > 0) || n > kMaxLabels)
    return fail(error, VESTITEL_E_INVALID, "a metric needs a handle to fill and has at most 16 labels");
  return serve(error, [&]() -> vestitel_rc {
    PayloadWriter out;
    out.number(static_cast<std::uint8_t>(MetricOp::kDefine)).number(kind);
    out.text(view(name, 256)).text(view(help, 4096)).number(n);
    for (std::uint32_t i = 0; i < n; ++i) out.text(view(labels[i].key, 256)).text(view(labels[i].value, 256));
    const Asked asked = asker_of(host).ask(Type::kMetric, out.view());
    if (asked.rc != VESTITEL_OK) return told(asked, error);
    PayloadReader in(asked.data);
    *handle = in.number<std::uint32_t>();
    return in.whole() ? VESTITEL_OK : nonsense(error);
  });
}

void metric_update(const vestitel_host* host, std::uint32_t handle, double value) {
  serve(nullptr, [&] {
    PayloadWriter out;
    out.number(static_cast<std::uint8_t>(MetricOp::kUpdate)).number(handle).number(value);
    asker_of(host).tell(Type::kMetric, out.view());
    return VESTITEL_OK;
  });
}

// ---- vestitel.connect/1 -----------------------------------------------------------------------------------------

vestitel_rc connect_open(const vestitel_host* host, vestitel_str name, std::uint32_t port, std::int64_t timeout_ms,
                         std::int32_t* fd, vestitel_error* error) {
  if (fd == nullptr || port == 0 || port > 65535 || name.n == 0 || name.n > 253)
    return fail(error, VESTITEL_E_INVALID, "a connection needs a host, a port and where its descriptor goes");
  *fd = -1;
  return serve(error, [&]() -> vestitel_rc {
    PayloadWriter out;
    out.text(view(name, 253)).number(port).number(timeout_ms);
    Asked asked = asker_of(host).ask(Type::kConnect, out.view());
    if (asked.rc != VESTITEL_OK) return told(asked, error);
    if (!asked.descriptor) return nonsense(error);
    *fd = asked.descriptor.release();
    return VESTITEL_OK;
  });
}

// ---- vestitel.http/1 --------------------------------------------------------------------------------------------

wire::HttpRequest request_of(const vestitel_http_request& r) {
  wire::HttpRequest out;
  out.flags = r.flags;
  out.message = r.message;
  out.timeout_ms = r.timeout_ms;
  out.max_answer = r.max_answer;
  out.method = view(r.method, 64);
  out.url = view(r.url, 16UL * 1024);
  out.client_certificate = view(r.client_certificate, 256);
  out.client_key = view(r.client_key, 256);
  for (std::uint32_t i = 0; i < r.header_count; ++i)
    out.headers.emplace_back(view(r.headers[i].key, 256), view(r.headers[i].value, kMaxText));
  out.body = view(r.body, wire::kMaxPayload);
  return out;
}

// "": it may be asked for.
std::string_view unfit(const vestitel_http_request& r) {
  if (r.size < sizeof(vestitel_http_request)) return "a request is smaller than that of ABI 1.1";
  if (r.header_count > wire::kMaxHttpHeaders || (r.headers == nullptr && r.header_count > 0))
    return "a request has at most 64 headers";
  if (r.url.n > 16UL * 1024) return "a URL has at most 16 KiB";
  return r.body.n > wire::kMaxPayload / 2 ? "the body of a request is too long" : "";
}

void hand_over(const wire::IndexedAnswer& came, void (*answered)(void*, std::uint32_t, const vestitel_http_answer*),
               void* arg) {
  std::vector<vestitel_kv> headers;
  headers.reserve(came.answer.headers.size());
  for (const auto& [name, value] : came.answer.headers) headers.push_back({to_str(name), to_str(value)});
  vestitel_http_answer out{};
  out.size = sizeof out;
  out.rc = came.answer.rc;
  out.sent = came.answer.sent ? 1 : 0;
  out.status = came.answer.status;
  out.headers = headers.data();
  out.header_count = static_cast<std::uint32_t>(headers.size());
  out.http_version = came.answer.http_version;
  out.retry_after_ms = came.answer.retry_after_ms;
  out.body = to_str(came.answer.body);
  out.reason = to_str(came.answer.reason);
  answered(arg, came.index, &out);
}

// As many requests as a frame takes. Negative: the first of them is not fit.
struct HttpPart {
  std::uint32_t count = 0;
  std::string payload;
};
HttpPart part_of(const char* first, std::uint32_t stride, std::uint32_t left) {
  PayloadWriter requests;
  HttpPart part;
  while (part.count < left && part.count < wire::kMaxHttpRequests) {
    const auto& r = *reinterpret_cast<const vestitel_http_request*>(first + std::size_t{part.count} * stride);
    if (part.count > 0 && requests.view().size() + r.body.n > wire::kMaxPayload / 2) break;
    wire::encode(request_of(r), requests);
    ++part.count;
  }
  part.payload = PayloadWriter().number(part.count).bytes(requests.view()).take();
  return part;
}

// What follows a part that was answered gets answers too, so that no request is without one.
void refuse_rest(const Asked& why, std::uint32_t begin, std::uint32_t end,
                 void (*answered)(void*, std::uint32_t, const vestitel_http_answer*), void* arg) {
  wire::IndexedAnswer none;
  none.answer.rc = why.rc;
  none.answer.reason = why.message;
  for (none.index = begin; none.index < end; ++none.index) hand_over(none, answered, arg);
}

vestitel_rc http_request_many(const vestitel_host* host, const vestitel_http_request* requests, std::uint32_t stride,
                              std::uint32_t count, void (*answered)(void*, std::uint32_t, const vestitel_http_answer*),
                              void* arg, vestitel_error* error) {
  if (answered == nullptr) return null_use(error);
  if (count > 0 && (requests == nullptr || stride < sizeof(vestitel_http_request)))
    return fail(error, VESTITEL_E_INVALID, "the requests are null or their stride is too small");
  const auto* bytes = reinterpret_cast<const char*>(requests);
  for (std::uint32_t i = 0; i < count; ++i)
    if (const auto why = unfit(*reinterpret_cast<const vestitel_http_request*>(bytes + std::size_t{i} * stride));
        !why.empty())
      return fail(error, VESTITEL_E_INVALID, why);
  return serve(error, [&]() -> vestitel_rc {
    for (std::uint32_t begin = 0; begin < count;) {
      const HttpPart part = part_of(bytes + std::size_t{begin} * stride, stride, count - begin);
      const Asked asked = asker_of(host).ask_http(part.payload, [&](std::string_view encoded) {
        auto came = wire::decode_http_answer(encoded);
        if (!came || came->index >= part.count) return;
        came->index += begin;
        hand_over(*came, answered, arg);
      });
      if (asked.rc < 0 && begin == 0) return told(asked, error);
      if (asked.rc < 0) return refuse_rest(asked, begin, count, answered, arg), VESTITEL_OK;
      begin += part.count;
    }
    return VESTITEL_OK;
  });
}

// ---- vestitel.subjects/1, vestitel.receipt/1 --------------------------------------------------------------------

vestitel_rc subjects_next(const vestitel_host* host, vestitel_str after, std::uint32_t max,
                          void (*use)(void*, vestitel_str, std::uint32_t, vestitel_str), void* arg,
                          vestitel_error* error) {
  if (use == nullptr) return null_use(error);
  return serve(error, [&]() -> vestitel_rc {
    PayloadWriter out;
    out.text(view(after, 256)).number(max == 0 ? kMostListed : std::min(max, kMostListed));
    const Asked asked = asker_of(host).ask(Type::kSubjects, out.view());
    if (asked.rc < 0) return told(asked, error);
    PayloadReader in(asked.data);
    while (in.ok() && !in.rest().empty()) {
      const auto cursor = in.text();
      const auto kind = in.number<std::uint32_t>();
      const auto value = in.text();
      if (in.ok()) use(arg, to_str(cursor), kind, to_str(value));
    }
    return in.ok() ? asked.rc : nonsense(error);
  });
}

vestitel_rc receipt_report(const vestitel_host* host, vestitel_str provider_id, const vestitel_verdict* verdict,
                           vestitel_error* error) {
  if (verdict == nullptr || verdict->size < sizeof(vestitel_verdict) || provider_id.n == 0 || provider_id.n > 256)
    return fail(error, VESTITEL_E_INVALID, "a receipt needs the provider's id, of at most 256 bytes, and a verdict");
  return serve(error, [&] {
    PayloadWriter out;
    out.text(view(provider_id, 256)).bytes(wire::encode(0, *verdict));
    return told(asker_of(host).ask(Type::kReceipt, out.view()), error);
  });
}

constexpr vestitel_config_v1 kConfig{sizeof(vestitel_config_v1), config_get};
constexpr vestitel_clock_v1 kClock{sizeof(vestitel_clock_v1), monotonic_us, sleep_until};
constexpr vestitel_kv_v1 kKv{sizeof(vestitel_kv_v1), kv_get, kv_put, kv_remove, kv_cas, kv_list};
constexpr vestitel_metric_v1 kMetric{sizeof(vestitel_metric_v1), metric_define, metric_update};
constexpr vestitel_connect_v1 kConnect{sizeof(vestitel_connect_v1), connect_open};
constexpr vestitel_http_v1 kHttp{sizeof(vestitel_http_v1), kHttpInFlight, http_request_many};
constexpr vestitel_subjects_v1 kSubjects{sizeof(vestitel_subjects_v1), subjects_next};
constexpr vestitel_receipt_v1 kReceipt{sizeof(vestitel_receipt_v1), receipt_report};

struct Known {
  std::string_view id;
  std::uint32_t bit;
  const void* table;
};
constexpr Known kKnown[] = {
    {"vestitel.config/1", wire::kServiceConfig, &kConfig},
    {"vestitel.clock/1", wire::kServiceClock, &kClock},
    {"vestitel.kv/1", wire::kServiceKv, &kKv},
    {"vestitel.metric/1", wire::kServiceMetric, &kMetric},
    {"vestitel.connect/1", wire::kServiceConnect, &kConnect},
    {"vestitel.http/1", wire::kServiceHttp, &kHttp},
    {"vestitel.subjects/1", wire::kServiceSubjects, &kSubjects},
    {"vestitel.receipt/1", wire::kServiceReceipt, &kReceipt},
};

}  // namespace

const void* service_table(std::string_view id, std::uint32_t granted) {
  for (const Known& known : kKnown)
    if (known.id == id) return (granted & known.bit) != 0 ? known.table : nullptr;
  return nullptr;
}

}  // namespace vestitel
