// Who may publish what. A root key, which staff compare and add by hand, signs statements about publishers and lists
// of what is revoked; a publisher's key signs packages. The policy says what an installation accepts of that, and can
// only be tightened.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/plugin/package/manifest.hpp"
#include "core/plugin/package/signature.hpp"

namespace vestitel {

enum class Level : std::uint8_t {  // in the order of trust
  kLocalDev,                       // nobody signed it
  kPrivate,                        // for one installation
  kPartner,                        // reviewed
  kCore,                           // of the product itself: may run inside the hub
};
std::string_view to_text(Level level);  // "local-dev", "private", "partner", "core"
std::optional<Level> level_of(std::string_view text);

struct TrustPolicy {
  Level least = Level::kPrivate;
  bool local_dev = false;                         // development mode: unsigned packages pass
  std::optional<std::vector<std::string>> roots;  // fingerprints that count; nothing: every root of the store

  // What both allow.
  void tighten(const TrustPolicy& by);
  [[nodiscard]] bool allows(Level level) const;
  [[nodiscard]] bool believes(const std::string& root) const;
};

struct PublisherStatement {
  std::string publisher;
  PublicKey key;
  std::string prefix;  // "bg.acme": for bg.acme and what begins with "bg.acme."
  std::vector<std::string> kinds;
  Level level = Level::kPartner;
  Instant not_before, not_after;
  std::uint64_t serial = 0;  // grows with each statement about a publisher; revoking n revokes all up to n
  std::string installation;  // level private: for this installation alone
  std::string root;          // who signed it; not part of the text
};

struct Revocations {
  struct Publisher {
    std::string publisher;
    std::uint64_t serial = 0;  // and all before
  };
  std::uint64_t number = 0;  // of the list; only a greater one takes its place
  Instant issued;
  std::vector<Publisher> publishers;
  std::vector<std::string> keys;      // fingerprints, of publishers or roots
  std::vector<std::string> packages;  // SHA-256 of a package file or of its MANIFEST.json
  std::string root;                   // who signed it; "": this installation itself
};

// A signed text: {"payload": TEXT, "root": FINGERPRINT, "signature": HEX}; the signature is over the exact TEXT.
std::string sign_text(const SecretKey& root, std::string_view payload);

std::string to_json(const PublisherStatement& statement);
std::string to_json(const Revocations& list);

struct RootKey {
  std::string name;
  PublicKey key;
};

// Reads what a root signed. kUnknownRoot, kBadStatement, kWrongSignature.
struct SignedByRoot {
  std::optional<PublisherStatement> statement;
  std::optional<Revocations> revocations;
};
Result<SignedByRoot> parse_signed(std::string_view text, const std::vector<RootKey>& roots);
// The list that an installation keeps for itself, unsigned. kBadStatement.
Result<Revocations> parse_revocations(std::string_view payload);

// What was found out about a package's signature.
struct Judgement {
  Level level = Level::kLocalDev;
  std::string publisher;    // "": unsigned
  std::string fingerprint;  // of the key that signed it
  std::uint64_t serial = 0;
  Instant not_after;  // of the statement
};

// What an installation believes, read from its store.
struct Trust {
  TrustPolicy policy;
  std::string installation;  // 32 hex digits
  std::vector<RootKey> roots;
  std::vector<PublisherStatement> statements;  // their signatures have been checked
  std::vector<Revocations> revocations;        // likewise
  std::vector<std::string> problems;           // files of the store that are not believed, and why

  // Whether the exact bytes of a manifest are believed as of `at`. `digests`: those by which the package may be
  // revoked. Every refusal has its own reason.
  [[nodiscard]] Result<Judgement> judge(const Manifest& manifest, std::string_view bytes, std::string_view signature,
                                        const std::vector<std::string>& digests, Instant at) const;

  [[nodiscard]] bool revoked(const PublisherStatement& statement) const;

 private:
  [[nodiscard]] Result<const PublisherStatement*> signer(const Manifest& manifest, std::string_view bytes,
                                                         std::string_view signature) const;
};

}  // namespace vestitel
