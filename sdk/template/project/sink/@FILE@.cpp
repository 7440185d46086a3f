// @TITLE@: hands each message to a gateway that picks up files from a folder. A file is named by the idempotency key, so
// that a repeat changes nothing.
#include <filesystem>
#include <fstream>
#include <string>
#include <vestitel/plugin.hpp>

constexpr vestitel::Field kFields[] = {
    vestitel::field::text("folder", "Where the gateway picks up its messages.").required().example("/srv/gateway/spool"),
};

class @CLASS@ {
 public:
  static constexpr vestitel::Traits kTraits = vestitel::Traits().idempotent();
  explicit @CLASS@(const vestitel::Settings& settings) : folder_(settings.text("folder")) {}

  void check() const {
    if (!std::filesystem::is_directory(folder_)) throw vestitel::Error::config("/folder", "no such folder");
  }

  vestitel::Verdict deliver(const vestitel::Message& message) {
    if (message.to.empty()) return vestitel::Verdict::permanent("the message has no address");
    std::error_code failed;
    std::filesystem::create_directories(folder_, failed);
    if (failed) return vestitel::Verdict::config_error("making the folder: " + failed.message());
    const auto name = folder_ / (std::string(message.idem_key) + ".json");
    const auto part = folder_ / (std::string(message.idem_key) + ".part");
    if (!write(part, message)) return vestitel::Verdict::retry("writing the message", vestitel::Scope::sink);
    std::filesystem::rename(part, name, failed);  // the gateway never sees half a message
    if (failed) return vestitel::Verdict::retry("moving the message: " + failed.message(), vestitel::Scope::sink);
    return vestitel::Verdict::accepted(std::string(message.idem_key));
  }

 private:
  static bool write(const std::filesystem::path& path, const vestitel::Message& message) {
    std::ofstream file(path, std::ios::trunc);
    file << "{\"to\":" << vestitel::json_quote(message.to) << ",\"text\":" << vestitel::json_quote(message.body) << "}\n";
    file.close();
    return file.good();
  }

  const std::filesystem::path folder_;
};
VESTITEL_SINK(@CLASS@, kFields)
