// Source pis-contacts-feed: asks a service, page by page, for the contacts that have changed in the profiles of
// persons. Protocol, errors and settings: docs/sources/pis-contacts.md; the format: docs/formats/pis-contacts.md.
#include <vestitel/plugin.hpp>

#include "page.hpp"

namespace pis_contacts {

constexpr vestitel::Field kFields[] = {
    vestitel::field::url("url", "Where the service answers; https alone.")
        .required()
        .example("https://pis.example.bg/contacts"),
    sources::page_field::kToken,
    sources::page_field::kClientCertificate,
    sources::page_field::kClientKey,
    vestitel::field::integer("page_size", "At most so many lines in one page.").by_default("500").range(1, 5000),
    sources::page_field::kPause,
    sources::page_field::kTimeout,
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
      : service_(settings, host, "application/x-ndjson"), host_(host) {}

  void check() const { service_.check(); }

  vestitel::Polled poll(std::string_view cursor, std::uint32_t max_events, vestitel::Emit& out) {
    return service_.poll(cursor, max_events, out, [&](std::string_view body, std::uint32_t limit) {
      Profiles profiles(out, vestitel::latest_date_in_sofia(host_.now_us()));
      sources::PageEnd end = read_page(body, limit, profiles, out);
      if (profiles.unknown() > 0) {
        host_.log(VESTITEL_LOG_INFO, "page_read", {{"unknown_keys", std::to_string(profiles.unknown())}});
      }
      return end;
    });
  }

 private:
  sources::PageService service_;
  const vestitel::Host& host_;
};

VESTITEL_EXPORT_FEED(PisContactsFeed, "org.vestitel.pis-contacts-feed", "Contacts of ПИС profiles, as a feed", "1.0.0",
                     kFields)

}  // namespace pis_contacts
