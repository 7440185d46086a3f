// What a plugin may ask for: nothing that splits a request, and nothing beyond its reach. The URL is taken apart by the
// library that will use it, so that both understand the same host.
#include <curl/curl.h>
#include <vestitel/abi_services.h>

#include <algorithm>
#include <charconv>

#include "core/base/ascii.hpp"
#include "core/plugin/outside/http_client.hpp"

namespace vestitel {
namespace {

constexpr std::int64_t kMaxTimeout = 600'000;
constexpr std::uint64_t kMaxAnswer = 32UL * 1024 * 1024;
constexpr std::string_view kOfTheHost[] = {
    "host", "content-length", "transfer-encoding", "connection",      "keep-alive", "upgrade",
    "te",   "expect",         "trailer",           "proxy-connection"};

// Where a URL leads, as libcurl itself reads it.
struct Target {
  bool plain = false;  // without TLS
  std::string host;
  std::uint16_t port = 0;
};

CheckedRequest refused(std::int32_t rc, std::string reason) {
  return {wire::no_answer(rc, std::move(reason)), {}, false};
}

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

bool headers_fit(const wire::HttpHeaders& headers) {
  for (const auto& [name, value] : headers) {
    if (!is_token(name)) return false;
    for (const std::string_view ours : kOfTheHost)
      if (same_word(name, ours)) return false;
    for (const char c : value)
      if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F) return false;
  }
  return true;
}

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (::curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string out(text);
  ::curl_free(text);
  return out;
}

// Nothing: it is none for http or https, or holds a user.
std::optional<Target> target_of(const std::string& text) {
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '\\'; }))
    return std::nullopt;
  const std::unique_ptr<CURLU, decltype(&::curl_url_cleanup)> url(::curl_url(), ::curl_url_cleanup);
  if (!url || ::curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK)
    return std::nullopt;
  Target out;
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME),
                    port = part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  out.host = lower_ascii(part_of(url.get(), CURLUPART_HOST));
  out.plain = scheme == "http";
  const auto read = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if ((scheme != "http" && scheme != "https") || out.host.empty() || read.ec != std::errc()) return std::nullopt;
  return out;
}

}  // namespace

CheckedRequest RequestCheck::operator()(const wire::HttpRequest& request) {
  if (!is_token(request.method) || request.method.size() > 16 || same_word(request.method, "CONNECT") ||
      same_word(request.method, "TRACE"))
    return refused(VESTITEL_E_INVALID, "the method is none");
  if (!headers_fit(request.headers))
    return refused(VESTITEL_E_INVALID, "a header is none, holds a control character or is the host's own");
  if (request.timeout_ms < 0 || request.timeout_ms > kMaxTimeout || request.max_answer > kMaxAnswer)
    return refused(VESTITEL_E_INVALID, "the timeout is at most 10 minutes, an answer at most 32 MiB");
  if (request.url != last_url_ || last_url_.empty()) {
    last_ = check_url(request.url);
    last_url_ = request.url;
  }
  return last_;
}

CheckedRequest RequestCheck::check_url(const std::string& text) const {
  const auto url = target_of(text);
  if (!url) return refused(VESTITEL_E_INVALID, "the URL is none for http or https, or holds a user");
  if (!reach_.allows(url->host, url->port)) return refused(VESTITEL_E_DENIED, "the host and port were not granted");
  if (url->plain && !reach_.allows_plain(url->host, url->port))
    return refused(VESTITEL_E_DENIED, "http without TLS was not granted for this host");
  return {std::nullopt, (url->plain ? "http://" : "https://") + url->host + ':' + std::to_string(url->port),
          reach_.only_by_wildcard(url->host, url->port)};
}

}  // namespace vestitel
