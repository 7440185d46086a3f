// The verbs of the group partners: who may deliver, for which facilities, by which instances, and how it proves itself.
#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <ostream>

#include "core/base/safe_text.hpp"
#include "core/host/present.hpp"
#include "core/host/verbs.hpp"

namespace vestitel {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostText = 200;

std::string second(Instant t) { return to_text(t).substr(0, 19) + "Z"; }

bool ended(const Partner& partner, Instant now) { return partner.ended && *partner.ended <= now; }

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out.empty() ? "none" : out;
}

Json json_of(const Partner& partner) {
  Json json{{"partner", partner.id},          {"name", partner.name},
            {"region", partner.region},       {"facilities", partner.facilities},
            {"instances", partner.instances}, {"receipts_to", partner.receipts_to},
            {"since", to_text(partner.since)}};
  if (partner.ended) json["ended"] = to_text(*partner.ended);
  return json;
}

Json json_of(const Credential& credential) {
  Json json{{"kind", to_text(credential.kind)},
            {"fingerprint", to_hex(credential.digest)},
            {"since", to_text(credential.since)}};
  if (credential.until) json["until"] = to_text(*credential.until);
  return json;
}

void print_line(Context& context, const Partner& partner, Instant now) {
  if (context.json) {
    context.out << dumped(json_of(partner)) << "\n";
    return;
  }
  context.out << fmt::format("{:<16} {:<8} facilities {}; instances {}{}\n", partner.id,
                             ended(partner, now) ? "ended" : "delivers", joined(partner.facilities),
                             joined(partner.instances), partner.name.empty() ? "" : "; " + one_line(partner.name));
}

std::string state_of(const Credential& credential, Instant now) {
  if (!credential.until) return "good";
  return (*credential.until <= now ? "ended at " : "good until ") + second(*credential.until);
}

void print_whole(Context& context, const Partner& partner, const std::vector<Credential>& credentials, Instant now) {
  if (context.json) {
    Json json = json_of(partner);
    json["credentials"] = Json::array();
    for (const Credential& credential : credentials) json["credentials"].push_back(json_of(credential));
    context.out << dumped(json) << "\n";
    return;
  }
  context.out << fmt::format(
      "{}\n  name         {}\n  РЗОК         {}\n  facilities   {}\n  instances    {}\n"
      "  receipts to  {}\n  since        {}\n",
      partner.id, one_line(partner.name), partner.region, joined(partner.facilities), joined(partner.instances),
      one_line(partner.receipts_to), second(partner.since));
  if (partner.ended) context.out << "  ended        " << second(*partner.ended) << "\n";
  for (const Credential& credential : credentials)
    context.out << fmt::format("  {:<12} {} since {}, {}\n", to_text(credential.kind),
                               to_hex(credential.digest).substr(0, 16), second(credential.since),
                               state_of(credential, now));
}

// What was typed, held to what it may be; the message says what is expected, not what was typed.
std::optional<std::string> wrong_words(const Partner& partner, const HubConfig& config) {
  if (!is_instance_id(partner.id)) return "the id of a partner is one to 40 of a-z, 0-9 and -";
  if (!partner.region.empty() && (partner.region.size() != 2 || !is_facility_grant(partner.region)))
    return "--region: a РЗОК from 01 to 28 expected";
  for (const std::string& grant : partner.facilities)
    if (!is_facility_grant(grant))
      return "--facility: a РЗИ number of ten digits, the two digits of a РЗОК, or any expected";
  for (const std::string& id : partner.instances) {
    const Instance* instance = config.find(id);
    if (instance == nullptr || instance->sink) return "--instance: no source instance is called " + one_line(id);
  }
  for (const std::string* text : {&partner.name, &partner.receipts_to})
    if (text->size() > kMostText || one_line(*text) != *text)
      return "--name, --receipts-to: one line of at most 200 bytes expected";
  return std::nullopt;
}

void apply(const PartnerOptions& options, Partner& partner) {
  if (options.name) partner.name = *options.name;
  if (options.region) partner.region = *options.region;
  if (options.receipts_to) partner.receipts_to = *options.receipts_to;
  if (!options.facilities.empty()) partner.facilities = options.facilities;
  if (!options.instances.empty()) partner.instances = options.instances;
}

// A new key: 32 random bytes in base64url.
std::string new_key(Random& random) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::array<std::uint8_t, 33> bytes{};  // a byte more, so that six bits at a time come out even
  random.fill(std::span(bytes).first(32));
  std::string key(kKeyPrefix);
  for (std::size_t bit = 0; bit < 43 * 6; bit += 6) {
    const unsigned pair = static_cast<unsigned>(bytes[bit / 8]) << 8 | (bit / 8 + 1 < 33 ? bytes[bit / 8 + 1] : 0U);
    key += kAlphabet[pair >> (10 - bit % 8) & 63U];
  }
  return key;
}

// The SHA-256 of the first certificate of a PEM file, in DER.
Result<Digest> fingerprint_of(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (!file) return {Failure::kNotFound, "reading the certificate: the file cannot be opened"};
  const std::unique_ptr<X509, void (*)(X509*)> certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr),
                                                           X509_free);
  Digest digest{};
  unsigned size = 0;
  if (!certificate || X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size) != 1 || size != digest.size())
    return {Failure::kInvalid, "reading the certificate: a certificate in PEM expected"};
  return digest;
}

struct NewCredential {
  Credential credential;
  std::string key;  // to be shown once; "" of a certificate
};

Result<NewCredential> made_credential(Context& context, const std::string& certificate, Instant now) {
  NewCredential made;
  made.credential.since = now;
  if (certificate.empty()) {
    made.key = new_key(context.random);
    Sha256 sha;
    sha.add(made.key);
    made.credential.digest = sha.finish();
    return made;
  }
  const auto fingerprint = fingerprint_of(path_of(context, certificate));
  if (!fingerprint) return fingerprint.error();
  made.credential.kind = CredentialKind::kCertificate;
  made.credential.digest = *fingerprint;
  return made;
}

void print_credential(Context& context, const std::string& id, const NewCredential& made, std::optional<Instant> old) {
  if (context.json) {
    Json json = json_of(made.credential);
    json["partner"] = id;
    if (!made.key.empty()) json["key"] = made.key;
    if (old) json["old_until"] = to_text(*old);
    context.out << dumped(json) << "\n";
    return;
  }
  if (made.key.empty())
    context.out << "certificate " << to_hex(made.credential.digest) << "\n";
  else
    context.out << "key " << made.key << "\n(shown once: give it to the partner by a safe way)\n";
  if (old) context.out << "what it had before is good until " << second(*old) << "\n";
}

Result<Partner> partner_called(sqlite::Store& store, const std::string& id) {
  auto found = store.partners().partner(id);
  if (!found) return found.error();
  if (!*found)
    return {Failure::kNotFound, "no partner is called " + one_line(id) + "; `vestitel partners list` names them"};
  return std::move(**found);
}

int rotate(Context& context, sqlite::Store& store, const PartnerOptions& options, std::optional<Instant> old) {
  const Instant now = context.clock.now();
  const auto made = made_credential(context, options.certificate, now);
  if (!made) return fail(context, made.error());
  if (auto done = store.partners().rotate(options.id, made->credential, old.value_or(now)); !done)
    return fail(context, done.error());
  print_credential(context, options.id, *made, old);
  return kExitDone;
}

}  // namespace

int verb_partners_add(Context& context, const PartnerOptions& options) {
  return with_store(context, [&](sqlite::Store& store, const HubConfig& config) -> int {
    Partner partner;
    partner.id = options.id;
    partner.since = context.clock.now();
    apply(options, partner);
    if (const auto wrong = wrong_words(partner, config)) return wrong_word(context, *wrong);
    if (!options.certificate.empty())
      if (const auto readable = fingerprint_of(path_of(context, options.certificate)); !readable)
        return fail(context, readable.error());
    if (auto added = store.partners().add(partner); !added) return fail(context, added.error());
    return rotate(context, store, options, std::nullopt);
  });
}

int verb_partners_set(Context& context, const PartnerOptions& options) {
  return with_store(context, [&](sqlite::Store& store, const HubConfig& config) -> int {
    auto partner = partner_called(store, options.id);
    if (!partner) return fail(context, partner.error());
    apply(options, *partner);
    if (const auto wrong = wrong_words(*partner, config)) return wrong_word(context, *wrong);
    if (options.end) partner->ended = context.clock.now();
    if (options.resume) partner->ended.reset();
    if (auto changed = store.partners().change(*partner); !changed) return fail(context, changed.error());
    print_line(context, *partner, context.clock.now());
    return kExitDone;
  });
}

int verb_partners_rotate(Context& context, const PartnerOptions& options) {
  return with_store(context, [&](sqlite::Store& store, const HubConfig&) -> int {
    if (const auto partner = partner_called(store, options.id); !partner) return fail(context, partner.error());
    return rotate(context, store, options, context.clock.now() + std::chrono::hours(24) * options.overlap_days);
  });
}

int verb_partners_list(Context& context) {
  return with_store(context, [&](sqlite::Store& store, const HubConfig&) -> int {
    const auto partners = store.partners().partners();
    if (!partners) return fail(context, partners.error());
    for (const Partner& partner : *partners) print_line(context, partner, context.clock.now());
    return kExitDone;
  });
}

int verb_partners_show(Context& context, const std::string& id) {
  return with_store(context, [&](sqlite::Store& store, const HubConfig&) -> int {
    const auto partner = partner_called(store, id);
    if (!partner) return fail(context, partner.error());
    const auto credentials = store.partners().credentials(id);
    if (!credentials) return fail(context, credentials.error());
    print_whole(context, *partner, *credentials, context.clock.now());
    return kExitDone;
  });
}

}  // namespace vestitel
