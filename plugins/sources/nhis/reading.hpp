// What the reader of files and the feed have in common: settings, what they may ask for, and the trust store.
#pragma once
#include <memory>
#include <string>

#include <vestitel/plugin.hpp>

#include "signature.hpp"
#include "slip.hpp"

// Members of the object of capabilities. Attributes of our own stand with their data class.
#define NHIS_CAPABILITIES                                                                               \
  R"("attributes":{"nhis.admission-type":"health","nhis.cancelled":"health","nhis.category":"health",)" \
  R"("nhis.class":"health","nhis.deputy":"other","nhis.financing-source":"other",)"                     \
  R"("nhis.journal-number":"health","nhis.patient-signature":"other","nhis.purpose":"health",)"         \
  R"("nhis.referred-to":"health","nhis.role":"other","nhis.signature":"other",)"                        \
  R"("nhis.signature-certificate":"identity","nhis.signature-value":"other","nhis.warning":"other"},)"  \
  R"("files":["{trust_store}"],"libraries":["libxml2.so.2: XML, streaming",)"                           \
  R"("libxmlsec1.so.1: digital signatures","libxmlsec1-openssl.so.1: digital signatures",)"             \
  R"("libcrypto.so.3: certificates"])"

namespace nhis {

namespace reading_field {
inline constexpr vestitel::Field kRequestsAlone =
    vestitel::field::boolean("requests_alone",
                             "Believe what is issued without the reply of the system, if the sender's copies are all "
                             "that comes: such a record is known by its local number.")
        .by_default("false");
inline constexpr vestitel::Field kOtherIsEhic =
    vestitel::field::boolean("other_is_ehic",
                             "Take identifier type 5 (other) as a European health insurance card, as one program of "
                             "practices writes it.")
        .by_default("false");
inline constexpr vestitel::Field kTrustStore =
    vestitel::field::text("trust_store",
                          "PEM file of the authorities whose certificates may sign messages; not set: signatures are "
                          "noted and not checked.")
        .group("Signatures");
inline constexpr vestitel::Field kSignature =
    vestitel::field::choice("signature", "Whether a message without a signature is believed, where they are checked.",
                            "optional|required")
        .by_default("optional")
        .group("Signatures");
}  // namespace reading_field

class Reading {
 public:
  // Throws vestitel::Error where the settings cannot be meant.
  explicit Reading(const vestitel::Settings& settings);

  // Loads the trust store.
  void start();
  const Settings& settings() const { return settings_; }

 private:
  const std::string trust_file_;
  std::unique_ptr<TrustStore> trust_;
  Settings settings_;
};

}  // namespace nhis
