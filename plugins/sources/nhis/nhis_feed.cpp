// Source nhis-feed: asks a service, page by page, for bundles of messages of the national health information system.
// Protocol: docs/formats/nhis-messages.md; errors and settings: docs/sources/nhis.md.
#include <vestitel/plugin.hpp>

#include "page.hpp"
#include "plugins/sources/common/page_service.hpp"
#include "reading.hpp"

namespace nhis {

constexpr vestitel::Field kFields[] = {
    vestitel::field::url("url", "Where the service answers; https alone.")
        .required()
        .example("https://nhis.example.bg/messages"),
    sources::page_field::kToken,
    sources::page_field::kClientCertificate,
    sources::page_field::kClientKey,
    vestitel::field::integer("page_size", "At most so many messages in one page.").by_default("500").range(1, 5000),
    sources::page_field::kPause,
    sources::page_field::kTimeout,
    reading_field::kRequestsAlone,
    reading_field::kOtherIsEhic,
    reading_field::kTrustStore,
    reading_field::kSignature,
};

class NhisFeed {
 public:
  static constexpr vestitel::Traits kTraits =
      vestitel::Traits()
          .vendor("Vestitel")
          .capabilities(R"({"services":["vestitel.http/1"],"network":["{url}"],)"
                        R"("secrets":["token","client_certificate","client_key"],)" NHIS_CAPABILITIES "}")
          .nodelete();  // libxmlsec1 is begun once for the process

  NhisFeed(const vestitel::Settings& settings, const vestitel::Host& host)
      : reading_(settings), service_(settings, host, "application/xml"), host_(host) {}

  void start() { reading_.start(); }
  void check() const { service_.check(); }

  vestitel::Polled poll(std::string_view cursor, std::uint32_t max_events, vestitel::Emit& out) {
    return service_.poll(cursor, max_events, out, [&](std::string_view body, std::uint32_t limit) {
      return read_page(body, limit, reading_.settings(), host_);
    });
  }

 private:
  Reading reading_;
  sources::PageService service_;
  const vestitel::Host& host_;
};

VESTITEL_EXPORT_FEED(NhisFeed, "org.vestitel.nhis-feed", "НЗИС messages, as a feed", "1.0.0", kFields)

}  // namespace nhis
