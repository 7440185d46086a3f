// HTTP for plugins (vestitel.http/1) over libcurl: one client an instance, with two threads and connections of its own,
// so that a slow peer of one plugin holds up no other. TLS is verified always, redirects are not followed, no cookie
// and no credential of the environment is used, and nothing is sent twice unless the request says that it may be.
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

// Looked at before anything of a request leaves.
struct CheckedRequest {
  std::optional<wire::HttpAnswer> refusal;
  std::string peer;          // "scheme://host:port"; "" where it is refused
  bool only_public = false;  // the host is granted by a wildcard alone: an address of the inside is not meant
};

// Thread: one at a time.
class RequestCheck {
 public:
  explicit RequestCheck(Reach reach) : reach_(std::move(reach)) {}
  CheckedRequest operator()(const wire::HttpRequest& request);

 private:
  [[nodiscard]] CheckedRequest check_url(const std::string& url) const;

  const Reach reach_;
  std::string last_url_;  // many requests go to the same one
  CheckedRequest last_;
};

}  // namespace vestitel
