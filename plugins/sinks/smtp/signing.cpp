#include "plugins/sinks/smtp/signing.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "plugins/sinks/common/mailbox.hpp"

namespace vestitel::smtp {
namespace {

std::string path_of(const Field& setting) { return '/' + std::string(setting.name); }

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// The domain of From, or one above it that is not a top level domain: DMARC takes other signatures for nobody's.
bool stands_for(const std::string& domain, const std::string& from_domain) {
  if (domain == from_domain) return true;
  return domain.find('.') != std::string::npos && from_domain.ends_with('.' + domain);
}

std::string domain_of(const Settings& settings, const std::string& from_domain) {
  const std::string& set = settings.text(kDkimDomain.name);
  if (set.empty()) return lower(from_domain);
  const auto domain = mail::to_ascii_domain(set);
  if (!domain || !stands_for(lower(*domain), lower(from_domain))) {
    throw Error::config(path_of(kDkimDomain), "expected the domain of `from`, or one above it");
  }
  return lower(*domain);
}

std::string selector_of(const Settings& settings, const Field& setting) {
  const std::string& selector = settings.text(setting.name);
  const bool fits = selector.empty() || mail::to_ascii_domain(selector) == selector;
  if (!fits) throw Error::config(path_of(setting), "expected letters, digits and hyphens, with dots between them");
  return selector;
}

sinks::Key key_of(const Host& host, mail::DkimAlgorithm algorithm, const Field& secret, const Field& selector,
                  bool wanted) {
  sinks::Key key;
  const bool set = host.with_secret(secret.name, [&](std::string_view pem) { key = sinks::private_key_of_pem(pem); });
  if (!set && wanted) throw Error::config(path_of(secret), "its selector is set and this secret is not");
  if (set && !wanted) throw Error::config(path_of(selector), "its key is set and this is not");
  if (!set) return {};
  const std::string_view fault = key ? mail::dkim_key_fault(algorithm, *key) : "expected a private key as PEM";
  if (!fault.empty()) throw Error::config(path_of(secret), std::string(fault));
  return key;
}

}  // namespace

Signing::Signing(const Settings& settings, const std::string& from_domain)
    : domain_(domain_of(settings, from_domain)),
      rsa_selector_(selector_of(settings, kDkimRsaSelector)),
      ed25519_selector_(selector_of(settings, kDkimEd25519Selector)),
      lifetime_s_(settings.duration(kDkimLifetime.name).count() / 1000) {
  if (!rsa_selector_.empty() && lower(rsa_selector_) == lower(ed25519_selector_)) {
    throw Error::config(path_of(kDkimEd25519Selector), "a selector names one key: this is the selector of the RSA key");
  }
}

std::optional<mail::DkimSigner> Signing::signer(const Host& host) const {
  using mail::DkimAlgorithm;
  std::vector<mail::DkimKey> keys;
  const auto add = [&](DkimAlgorithm algorithm, const std::string& name, const Field& secret, const Field& selector) {
    sinks::Key key = key_of(host, algorithm, secret, selector, !name.empty());
    if (key) keys.push_back({algorithm, name, std::move(key)});
  };
  add(DkimAlgorithm::rsa_sha256, rsa_selector_, kDkimRsaKey, kDkimRsaSelector);
  add(DkimAlgorithm::ed25519_sha256, ed25519_selector_, kDkimEd25519Key, kDkimEd25519Selector);
  if (keys.empty()) return std::nullopt;
  return mail::DkimSigner(domain_, std::move(keys), lifetime_s_);
}

}  // namespace vestitel::smtp
