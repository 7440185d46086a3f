// The ids of mails when what comes back about them is read: each carries an HMAC, so that a report names a mail of ours
// or none. Two kinds, because not the same people see them: the mark of the envelope stands in the reverse path and in
// ENVID, the one of the Message-ID also in every answer that quotes it. Neither can be made from the other.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vestitel::mail {

class MailMarks {
 public:
  // Of every mark: 50 characters a-z2-7, which survives a change of case on the way (RFC 4648, base 32).
  static constexpr std::size_t kSize = 50;
  static constexpr std::size_t kLeastKey = 16;

  // `key`: kLeastKey bytes of secret at least.
  explicit MailMarks(std::string key) : key_(std::move(key)) {}

  // The same for every repeat to the same address. Neither key nor address can be read from them.
  std::string envelope(std::string_view idem_key, std::string_view address) const;
  std::string message(std::string_view idem_key, std::string_view address) const;
  // Stands for an address in the memory of a sink; ASCII letters of either case are one. 10 hex digits.
  std::string who(std::string_view address) const;

  struct Found {
    std::string envelope;  // the mark of the envelope, whichever was found
    std::string who;
  };
  // The first mark of ours in `text`: the envelope's, or the one of a Message-ID.
  std::optional<Found> find_envelope(std::string_view text) const { return find(text, Kind::envelope); }
  std::optional<Found> find_message(std::string_view text) const { return find(text, Kind::message); }

 private:
  enum class Kind : char { envelope = 'e', message = 'm' };
  using Subject = std::array<unsigned char, 21>;  // 16 of the mail, 5 of the address
  Subject subject_of(std::string_view idem_key, std::string_view address) const;
  std::string sign(Kind kind, const Subject& subject) const;
  std::optional<Found> find(std::string_view text, Kind kind) const;

  std::string key_;
};

}  // namespace vestitel::mail
