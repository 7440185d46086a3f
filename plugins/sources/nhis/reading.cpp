#include "reading.hpp"

#include <libxml/parser.h>

namespace nhis {

Reading::Reading(const vestitel::Settings& settings) : trust_file_(settings.text("trust_store")) {
  settings_.requests_alone = settings.boolean("requests_alone");
  settings_.other_is_ehic = settings.boolean("other_is_ehic");
  settings_.signed_only = settings.choice("signature") == "required";
  if (settings_.signed_only && trust_file_.empty())
    throw vestitel::Error::config("/signature", "required needs a trust_store to check signatures against");
}

void Reading::start() {
  xmlInitParser();
  if (trust_file_.empty()) return;
  trust_ = std::make_unique<TrustStore>(trust_file_);
  settings_.trust = trust_.get();
}

}  // namespace nhis
