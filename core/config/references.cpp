#include "core/config/references.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/json_text.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kMaxSecret = 64 * 1024;

Error unresolved(std::string why) { return {Failure::kConfig, std::move(why)}; }

bool is_credential_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace

std::string belongs_to_another(std::uint32_t owner, const Environment& environment) {
  const std::string name = environment.user_name(owner);
  return fmt::format("belongs to user {}, and you are {}; run the command as that user: sudo -u {} vestitel ...", name,
                     environment.user_name(environment.user()), name);
}

std::optional<std::string> unsafe_secret(const FileFacts& facts, const Environment& environment) {
  if (!facts.regular) return "not a regular file";
  if ((facts.mode & 07U) != 0) return fmt::format("mode {:04o} opens it to everybody", facts.mode);
  if (facts.owner != environment.user() && facts.owner != 0) return belongs_to_another(facts.owner, environment);
  return std::nullopt;
}

Result<ResolvedText> References::resolve(std::string_view text) const {
  ResolvedText out;
  while (!text.empty()) {
    const std::size_t dollar = text.find("${");
    if (dollar == std::string_view::npos) break;
    if (dollar > 0 && text[dollar - 1] == '$') {
      out.text += text.substr(0, dollar - 1);
      out.text += "${";
      text.remove_prefix(dollar + 2);
      continue;
    }
    const std::size_t end = text.find('}', dollar);
    if (end == std::string_view::npos) return unresolved("a reference without its }");
    out.text += text.substr(0, dollar);
    auto value = one(text.substr(dollar + 2, end - dollar - 2), out.secret);
    if (!value) return value.error();
    out.text += *value;
    text.remove_prefix(end + 1);
  }
  out.text += text;
  return out;
}

Result<std::string> References::one(std::string_view reference, bool& secret) const {
  if (reference == "store") {
    if (store_.empty()) return unresolved("${store} where the state folder is not known");
    return store_;
  }
  secret = true;
  const std::size_t colon = reference.find(':');
  const std::string_view kind = reference.substr(0, colon);
  const std::string name(colon == std::string_view::npos ? "" : reference.substr(colon + 1));
  if (kind == "env") {
    const auto value = environment_.variable(name);
    if (!value || value->empty()) return unresolved("${env:" + name + "}, which is not set");
    return *value;
  }
  if (kind == "file") return secret_file(name);
  if (kind == "credential") return credential(name);
  return unresolved("a reference ${" + std::string(kind) + "...} of no known kind");
}

Result<std::string> References::secret_file(const std::string& path) const {
  if (!path.starts_with('/')) return unresolved("${file:" + path + "}, which is not an absolute path");
  auto file = environment_.read(path, kMaxSecret);
  if (!file) return unresolved("${file:" + path + "}: " + file.error().message);
  if (const auto why = unsafe_secret(file->facts, environment_)) return unresolved("${file:" + path + "}: " + *why);
  std::string value = std::move(file->bytes);
  if (value.ends_with('\n')) value.pop_back();
  if (value.ends_with('\r')) value.pop_back();
  if (value.empty()) return unresolved("${file:" + path + "}, which is empty");
  if (!is_utf8(value) || value.find('\0') != std::string::npos)
    return unresolved("${file:" + path + "}, which is not text");
  return value;
}

Result<std::string> References::credential(const std::string& name) const {
  const std::string reference = "${credential:" + name + "}";
  if (!is_credential_name(name)) return unresolved("a credential name that is not a plain word");
  const auto folder = environment_.variable("CREDENTIALS_DIRECTORY");
  if (!folder || folder->empty()) return unresolved(reference + ", but no CREDENTIALS_DIRECTORY is set");
  auto value = secret_file(*folder + "/" + name);
  if (!value) return unresolved(reference + ", which cannot be read: " + value.error().message);
  return value;
}

}  // namespace vestitel
