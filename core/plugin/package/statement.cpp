// Statements and revocation lists as signed JSON.
#include <algorithm>

#include "core/plugin/package/json_fields.hpp"
#include "core/plugin/package/refusal.hpp"
#include "core/plugin/package/trust.hpp"

namespace vestitel {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view kPublisherType = "vestitel.publisher/1", kRevocationsType = "vestitel.revocations/1";
constexpr std::size_t kMaxSigned = 1UL << 20, kMaxRevoked = 10'000;
constexpr std::uint64_t kMaxSerial = 1'000'000'000;

Error bad(const std::string& why) { return refused(Refusal::kBadStatement, "it is no statement of a root: " + why); }

bool fingerprint(const std::string& text) {
  const auto bytes = from_hex(text);
  return bytes && bytes->size() == 32;
}

Result<PublisherStatement> read_statement(JsonFields& fields) {
  PublisherStatement out;
  std::string key, level;
  fields.text("publisher", out.publisher, 40);
  fields.hex("key", key, out.key.bytes.size());
  fields.text("prefix", out.prefix, 128);
  fields.texts("kinds", out.kinds, 3);
  fields.text("level", level, 16);
  fields.instant("not_before", out.not_before);
  fields.instant("not_after", out.not_after);
  fields.number("serial", out.serial, kMaxSerial);
  fields.optional_text("installation", out.installation, 32);
  const auto known = level_of(level);
  if (!known || known == Level::kLocalDev) fields.fail("level", "core, partner or private is expected");
  if (!is_publisher_id(out.publisher)) fields.fail("publisher", "one to 40 of a-z, 0-9 and - are expected");
  if (!is_plugin_id(out.prefix)) fields.fail("prefix", "a reverse-DNS name such as bg.acme is expected");
  for (const auto& kind : out.kinds)
    if (kind != "reader" && kind != "feed" && kind != "sink") fields.fail("kinds", "reader, feed or sink is expected");
  if ((known == Level::kPrivate) == out.installation.empty())
    fields.fail("installation", "level private names one, and no other level does");
  if (auto fine = fields.end(); !fine) return bad(fine.error().message);
  out.level = *known;
  std::copy(key.begin(), key.end(), out.key.bytes.begin());
  return out;
}

Result<Revocations> read_revocations(JsonFields& fields) {
  Revocations out;
  fields.number("number", out.number, kMaxSerial);
  fields.instant("issued", out.issued);
  fields.texts("keys", out.keys, kMaxRevoked);
  fields.texts("packages", out.packages, kMaxRevoked);
  for (const json& one : fields.list("publishers", kMaxRevoked)) {
    JsonFields inner(one);
    Revocations::Publisher publisher;
    inner.text("publisher", publisher.publisher, 40);
    inner.number("serial", publisher.serial, kMaxSerial);
    if (auto fine = inner.end(); !fine) fields.fail("publishers", fine.error().message);
    out.publishers.push_back(std::move(publisher));
  }
  if (!std::all_of(out.keys.begin(), out.keys.end(), fingerprint)) fields.fail("keys", "fingerprints are expected");
  if (!std::all_of(out.packages.begin(), out.packages.end(), fingerprint))
    fields.fail("packages", "SHA-256 is expected");
  if (auto fine = fields.end(); !fine) return bad(fine.error().message);
  return out;
}

// The text that was signed, once its signature holds, and by whom.
struct Opened {
  std::string payload, root;
};
Result<Opened> open_signed(std::string_view text, const std::vector<RootKey>& roots) {
  if (text.size() > kMaxSigned) return bad("it is too long");
  const auto parsed = parse_json(text);
  if (!parsed) return bad(parsed.error().message);
  Opened out;
  std::string signature;
  JsonFields fields(*parsed);
  fields.text("payload", out.payload, kMaxSigned);
  fields.text("root", out.root, 64);
  fields.hex("signature", signature, std::tuple_size_v<Signature>);
  if (auto fine = fields.end(); !fine) return bad(fine.error().message);
  if (!fingerprint(out.root)) return bad("root: a fingerprint is expected");
  for (const auto& root : roots) {
    if (root.key.fingerprint() != out.root) continue;
    if (verifies(root.key, out.payload, signature)) return out;
    return refused(Refusal::kWrongSignature, "the root key " + out.root + " did not make the signature");
  }
  return refused(Refusal::kUnknownRoot, "the root key " + out.root + " is not trusted here");
}

}  // namespace

std::string sign_text(const SecretKey& root, std::string_view payload) {
  return ordered_json{
             {"payload", payload}, {"root", public_of(root).fingerprint()}, {"signature", to_hex(sign(root, payload))}}
             .dump(1, '\t') +
         "\n";
}

std::string to_json(const PublisherStatement& s) {
  ordered_json out = {{"type", kPublisherType},
                      {"publisher", s.publisher},
                      {"key", to_hex(s.key.bytes)},
                      {"prefix", s.prefix},
                      {"kinds", s.kinds},
                      {"level", to_text(s.level)},
                      {"not_before", to_second(s.not_before)},
                      {"not_after", to_second(s.not_after)},
                      {"serial", s.serial}};
  if (!s.installation.empty()) out["installation"] = s.installation;
  return out.dump();
}

std::string to_json(const Revocations& list) {
  ordered_json publishers = ordered_json::array();
  for (const auto& one : list.publishers) publishers.push_back({{"publisher", one.publisher}, {"serial", one.serial}});
  return ordered_json{{"type", kRevocationsType}, {"number", list.number}, {"issued", to_second(list.issued)},
                      {"publishers", publishers}, {"keys", list.keys},     {"packages", list.packages}}
      .dump();
}

Result<Revocations> parse_revocations(std::string_view payload) {
  const auto parsed = parse_json(payload);
  if (!parsed) return bad(parsed.error().message);
  JsonFields fields(*parsed);
  std::string type;
  fields.text("type", type, 40);
  if (type != kRevocationsType) return bad("type: " + std::string(kRevocationsType) + " is expected");
  return read_revocations(fields);
}

Result<SignedByRoot> parse_signed(std::string_view text, const std::vector<RootKey>& roots) {
  const auto opened = open_signed(text, roots);
  if (!opened) return opened.error();
  const auto parsed = parse_json(opened->payload);
  if (!parsed) return bad(parsed.error().message);
  JsonFields fields(*parsed);
  std::string type;
  fields.text("type", type, 40);
  SignedByRoot out;
  if (type == kPublisherType) {
    auto statement = read_statement(fields);
    if (!statement) return statement.error();
    statement->root = opened->root;
    out.statement = std::move(*statement);
  } else if (type == kRevocationsType) {
    auto list = read_revocations(fields);
    if (!list) return list.error();
    list->root = opened->root;
    out.revocations = std::move(*list);
  } else {
    return bad("its type is not known");
  }
  return out;
}

}  // namespace vestitel
