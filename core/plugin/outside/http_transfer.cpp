#include "core/plugin/outside/http_transfer.hpp"

#include <vestitel/abi_services.h>

#include <algorithm>
#include <utility>

#include "core/base/ascii.hpp"
#include "core/plugin/outside/addresses.hpp"

namespace vestitel {
namespace {

constexpr long kTimeoutMs = 30'000;  // where a request names none
constexpr long kConnectMs = 10'000;
constexpr std::chrono::milliseconds kOverdue{250};
constexpr std::uint64_t kAnswer = 1UL << 20;
constexpr std::size_t kMaxHeaderBytes = 64UL * 1024;

void add(std::unique_ptr<curl_slist, decltype(&::curl_slist_free_all)>& list, const std::string& line, bool& ok) {
  curl_slist* longer = ::curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) ok = false;
  if (longer != nullptr && list.get() != longer) list.reset(longer);
}

}  // namespace

long patience_of(const wire::HttpRequest& request) {
  return request.timeout_ms == 0 ? kTimeoutMs : static_cast<long>(request.timeout_ms);
}

bool says(const wire::HttpAnswer& answer, std::string_view header) {
  return std::any_of(answer.headers.begin(), answer.headers.end(),
                     [&](const auto& one) { return one.first == header; });
}

HttpTransfer::HttpTransfer(const HttpOptions& options)
    : options_(options),
      easy_(::curl_easy_init(), ::curl_easy_cleanup),
      headers_(nullptr, ::curl_slist_free_all),
      connect_to_(nullptr, ::curl_slist_free_all) {}

template <class Value>
void HttpTransfer::set(CURLoption option, Value value) {
  if (::curl_easy_setopt(easy_.get(), option, value) != CURLE_OK) ok_ = false;
}

bool HttpTransfer::prepare(wire::HttpRequest request, std::uint32_t index, std::shared_ptr<HttpReceiver> receiver,
                           bool only_public) {
  if (!easy_) return false;
  request_ = std::move(request);
  index_ = index;
  only_public_ = only_public;
  receiver_ = std::move(receiver);
  answer_ = {};
  ok_ = true;
  sent_ = too_long_ = repeated_ = own_address_ = called_off_ = false;
  if (request_.max_answer == 0) request_.max_answer = kAnswer;
  if (std::exchange(fresh_, false)) set_once();
  set(CURLOPT_URL, request_.url.c_str());
  const long timeout_ms = patience_of(request_);
  set(CURLOPT_TIMEOUT_MS, timeout_ms);
  overdue_at_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms) + kOverdue;
  set_method();
  set_certificate();
  return set_headers() && ok_;
}

// What all requests have in common stays from one to the next.
void HttpTransfer::set_once() {
  ::curl_easy_reset(easy_.get());
  set(CURLOPT_PROTOCOLS_STR, "https,http");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_NETRC, long{CURL_NETRC_IGNORED});
  set(CURLOPT_PROXY, options_.proxy.c_str());
  set(CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
  set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_2TLS});
  set(CURLOPT_PIPEWAIT, 1L);
  set(CURLOPT_TCP_NODELAY, 1L);
  set(CURLOPT_USERAGENT, "Vestitel");
  set(CURLOPT_WRITEFUNCTION, &HttpTransfer::on_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_HEADERFUNCTION, &HttpTransfer::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_PREREQFUNCTION, &HttpTransfer::on_leaving);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_PRIVATE, this);
  set(CURLOPT_OPENSOCKETFUNCTION, &HttpTransfer::on_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
  connect_to_.reset();
  for (const std::string& where : options_.connect_to) add(connect_to_, where, ok_);
  if (connect_to_) set(CURLOPT_CONNECT_TO, connect_to_.get());
}

void HttpTransfer::set_method() {
  set(CURLOPT_HTTPGET, 1L);  // nothing is left of the request before
  if (request_.method == "HEAD") set(CURLOPT_NOBODY, 1L);
  if (!request_.body.empty() || request_.method == "POST" || request_.method == "PUT" || request_.method == "PATCH") {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(CURLOPT_POSTFIELDS, request_.body.data());
  }
  set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

void HttpTransfer::set_certificate() {
  if (request_.client_certificate.empty()) return;
  curl_blob certificate{request_.client_certificate.data(), request_.client_certificate.size(), CURL_BLOB_COPY};
  curl_blob key{request_.client_key.data(), request_.client_key.size(), CURL_BLOB_COPY};
  set(CURLOPT_SSLCERT_BLOB, &certificate);
  set(CURLOPT_SSLKEY_BLOB, &key);
  fresh_ = true;  // the next request shows none
}

// "Expect: 100-continue" would cost a second where the peer does not know it; a type is the plugin's to name.
bool HttpTransfer::set_headers() {
  headers_.reset();
  add(headers_, "Expect:", ok_);
  bool typed = false;
  for (const auto& [name, value] : request_.headers) {
    // "Name;" is how an empty value is said; "Name:" would take the header away.
    add(headers_, value.empty() ? name + ';' : name + ": " + value, ok_);
    typed = typed || (name.size() == 12 && (name[0] | 0x20) == 'c' && (name[8] | 0x20) == 't');
  }
  if (!typed) add(headers_, "Content-Type:", ok_);
  set(CURLOPT_HTTPHEADER, headers_.get());
  return ok_;
}

std::size_t HttpTransfer::on_body(char* bytes, std::size_t, std::size_t count, void* self) {
  auto& me = *static_cast<HttpTransfer*>(self);
  if (me.answer_.body.size() + count > me.request_.max_answer) {
    me.too_long_ = true;
    return 0;
  }
  me.answer_.body.append(bytes, count);
  return count;
}

// A status line begins the headers anew: what came with a 100 or an early hint is not the answer.
std::size_t HttpTransfer::on_header(char* bytes, std::size_t, std::size_t count, void* self) {
  auto& me = *static_cast<HttpTransfer*>(self);
  std::string_view line(bytes, count);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) me.answer_.headers.clear();
  const std::size_t colon = line.find(':');
  if (line.starts_with("HTTP/") || colon == std::string_view::npos || colon == 0) return count;
  if (me.answer_.headers.size() >= wire::kMaxHttpHeaders || count > kMaxHeaderBytes) return count;
  std::string name = lower_ascii(line.substr(0, colon));
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  me.answer_.headers.emplace_back(std::move(name), value);
  return count;
}

// Called when the connection stands and nothing of the request has left. A second time: the connection was an old one
// and had died; whether the peer has acted on what was sent nobody knows.
int HttpTransfer::on_leaving(void* self, char*, char*, int, int) {
  auto& me = *static_cast<HttpTransfer*>(self);
  if (me.sent_ && (me.request_.flags & VESTITEL_HTTP_REPEATABLE) == 0) {
    me.repeated_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  if (!me.sent_ && me.request_.message != VESTITEL_HTTP_NO_MESSAGE && !me.receiver_->starting(me.request_.message)) {
    me.called_off_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  me.fresh_ = me.fresh_ || me.sent_;  // libcurl counts replaced connections until a reset, and gives up at five
  me.sent_ = true;
  me.left_at_ = std::chrono::steady_clock::now();
  return CURL_PREREQFUNC_OK;
}

curl_socket_t HttpTransfer::on_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& me = *static_cast<HttpTransfer*>(self);
  if (me.only_public_ && !is_public(address->addr)) {
    me.own_address_ = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

namespace {

std::int32_t rc_of(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR: return VESTITEL_E_CONFIG;
    case CURLE_OUT_OF_MEMORY: return VESTITEL_E_NOMEM;
    default: return VESTITEL_E_RETRY;
  }
}

}  // namespace

void HttpTransfer::refuse(std::int32_t rc, const char* reason) {
  answer_.rc = rc;
  answer_.reason = reason;
}

wire::HttpAnswer HttpTransfer::result(CURLcode code) {
  long status = 0, version = 0;
  ::curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  ::curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_VERSION, &version);
  answer_.status = status >= 100 && status <= 999 ? static_cast<std::uint32_t>(status) : 0;
  answer_.http_version = version == CURL_HTTP_VERSION_2     ? 20
                         : version == CURL_HTTP_VERSION_1_0 ? 10
                         : version == 0                     ? 0
                                                            : 11;
  answer_.sent = sent_;
  curl_off_t wait = 0;
  if (says(answer_, "retry-after") && ::curl_easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &wait) == CURLE_OK)
    answer_.retry_after_ms = std::clamp<curl_off_t>(wait, 0, 86'400) * 1000;
  if (code == CURLE_OK) return std::move(answer_);
  answer_.rc = rc_of(code);
  answer_.reason = ::curl_easy_strerror(code);
  if (repeated_) answer_.reason = "the connection ended before an answer came";
  if (too_long_) refuse(VESTITEL_E_DATA, "the answer is longer than asked for");
  if (own_address_) refuse(VESTITEL_E_DENIED, "the name leads to an address that is not public");
  if (called_off_) refuse(VESTITEL_E_CANCELLED, "the call that it belongs to is over");
  answer_.body.clear();
  return std::move(answer_);
}

}  // namespace vestitel
