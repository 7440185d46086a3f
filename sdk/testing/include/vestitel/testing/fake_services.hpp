// The services of vestitel/abi_services.h for tests: what they hold is open to the test, and HTTP is answered by a
// function of the test's. FakeHost is one of these.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vestitel/abi_services.h>
#include <vestitel/json.hpp>

namespace vestitel::testing {

struct FakeRequest {
  std::string method, url, body;
  std::map<std::string, std::string> headers;  // names in lower case
  std::uint32_t flags = 0, message = VESTITEL_HTTP_NO_MESSAGE;
  std::string client_certificate = {}, client_key = {};  // names of secrets
  std::int64_t timeout_ms = 0;
};
struct FakeAnswer {
  std::uint32_t status = 200;
  std::string body;
  std::map<std::string, std::string> headers;
  vestitel_rc rc = VESTITEL_OK;  // negative: no answer came
  bool sent = true;
  std::int64_t retry_after_ms = -1;
  std::string reason;
  std::uint32_t http_version = 11;  // 20: HTTP/2
};

struct FakeReceipt {
  std::string provider_id;
  vestitel_verdict verdict{};
};

class FakeServices {
 public:
  std::string settings = "{}";  // what vestitel.config/1 answers from; configure() sets it
  std::map<std::string, std::pair<std::string, std::uint64_t>> kept;  // key: value and revision
  std::uint64_t kv_quota = 1U << 20;
  std::map<std::string, double> metrics;                               // "name{key=value}"
  std::vector<FakeRequest> requests;                                   // in the order in which they were asked for
  std::function<FakeAnswer(const FakeRequest&)> http;                  // empty: no answer ever comes
  std::function<int(const std::string& host, std::uint32_t)> connect;  // a descriptor, or -1; empty: denied
  std::vector<std::pair<std::uint32_t, std::string>> subjects;         // kind and identifier
  std::vector<FakeReceipt> receipts;
  vestitel_rc receipt_rc = VESTITEL_OK;   // what a report is answered; negative: it is not on record
  std::int64_t monotonic_us = 1'000'000;  // sleeping moves it on

  // The receipts so far, while a plugin's own thread may add to them.
  std::vector<FakeReceipt> heard() {
    const std::lock_guard lock(mutex_);
    return receipts;
  }

 protected:
  std::recursive_mutex mutex_;  // over what is kept and counted: plugins have threads, and callbacks ask again
  static vestitel_str str(std::string_view s) { return {s.data(), s.size()}; }
  static std::string text(vestitel_str s) { return s.n == 0 ? std::string() : std::string(s.p, s.n); }

  FakeServices() = default;
  ~FakeServices() = default;
  FakeServices(const FakeServices&) = delete;
  FakeServices& operator=(const FakeServices&) = delete;

  virtual void begin_message(std::uint32_t i) = 0;
  virtual bool asked_to_stop() const = 0;

  // A poll's changes are a part of its unit.
  void open_unit() { unit_ = kept; }
  void commit_unit() {
    if (unit_) kept = *unit_;
  }
  void close_unit() { unit_.reset(); }

  const void* extra_service(std::string_view id) const {
    static const vestitel_config_v1 kConfig = {sizeof kConfig, get_config};
    static const vestitel_clock_v1 kClock = {sizeof kClock, monotonic, sleep_until};
    static const vestitel_kv_v1 kKv = {sizeof kKv, kv_get, kv_put, kv_remove, kv_cas, kv_list};
    static const vestitel_metric_v1 kMetric = {sizeof kMetric, define, update};
    static const vestitel_connect_v1 kConnect = {sizeof kConnect, open};
    static const vestitel_http_v1 kHttp = {sizeof kHttp, 512, request_many};
    static const vestitel_subjects_v1 kSubjects = {sizeof kSubjects, next_subjects};
    static const vestitel_receipt_v1 kReceipt = {sizeof kReceipt, report};
    if (id == "vestitel.config/1") return &kConfig;
    if (id == "vestitel.clock/1") return &kClock;
    if (id == "vestitel.kv/1") return &kKv;
    if (id == "vestitel.metric/1") return &kMetric;
    if (id == "vestitel.connect/1") return &kConnect;
    if (id == "vestitel.http/1") return &kHttp;
    if (id == "vestitel.subjects/1") return &kSubjects;
    if (id == "vestitel.receipt/1") return &kReceipt;
    return nullptr;
  }

 private:
  static FakeServices& of(const vestitel_host* host) { return *static_cast<FakeServices*>(host->ctx); }
  static vestitel_rc said(vestitel_error* error, vestitel_rc rc, std::string_view message) {
    if (error == nullptr) return rc;
    error->rc = rc;
    error->message_len = static_cast<std::uint32_t>(message.copy(error->message, sizeof error->message));
    return rc;
  }

  // A member of the settings as JSON text; nothing: it is not there.
  std::optional<std::string> setting(std::string_view pointer) const {
    if (pointer.empty()) return settings;
    std::vector<JsonMember> members;
    if (FlatJson(settings).read(members) != nullptr) return std::nullopt;
    for (const JsonMember& member : members) {
      if ('/' + member.key != pointer) continue;
      if (member.kind == JsonMember::Kind::null) return "null";
      if (member.kind != JsonMember::Kind::text) return member.text;
      std::string quoted = "\"";
      for (const char c : member.text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
      }
      return quoted + '"';
    }
    return std::nullopt;
  }

  static vestitel_rc get_config(const vestitel_host* h, vestitel_str pointer, void (*use)(void*, vestitel_str),
                                void* arg, vestitel_error*) {
    const auto found = of(h).setting(text(pointer));
    if (!found) return VESTITEL_NOT_FOUND;
    use(arg, str(*found));
    return VESTITEL_OK;
  }

  static std::int64_t monotonic(const vestitel_host* h) { return of(h).monotonic_us; }
  static vestitel_rc sleep_until(const vestitel_host* h, std::int64_t until, vestitel_error* error) {
    if (of(h).asked_to_stop()) return said(error, VESTITEL_E_CANCELLED, "cancelled");
    of(h).monotonic_us = until > of(h).monotonic_us ? until : of(h).monotonic_us;
    return VESTITEL_OK;
  }

  using Kept = std::map<std::string, std::pair<std::string, std::uint64_t>>;
  Kept& here() { return unit_ ? *unit_ : kept; }

  static vestitel_rc kv_get(const vestitel_host* h, vestitel_str key, void (*use)(void*, vestitel_str, std::uint64_t),
                            void* arg, vestitel_error*) {
    const std::lock_guard lock(of(h).mutex_);
    const auto found = of(h).here().find(text(key));
    if (found == of(h).here().end()) return VESTITEL_NOT_FOUND;
    use(arg, str(found->second.first), found->second.second);
    return VESTITEL_OK;
  }
  vestitel_rc store(const std::string& key, const std::string& value, std::uint64_t* revision, vestitel_error* error) {
    if (key.empty() || key.size() > VESTITEL_KV_MAX_KEY || value.size() > VESTITEL_KV_MAX_VALUE)
      return said(error, VESTITEL_E_INVALID, "a key or value is too long");
    std::uint64_t bytes = key.size() + value.size();
    for (const auto& [other, entry] : here())
      if (other != key) bytes += other.size() + entry.first.size();
    if (bytes > kv_quota) return said(error, VESTITEL_E_DENIED, "beyond the quota");
    here()[key] = {value, ++revision_};
    if (revision != nullptr) *revision = revision_;
    return VESTITEL_OK;
  }
  static vestitel_rc kv_put(const vestitel_host* h, vestitel_str key, vestitel_str value, vestitel_error* error) {
    const std::lock_guard lock(of(h).mutex_);
    return of(h).store(text(key), text(value), nullptr, error);
  }
  static vestitel_rc kv_remove(const vestitel_host* h, vestitel_str key, vestitel_error*) {
    const std::lock_guard lock(of(h).mutex_);
    return of(h).here().erase(text(key)) > 0 ? VESTITEL_OK : VESTITEL_NOT_FOUND;
  }
  static vestitel_rc kv_cas(const vestitel_host* h, vestitel_str key, std::uint64_t expected, vestitel_str value,
                            std::uint64_t* revision, vestitel_error* error) {
    const std::lock_guard lock(of(h).mutex_);
    const auto found = of(h).here().find(text(key));
    if ((found == of(h).here().end() ? 0 : found->second.second) != expected) return VESTITEL_CHANGED;
    return of(h).store(text(key), text(value), revision, error);
  }
  static vestitel_rc kv_list(const vestitel_host* h, vestitel_str prefix, vestitel_str after, std::uint32_t max,
                             void (*use)(void*, vestitel_str, std::uint64_t), void* arg, vestitel_error*) {
    const std::lock_guard lock(of(h).mutex_);
    const std::string begin = text(prefix), last = text(after);
    std::uint32_t listed = 0;
    for (const auto& [key, entry] : Kept(of(h).here())) {
      if (key.compare(0, begin.size(), begin) != 0 || key <= last) continue;
      if (listed++ == (max == 0 ? 1000 : max)) return VESTITEL_MORE;
      use(arg, str(key), entry.second);
    }
    return VESTITEL_OK;
  }

  static vestitel_rc define(const vestitel_host* h, std::int32_t kind, vestitel_str name, vestitel_str,
                            const vestitel_kv* labels, std::uint32_t n, std::uint32_t* handle, vestitel_error*) {
    const std::lock_guard lock(of(h).mutex_);
    std::string full = text(name);
    for (std::uint32_t i = 0; i < n; ++i)
      full += (i == 0 ? "{" : ",") + text(labels[i].key) + "=" + text(labels[i].value);
    if (n > 0) full += "}";
    auto& defined = of(h).defined_;
    for (*handle = 0; *handle < defined.size(); ++*handle)
      if (defined[*handle].first == full) return VESTITEL_OK;
    defined.emplace_back(full, kind);
    of(h).metrics[full] = 0;
    return VESTITEL_OK;
  }
  static void update(const vestitel_host* h, std::uint32_t handle, double value) {
    const std::lock_guard lock(of(h).mutex_);
    if (handle >= of(h).defined_.size()) return;
    const auto& [name, kind] = of(h).defined_[handle];
    of(h).metrics[name] = kind == VESTITEL_GAUGE ? value : of(h).metrics[name] + value;
  }

  static vestitel_rc open(const vestitel_host* h, vestitel_str host, std::uint32_t port, std::int64_t, std::int32_t* fd,
                          vestitel_error* error) {
    if (!of(h).connect) return said(error, VESTITEL_E_DENIED, "not granted");
    *fd = of(h).connect(text(host), port);
    return *fd >= 0 ? VESTITEL_OK : said(error, VESTITEL_E_RETRY, "connection refused");
  }

  static FakeRequest request_of(const vestitel_http_request& r) {
    FakeRequest out{text(r.method), text(r.url), text(r.body), {}, r.flags, r.message};
    out.client_certificate = text(r.client_certificate);
    out.client_key = text(r.client_key);
    out.timeout_ms = r.timeout_ms;
    for (std::uint32_t i = 0; i < r.header_count; ++i) {
      std::string name = text(r.headers[i].key);
      for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
      out.headers[name] = text(r.headers[i].value);
    }
    return out;
  }
  // One at a time, whatever the plugin's threads do.
  FakeAnswer exchange(const FakeRequest& request) {
    const std::lock_guard lock(mutex_);
    requests.push_back(request);
    const FakeAnswer answer = answer_to(request);
    if (answer.sent && request.message != VESTITEL_HTTP_NO_MESSAGE) begin_message(request.message);
    return answer;
  }
  FakeAnswer answer_to(const FakeRequest& request) {
    if (http) return http(request);
    FakeAnswer none;
    none.rc = VESTITEL_E_RETRY;
    none.status = 0;
    none.sent = false;
    none.reason = "nobody answers";
    return none;
  }
  static vestitel_rc request_many(const vestitel_host* h, const vestitel_http_request* first, std::uint32_t stride,
                                  std::uint32_t count,
                                  void (*answered)(void*, std::uint32_t, const vestitel_http_answer*), void* arg,
                                  vestitel_error*) {
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto* bytes = reinterpret_cast<const char*>(first) + std::size_t{i} * stride;
      const FakeRequest request = request_of(*reinterpret_cast<const vestitel_http_request*>(bytes));
      const FakeAnswer answer = of(h).exchange(request);
      std::vector<vestitel_kv> headers;
      for (const auto& [name, value] : answer.headers) headers.push_back({str(name), str(value)});
      vestitel_http_answer out{};
      out.size = sizeof out;
      out.rc = answer.rc;
      out.sent = answer.sent ? 1 : 0;
      out.status = answer.status;
      out.http_version = answer.status == 0 ? 0 : answer.http_version;
      out.headers = headers.data();
      out.header_count = static_cast<std::uint32_t>(headers.size());
      out.retry_after_ms = answer.retry_after_ms;
      out.body = str(answer.body);
      out.reason = str(answer.reason);
      answered(arg, i, &out);
    }
    return VESTITEL_OK;
  }

  static vestitel_rc next_subjects(const vestitel_host* h, vestitel_str after, std::uint32_t max,
                                   void (*use)(void*, vestitel_str, std::uint32_t, vestitel_str), void* arg,
                                   vestitel_error*) {
    const std::string last = text(after);
    std::size_t at = last.empty() ? 0 : std::stoul(last);
    const auto& all = of(h).subjects;
    for (std::uint32_t given = 0; at < all.size() && given < (max == 0 ? 1000 : max); ++given, ++at)
      use(arg, str(std::to_string(at + 1)), all[at].first, str(all[at].second));
    return at < all.size() ? VESTITEL_MORE : VESTITEL_END;
  }

  static vestitel_rc report(const vestitel_host* h, vestitel_str id, const vestitel_verdict* verdict,
                            vestitel_error* error) {
    const std::lock_guard lock(of(h).mutex_);
    if (of(h).receipt_rc < 0) return said(error, of(h).receipt_rc, "the receipt is not on record");
    of(h).receipts.push_back({text(id), *verdict});
    return VESTITEL_OK;
  }

  std::optional<Kept> unit_;
  std::uint64_t revision_ = 0;
  std::vector<std::pair<std::string, std::int32_t>> defined_;  // name and kind; a handle is an index
};

}  // namespace vestitel::testing
