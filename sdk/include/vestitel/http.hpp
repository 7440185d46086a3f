// HTTP through the host: it owns TLS, connections, timeouts and the allow-list, so that a plugin needs no library and
// no socket. plugin.json asks for it: "services": ["vestitel.http/1"], "network": ["api.example.bg:443"].
//
//   vestitel::Http http(host);
//   const auto answer = http.request(vestitel::HttpRequest::get("https://api.example.bg/results?after=7"));
//   if (answer.status != 200) ...
//
// A sink hands over its whole batch and settles as the answers come; with of_message(i) the host begins message i at
// the moment from which the peer may act on it, and `sent` of the answer tells a retry from an unknown.
#pragma once
#include <chrono>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services.hpp"

namespace vestitel {
inline namespace v1 {

struct HttpRequest {
  std::string method = "GET", url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds timeout{30'000};
  std::uint64_t max_answer = 1U << 20;
  std::uint32_t flags = 0, message = VESTITEL_HTTP_NO_MESSAGE;
  std::string client_certificate, client_key;  // names of secret settings that hold PEM

  // A read: the host may ask again where no answer came.
  static HttpRequest get(std::string url) {
    HttpRequest request;
    request.url = std::move(url);
    request.flags = VESTITEL_HTTP_REPEATABLE;
    return request;
  }
  static HttpRequest post(std::string url, std::string media_type, std::string body) {
    HttpRequest request;
    request.method = "POST";
    request.url = std::move(url);
    request.headers.emplace_back("content-type", std::move(media_type));
    request.body = std::move(body);
    return request;
  }
  HttpRequest& header(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  HttpRequest& of_message(std::uint32_t i) {
    message = i;
    return *this;
  }
};

// The views live as long as the callback; request() answers with a copy.
struct HttpAnswerView {
  vestitel_rc rc = VESTITEL_OK;
  bool sent = false;  // false: not a byte of the request has left
  std::uint32_t status = 0, http_version = 0;
  std::int64_t retry_after_ms = -1;  // -1: the peer does not say
  std::string_view body, reason;
  const vestitel_kv* headers = nullptr;
  std::uint32_t header_count = 0;

  bool ok() const { return rc == VESTITEL_OK && status >= 200 && status < 300; }
  // The first header of that name, in lower case; "" where there is none.
  std::string_view header(std::string_view name) const {
    for (std::uint32_t i = 0; i < header_count; ++i)
      if (view(headers[i].key) == name) return view(headers[i].value);
    return {};
  }
};

struct HttpAnswer {
  vestitel_rc rc = VESTITEL_OK;
  bool sent = false;
  std::uint32_t status = 0, http_version = 0;
  std::int64_t retry_after_ms = -1;
  std::string body, reason;
  std::vector<std::pair<std::string, std::string>> headers;
  bool ok() const { return rc == VESTITEL_OK && status >= 200 && status < 300; }
};

class Http {
 public:
  explicit Http(const Host& host) : host_(host), table_(granted_service<vestitel_http_v1>(host, "vestitel.http/1")) {}

  // Calls answered(std::size_t index, const HttpAnswerView&) once for each request, as the answers come, in this
  // thread. What it throws is thrown again when all have come.
  template <class Answered>
  void request_many(const std::vector<HttpRequest>& requests, Answered&& answered) const {
    std::vector<vestitel_http_request> raw(requests.size());
    std::vector<std::vector<vestitel_kv>> headers(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) raw[i] = raw_of(requests[i], headers[i]);
    struct Arg {
      Answered* answered;
      std::exception_ptr thrown;
    } arg{&answered, nullptr};
    const auto forward = [](void* a, std::uint32_t index, const vestitel_http_answer* answer) {
      auto& to = *static_cast<Arg*>(a);
      try {
        (*to.answered)(std::size_t{index}, view_of(*answer));
      } catch (...) {
        if (!to.thrown) to.thrown = std::current_exception();
      }
    };
    detail::asked([&](vestitel_error* e) {
      return table_.request_many(host_.abi(), raw.data(), sizeof(vestitel_http_request),
                                 static_cast<std::uint32_t>(raw.size()), forward, &arg, e);
    });
    if (arg.thrown) std::rethrow_exception(arg.thrown);
  }

  HttpAnswer request(const HttpRequest& request) const {
    HttpAnswer out;
    request_many({request}, [&](std::size_t, const HttpAnswerView& a) {
      out = {a.rc, a.sent, a.status, a.http_version, a.retry_after_ms, std::string(a.body), std::string(a.reason), {}};
      for (std::uint32_t i = 0; i < a.header_count; ++i)
        out.headers.emplace_back(view(a.headers[i].key), view(a.headers[i].value));
    });
    return out;
  }

 private:
  static vestitel_http_request raw_of(const HttpRequest& r, std::vector<vestitel_kv>& headers) {
    for (const auto& [name, value] : r.headers) headers.push_back({to_str(name), to_str(value)});
    vestitel_http_request out{};
    out.size = sizeof out;
    out.flags = r.flags;
    out.method = to_str(r.method);
    out.url = to_str(r.url);
    out.headers = headers.data();
    out.header_count = static_cast<std::uint32_t>(headers.size());
    out.message = r.message;
    out.body = to_str(r.body);
    out.timeout_ms = r.timeout.count();
    out.max_answer = r.max_answer;
    out.client_certificate = to_str(r.client_certificate);
    out.client_key = to_str(r.client_key);
    return out;
  }
  static HttpAnswerView view_of(const vestitel_http_answer& a) {
    return {a.rc,         a.sent != 0,    a.status,  a.http_version, a.retry_after_ms,
            view(a.body), view(a.reason), a.headers, a.header_count};
  }

  const Host& host_;
  const vestitel_http_v1& table_;
};

}  // namespace v1
}  // namespace vestitel
