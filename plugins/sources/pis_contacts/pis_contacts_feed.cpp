// Source pis-contacts-feed: asks a service, page by page, for the contacts that have changed in the profiles of
// persons. Protocol, errors and settings: docs/sources/pis-contacts.md; the format: docs/formats/pis-contacts.md.
#include <vestitel/http.hpp>
#include <vestitel/plugin.hpp>

#include "page.hpp"

namespace pis_contacts {

constexpr vestitel::Field kFields[] = {
    vestitel::field::url("url", "Where the service answers; https alone.")
        .required()
        .example("https://pis.example.bg/contacts"),
    vestitel::field::secret("token", "Sent as a bearer token; not set: none is sent."),
    vestitel::field::secret("client_certificate", "PEM, where the service asks for one; needs client_key."),
    vestitel::field::secret("client_key", "PEM of the key of client_certificate."),
    vestitel::field::integer("page_size", "At most so many lines in one page.").by_default("500").range(1, 5000),
    vestitel::field::duration("pause", "Between two pages of a row.").by_default("200ms").range(0, 10'000),
    vestitel::field::duration("timeout", "Longest wait for a page.").by_default("30s").range(1'000, 120'000).advanced(),
};

class PisContactsFeed {
 public:
  static constexpr vestitel::Traits kTraits =
      vestitel::Traits()
          .vendor("Vestitel")
          .capabilities(R"({"services":["vestitel.http/1"],"network":["{url}"],)"
                        R"("secrets":["token","client_certificate","client_key"],)"
                        R"("attributes":{"pis-contacts.email":"contact","pis-contacts.mobile":"contact",)"
                        R"("pis-contacts.language":"other","pis-contacts.left-out":"other"}})");

  PisContactsFeed(const vestitel::Settings& settings, const vestitel::Host& host)
      : url_(settings.url("url")),
        page_size_(static_cast<std::uint32_t>(settings.integer("page_size"))),
        pause_(settings.duration("pause")),
        timeout_(settings.duration("timeout")),
        host_(host) {
    if (url_.compare(0, 8, "https://") != 0) throw vestitel::Error::config("/url", "expected an https address");
    if (url_.find('#') != std::string::npos) throw vestitel::Error::config("/url", "expected an address without #");
  }

  void check() const { require_page(ask("", 1)); }

  vestitel::Polled poll(std::string_view cursor, std::uint32_t max_events, vestitel::Emit& out) {
    if (more_ && !vestitel::sleep_for(host_, pause_)) throw vestitel::Error(VESTITEL_E_CANCELLED, "cancelled");
    more_ = false;
    const std::uint32_t limit = std::min(page_size_, std::max(max_events, 1U));
    const vestitel::HttpAnswer answer = ask(cursor, limit);
    require_page(answer);
    Profiles profiles(out, vestitel::latest_date_in_sofia(host_.now_us()));
    const PageEnd end = read_page(answer.body, cursor, limit, profiles, out);
    if (end.lines == 0 && end.next == cursor) return vestitel::Polled::end;
    if (!out.commit(end.next)) return vestitel::Polled::end;
    if (profiles.unknown() > 0) {
      host_.log(VESTITEL_LOG_INFO, "page_read", {{"unknown_keys", std::to_string(profiles.unknown())}});
    }
    more_ = end.more;
    return end.more ? vestitel::Polled::more : vestitel::Polled::end;
  }

 private:
  static constexpr std::uint64_t kLongestPage = std::uint64_t{8} << 20;

  vestitel::HttpAnswer ask(std::string_view cursor, std::uint32_t limit) const {
    auto request = vestitel::HttpRequest::get(page_url(url_, cursor, limit));
    request.timeout = timeout_;
    request.max_answer = kLongestPage;
    request.header("accept", "application/x-ndjson");
    host_.with_secret("token", [&](std::string_view token) {
      request.header("authorization", std::string("Bearer ").append(token));
    });
    if (host_.with_secret("client_certificate", [](std::string_view) {})) {
      request.client_certificate = "client_certificate";
      request.client_key = "client_key";
    }
    return vestitel::Http(host_).request(request);
  }

  const std::string url_;
  const std::uint32_t page_size_;
  const std::chrono::milliseconds pause_, timeout_;
  const vestitel::Host& host_;
  bool more_ = false;  // the page before this one was not the last
};

VESTITEL_EXPORT_FEED(PisContactsFeed, "org.vestitel.pis-contacts-feed", "Contacts of ПИС profiles, as a feed", "1.0.0",
                     kFields)

}  // namespace pis_contacts
