#include "core/intake/inbox_claim.hpp"

#include <algorithm>

#include "core/base/safe_text.hpp"
#include "core/intake/folder_document.hpp"

namespace vestitel {
namespace {

constexpr std::string_view kForm = "vestitel-inbox-1";
constexpr std::size_t kMostClaim = 4096, kMostName = 120, kHexDigest = 64, kIdDigits = 32;

// Fields that cannot run into each other.
Digest digest_of(std::initializer_list<std::string_view> fields) {
  Sha256 sha;
  for (const auto field : fields) {
    sha.add(std::to_string(field.size()));
    sha.add(":");
    sha.add(field);
  }
  return sha.finish();
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

Result<std::optional<InboxClaim>> read_claim(const Folder& own, const std::string& file) {
  const auto text = own.read_small(file, kMostClaim);
  if (!text) {
    if (text.error().failure == Failure::kNotFound) return std::optional<InboxClaim>();
    return text.error();
  }
  std::string_view rest = *text;
  const std::string_view form = take_line(rest);
  InboxClaim claim{std::string(take_line(rest)), std::string(take_line(rest))};
  if (form != kForm || claim.fingerprint.size() != kHexDigest || claim.name.empty() || !rest.empty())
    return {Failure::kIo, "reading a key of the inbox: " + file + " is not as it was written"};
  return std::optional(std::move(claim));
}

std::string to_text(const InboxClaim& claim) {
  return std::string(kForm) + "\n" + claim.fingerprint + "\n" + claim.name + "\n";
}

std::string inbox_fingerprint(const InboxOrder& order, const Digest& content) {
  return to_hex(digest_of({as_text(content), order.as_of, order.complete ? "complete" : ""}));
}

std::string inbox_id(const InboxOrder& order, const std::string& fingerprint) {
  const bool keyed = !order.key.empty();
  const Digest digest =
      digest_of({order.place.partner, order.place.purpose == Purpose::kTrial ? "trial" : "delivery",
                 order.place.instance, keyed ? "key" : "content", keyed ? std::string_view(order.key) : fingerprint});
  return to_hex(digest).substr(0, kIdDigits);
}

std::string inbox_name(const std::string& id, std::string_view name) {
  std::string safe = safe_text(name, kMostName);
  std::replace(safe.begin(), safe.end(), '/', '_');
  if (safe.find_first_not_of(' ') == std::string::npos) return id;
  static constexpr std::string_view kKept[] = {kSidecarSuffix, kReadySuffix, kReceiptJsonSuffix, kReceiptTextSuffix};
  if (std::any_of(std::begin(kKept), std::end(kKept), [&](auto suffix) { return safe.ends_with(suffix); })) safe += '_';
  return id + "-" + safe;
}

}  // namespace vestitel
