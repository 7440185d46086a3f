// ${env:X}, ${file:/path}, ${credential:NAME} and ${store} inside a value that has been parsed already.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/config/environment.hpp"

namespace vestitel {

struct ResolvedText {
  std::string text;
  bool secret = false;  // came, wholly or in part, from outside the file: never quoted
};

class References {
 public:
  explicit References(const Environment& environment) : environment_(environment) {}

  // What ${store} stands for; before it is known such a reference fails.
  void set_store(std::string store) { store_ = std::move(store); }

  // Fails closed: a reference that cannot be resolved is an error that names the reference, never a value.
  // "$${" is a literal "${".
  [[nodiscard]] Result<ResolvedText> resolve(std::string_view text) const;

 private:
  [[nodiscard]] Result<std::string> one(std::string_view reference, bool& secret) const;
  [[nodiscard]] Result<std::string> secret_file(const std::string& path) const;
  [[nodiscard]] Result<std::string> credential(const std::string& name) const;

  const Environment& environment_;
  std::string store_;
};

// Why a file that holds a secret must not be used; nothing where it is safe: regular, ours or root's, closed to others.
std::optional<std::string> unsafe_secret(const FileFacts& facts, const Environment& environment);

// "belongs to user vestitel, and you are root; run the command as that user: sudo -u vestitel vestitel ..."
std::string belongs_to_another(std::uint32_t owner, const Environment& environment);

}  // namespace vestitel
