#include "plugins/sinks/common/mail_marks.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>

namespace vestitel::mail {
namespace {

constexpr std::size_t kOfMail = 16, kOfAddress = 5, kOfMac = 10;
using Raw = std::array<unsigned char, kOfMail + kOfAddress + kOfMac>;
using Mac = std::array<unsigned char, EVP_MAX_MD_SIZE>;
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz234567";

// Of "KIND DATA": what is signed for one use proves nothing in another.
Mac mac_of(const std::string& key, char kind, std::string_view data) {
  std::string text(1, kind);
  text.append(" ").append(data);
  Mac out{};
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), out.data(), nullptr);
  return out;
}

std::string_view view_of(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string to_base32(const Raw& raw) {
  std::string out;
  unsigned bits = 0, held = 0;
  for (const unsigned char byte : raw) {
    bits = (bits << 8 | byte) & 0xFFFFU;
    for (held += 8; held >= 5; held -= 5) out += kLetters[bits >> (held - 5) & 31U];
  }
  return out += kLetters[bits << (5 - held) & 31U];
}

std::optional<Raw> from_base32(std::string_view text) {
  Raw raw{};
  unsigned bits = 0, held = 0;
  std::size_t at = 0;
  for (const char c : text) {
    const std::size_t value = kLetters.find(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 5 | static_cast<unsigned>(value)) & 0xFFFFU;
    held += 5;
    if (held < 8 || at == raw.size()) continue;
    held -= 8;
    raw[at++] = static_cast<unsigned char>(bits >> held);
  }
  const bool rest = (bits & ((1U << held) - 1)) != 0;
  return at == raw.size() && !rest ? std::optional(raw) : std::nullopt;
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

bool is_letter(char c) { return kLetters.find(c) != std::string_view::npos || (c >= 'A' && c <= 'Z'); }

}  // namespace

MailMarks::Subject MailMarks::subject_of(std::string_view idem_key, std::string_view address) const {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(idem_key.data()), idem_key.size(), digest.data());
  const Mac person = mac_of(key_, 'a', lowered(address));
  Subject out{};
  std::copy_n(digest.begin(), kOfMail, out.begin());
  std::copy_n(person.begin(), kOfAddress, out.begin() + kOfMail);
  return out;
}

std::string MailMarks::sign(Kind kind, const Subject& subject) const {
  const Mac mac = mac_of(key_, static_cast<char>(kind), view_of(subject.data(), subject.size()));
  Raw raw{};
  std::copy(subject.begin(), subject.end(), raw.begin());
  std::copy_n(mac.begin(), kOfMac, raw.begin() + subject.size());
  return to_base32(raw);
}

std::string MailMarks::envelope(std::string_view idem_key, std::string_view address) const {
  return sign(Kind::envelope, subject_of(idem_key, address));
}

std::string MailMarks::message(std::string_view idem_key, std::string_view address) const {
  return sign(Kind::message, subject_of(idem_key, address));
}

std::string MailMarks::who(std::string_view address) const {
  return hex(view_of(mac_of(key_, 'a', lowered(address)).data(), kOfAddress));
}

// A prefix of the local part may run into the mark, so that every place in a run of letters is tried.
std::optional<MailMarks::Found> MailMarks::find(std::string_view text, Kind kind) const {
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    run = is_letter(text[i]) ? run + 1 : 0;
    if (run < kSize) continue;
    const auto raw = from_base32(text.substr(i + 1 - kSize, kSize));
    if (!raw) continue;
    Subject subject{};
    std::copy_n(raw->begin(), subject.size(), subject.begin());
    const Mac mac = mac_of(key_, static_cast<char>(kind), view_of(subject.data(), subject.size()));
    if (CRYPTO_memcmp(mac.data(), raw->data() + subject.size(), kOfMac) != 0) continue;
    return Found{sign(Kind::envelope, subject), hex(view_of(subject.data() + kOfMail, kOfAddress))};
  }
  return std::nullopt;
}

}  // namespace vestitel::mail
