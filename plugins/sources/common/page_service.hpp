// A service that hands out what it has page by page, behind a cursor of its own: when it is asked, for what, and what
// it means that the answer is no page. What stands in a page is read by the source.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <vestitel/http.hpp>
#include <vestitel/plugin.hpp>

namespace sources {

// How a page ends.
struct PageEnd {
  std::string next;  // the cursor behind the page
  bool more = false;
  std::uint64_t records = 0;  // 0: the page is empty
};

// 1 to 1,024 visible characters of ASCII.
bool is_cursor(std::string_view text);

// Settings that every such source has, beside url and page_size.
namespace page_field {
inline constexpr vestitel::Field kToken =
    vestitel::field::secret("token", "Sent as a bearer token; not set: none is sent.");
inline constexpr vestitel::Field kClientCertificate =
    vestitel::field::secret("client_certificate", "PEM, where the service asks for one; needs client_key.");
inline constexpr vestitel::Field kClientKey =
    vestitel::field::secret("client_key", "PEM of the key of client_certificate.");
inline constexpr vestitel::Field kPause =
    vestitel::field::duration("pause", "Between two pages of a row.").by_default("200ms").range(0, 10'000);
inline constexpr vestitel::Field kTimeout =
    vestitel::field::duration("timeout", "Longest wait for a page.").by_default("30s").range(1'000, 120'000).advanced();
}  // namespace page_field

class PageService {
 public:
  // Emits what stands in a page of at most `limit`; throws Error::data where it is no whole page.
  using Read = std::function<PageEnd(std::string_view body, std::uint32_t limit)>;

  // Borrows the host and `media_type`, which is asked for. Throws where the settings cannot be meant.
  PageService(const vestitel::Settings& settings, const vestitel::Host& host, const char* media_type);

  // Asks for a page of one, and keeps nothing of it.
  void check() const;

  // One page: asked for, read and committed with the cursor behind it. Throws what stands in the way.
  vestitel::Polled poll(std::string_view cursor, std::uint32_t max_events, vestitel::Emit& out, const Read& read);

 private:
  std::string page(std::string_view cursor, std::uint32_t limit) const;

  const std::string url_;
  const std::uint32_t page_size_;
  const std::chrono::milliseconds pause_, timeout_;
  const vestitel::Host& host_;
  const char* const media_type_;
  bool more_ = false;  // the page before this one was not the last
};

}  // namespace sources
