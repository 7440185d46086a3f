// Which hosts an instance may reach: what its manifest asked for and somebody granted, with its settings put in.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vestitel {

// A grant is "HOST:PORT" (a stream, or https), "http://HOST:PORT" (plain HTTP too) or "*.DOMAIN:PORT". Its parts may be
// references to settings, "{relay.host}:{relay.port}"; "{url}" stands for the host and port of a URL; a reference into
// a list, "{links.host}:{links.port}", for each of its members. One that the settings leave open grants nothing.
class Reach {
 public:
  Reach(const std::vector<std::string>& grants, std::string_view settings_json);

  [[nodiscard]] bool allows(std::string_view host, std::uint16_t port) const;
  [[nodiscard]] bool allows_plain(std::string_view host, std::uint16_t port) const;
  // Only by a "*": whoever owns a name below the domain chooses the address, so it must not be one of our own network.
  [[nodiscard]] bool only_by_wildcard(std::string_view host, std::uint16_t port) const;

  // "HOST:PORT" each, for people.
  [[nodiscard]] std::vector<std::string> words() const;

 private:
  struct Grant {
    std::string host;  // lower case; of a wildcard ".DOMAIN"
    std::uint16_t port = 0;
    bool plain = false, wildcard = false;
  };
  void add(std::string_view resolved);
  [[nodiscard]] const Grant* find(std::string_view host, std::uint16_t port, bool plain) const;

  std::vector<Grant> grants_;
};

}  // namespace vestitel
