// Standard Webhooks: HMAC-SHA256 over "id.timestamp.body", once with each secret, so that a receiver goes on while a
// secret changes hands.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vestitel::webhook {

// The keys of one instance. They are wiped when it ends, and never printed.
class Signer {
 public:
  static constexpr std::size_t kMostSecrets = 8;

  // `secrets`: one to eight "whsec_BASE64" of 24 to 64 bytes with blanks or line ends between, the newest first. None:
  // one of them is not of that form.
  static std::optional<Signer> create(std::string_view secrets);

  Signer(Signer&&) noexcept = default;
  Signer& operator=(Signer&&) noexcept = default;
  ~Signer();

  // The value of webhook-signature: "v1,BASE64" for each secret, with a blank between.
  std::string sign(std::string_view id, std::int64_t timestamp, std::string_view body) const;

 private:
  Signer() = default;
  std::vector<std::string> keys_;
};

// An id for several messages together, the same for the same ones in the same order.
std::string joint_id(const std::vector<std::string_view>& ids);

}  // namespace vestitel::webhook
