#include "plugins/sinks/common/dkim.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <utility>

#include "plugins/sinks/common/openssl.hpp"

namespace vestitel::mail {
namespace {

using sinks::bytes_of;
using sinks::Freed;

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kFoldAt = 76;
constexpr int kLeastRsaBits = 1024, kMostRsaBits = 4096;

struct SignedHeader {
  std::string_view name;
  bool once_more;
};
constexpr std::array<SignedHeader, 14> kSigned = {{{"from", true},
                                                   {"reply-to", true},
                                                   {"to", true},
                                                   {"subject", true},
                                                   {"date", true},
                                                   {"message-id", true},
                                                   {"mime-version", false},
                                                   {"content-type", false},
                                                   {"content-transfer-encoding", false},
                                                   {"content-language", false},
                                                   {"auto-submitted", false},
                                                   {"list-id", false},
                                                   {"list-unsubscribe", false},
                                                   {"list-unsubscribe-post", false}}};

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// `text` with each run of blanks as one space; none at the end.
void append_relaxed(std::string& out, std::string_view text) {
  bool blank = false;
  for (const char c : text) {
    if (is_blank(c)) {
      blank = true;
      continue;
    }
    if (std::exchange(blank, false)) out += ' ';
    out += c;
  }
}

std::string name_of(std::string_view field) {
  std::string name(field.substr(0, field.find(':')));
  while (!name.empty() && is_blank(name.back())) name.pop_back();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return name;
}

// Headers by name, from the top of the message to its bottom.
using Headers = std::map<std::string, std::vector<std::string_view>, std::less<>>;

Headers headers_of(std::string_view section) {
  Headers out;
  while (!section.empty()) {
    std::size_t end = section.find(kLineEnd);
    while (end != std::string_view::npos && end + 2 < section.size() && is_blank(section[end + 2])) {
      end = section.find(kLineEnd, end + 2);
    }
    end = std::min(end, section.size());
    const std::string_view field = section.substr(0, end);
    out[name_of(field)].push_back(field);
    section.remove_prefix(std::min(end + kLineEnd.size(), section.size()));
  }
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  out.resize(
      static_cast<std::size_t>(::EVP_EncodeBlock(bytes_of(out), bytes_of(bytes), static_cast<int>(bytes.size()))));
  return out;
}

std::string sha256(std::string_view bytes) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  ::SHA256(bytes_of(bytes), bytes.size(), bytes_of(out));
  return out;
}

// "h=from:to:..." in lines that are not too long.
std::string list_of(const std::vector<std::string>& names) {
  std::string out = "h=";
  std::size_t column = 1 + out.size();
  for (const std::string& name : names) {
    if (&name != &names.front()) {
      out += ':';
      ++column;
    }
    if (column + name.size() + 1 > kFoldAt) {
      out += "\r\n ";
      column = 1;
    }
    out += name;
    column += name.size();
  }
  return out;
}

void append_folded(std::string& out, std::string_view text) {
  while (!text.empty()) {
    out.append("\r\n ").append(text.substr(0, kFoldAt - 2));
    text.remove_prefix(std::min(kFoldAt - 2, text.size()));
  }
}

}  // namespace

std::string_view dkim_key_fault(DkimAlgorithm algorithm, evp_pkey_st& key) {
  if (algorithm == DkimAlgorithm::ed25519_sha256) {
    return ::EVP_PKEY_is_a(&key, "ED25519") == 1 ? "" : "expected a private Ed25519 key as PEM";
  }
  const int bits = ::EVP_PKEY_is_a(&key, "RSA") == 1 ? ::EVP_PKEY_get_bits(&key) : 0;
  const bool fits = bits >= kLeastRsaBits && bits <= kMostRsaBits && sinks::has_sound_numbers(key);
  return fits ? "" : "expected a private RSA key of 1024 to 4096 bits as PEM";
}

std::string relaxed_header(std::string_view field) {
  std::string out = name_of(field) + ':';
  std::string value;
  for (const char c : field.substr(std::min(field.find(':') + 1, field.size()))) {
    if (c != '\r' && c != '\n') value += c;
  }
  const std::size_t start = std::min(value.find_first_not_of(" \t"), value.size());
  append_relaxed(out, std::string_view(value).substr(start));
  return out;
}

std::string relaxed_body(std::string_view body) {
  std::string out;
  out.reserve(body.size() + kLineEnd.size());
  std::size_t text_end = 0;  // behind the last line that is not empty
  while (!body.empty()) {
    const std::size_t end = std::min(body.find(kLineEnd), body.size());
    const std::size_t before = out.size();
    append_relaxed(out, body.substr(0, end));
    const bool empty = out.size() == before;
    out += kLineEnd;
    if (!empty) text_end = out.size();
    body.remove_prefix(std::min(end + kLineEnd.size(), body.size()));
  }
  out.resize(text_end);
  return out;
}

std::string dkim_body_hash(std::string_view body) { return base64(sha256(relaxed_body(body))); }

std::vector<std::string> dkim_signed_names(std::string_view headers) {
  const Headers there = headers_of(headers);
  std::vector<std::string> out;
  for (const SignedHeader& header : kSigned) {
    const auto found = there.find(header.name);
    const std::size_t times = (found == there.end() ? 0 : found->second.size()) + (header.once_more ? 1 : 0);
    out.insert(out.end(), times, std::string(header.name));
  }
  return out;
}

std::string dkim_signed_input(std::string_view headers, const std::vector<std::string>& names,
                              std::string_view signature) {
  Headers left = headers_of(headers);
  std::string out;
  for (const std::string& name : names) {
    const auto found = left.find(name);
    if (found == left.end() || found->second.empty()) continue;  // signs that there is none
    out.append(relaxed_header(found->second.back())).append(kLineEnd);
    found->second.pop_back();
  }
  return out += relaxed_header(signature);
}

std::string dkim_signature(DkimAlgorithm algorithm, evp_pkey_st& key, std::string_view input) {
  const bool rsa = algorithm == DkimAlgorithm::rsa_sha256;
  const std::string hash = rsa ? std::string() : sha256(input);  // RFC 8463, 3: Ed25519 signs the hash
  const std::string_view what = rsa ? input : std::string_view(hash);
  const std::unique_ptr<EVP_MD_CTX, Freed<::EVP_MD_CTX_free>> context(::EVP_MD_CTX_new());
  std::string out(static_cast<std::size_t>(::EVP_PKEY_get_size(&key)), '\0');
  std::size_t size = out.size();
  const EVP_MD* digest = rsa ? ::EVP_sha256() : nullptr;
  if (!context || ::EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, &key) != 1 ||
      ::EVP_DigestSign(context.get(), bytes_of(out), &size, bytes_of(what), what.size()) != 1) {
    return {};
  }
  out.resize(size);
  return out;
}

DkimSigner::DkimSigner(std::string domain, std::vector<DkimKey> keys, std::int64_t lifetime_s)
    : domain_(std::move(domain)), keys_(std::move(keys)), lifetime_s_(lifetime_s) {}

std::string DkimSigner::sign(std::string_view message, std::int64_t now_s) const {
  const std::size_t blank = message.find("\r\n\r\n");
  const std::size_t headers_end = blank == std::string_view::npos ? message.size() : blank + kLineEnd.size();
  const std::string_view headers = message.substr(0, headers_end);
  const std::vector<std::string> names = dkim_signed_names(headers);
  const std::string hash = dkim_body_hash(message.substr(std::min(headers_end + kLineEnd.size(), message.size())));
  std::string out;
  for (const DkimKey& key : keys_) {
    std::string field = "DKIM-Signature: v=1; a=";
    field += key.algorithm == DkimAlgorithm::rsa_sha256 ? "rsa-sha256" : "ed25519-sha256";
    field += "; c=relaxed/relaxed;\r\n d=" + domain_ + ";\r\n s=" + key.selector + ";\r\n t=" + std::to_string(now_s);
    field += "; x=" + std::to_string(now_s + lifetime_s_) + ";\r\n " + list_of(names) + ";\r\n bh=" + hash + ";\r\n b=";
    const std::string signature = dkim_signature(key.algorithm, *key.key, dkim_signed_input(headers, names, field));
    if (signature.empty()) return {};
    append_folded(field, base64(signature));
    out += field += kLineEnd;
  }
  return out;
}

}  // namespace vestitel::mail
