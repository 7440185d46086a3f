// HTTP for plugins (vestitel.http/1) over libcurl: one client an instance, with a thread and connections of its own, so
// that a slow peer of one plugin holds up no other. TLS is verified always, redirects are not followed, no cookie and
// no credential of the environment is used, and nothing is sent twice unless the request says that it may be.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/plugin/outside/reach.hpp"
#include "core/plugin/services/lent.hpp"

namespace vestitel {

struct HttpOptions {
  std::string ca_file;  // beside the system's; "": the system's alone
  std::string proxy;    // "": none, whatever the environment says
  // For tests and the vendor's tool: "HOST:PORT:ADDRESS:PORT", where a name is to be found.
  std::vector<std::string> connect_to;
};

std::shared_ptr<HttpClient> make_http_client(Reach reach, HttpOptions options = {});

// Where a URL leads, as libcurl itself reads it; nothing: it is none for http or https, or holds a user.
struct HttpTarget {
  bool plain = false;  // without TLS
  std::string host;
  std::uint16_t port = 0;
};
std::optional<HttpTarget> http_target(const std::string& url);

// Why a request is refused before anything of it leaves, or nothing. Public for the tests.
std::optional<wire::HttpAnswer> refusal_of(const wire::HttpRequest& request, const Reach& reach);

}  // namespace vestitel
