#include "sdk/tools/shadow_child.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/os_error.hpp"
#include "core/base/safe_text.hpp"
#include "core/plugin/instance.hpp"
#include "core/plugin/package/files.hpp"
#include "sdk/tools/program/program.hpp"

namespace vestitel {
namespace {

using nlohmann::ordered_json;

std::string dumped(const ordered_json& line) {
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string place_text(Place place) {
  if (place.line == 0) return "";
  return "line " + std::to_string(place.line) + (place.column > 0 ? ", column " + std::to_string(place.column) : "");
}

class FileStream final : public ByteStream {
 public:
  explicit FileStream(int fd) : fd_(fd) {}
  Result<std::size_t> read(std::span<char> into) override {
    const ssize_t n = ::pread(fd_, into.data(), into.size(), at_);
    if (n < 0) return {Failure::kIo, "reading the document: " + os_error()};
    at_ += n;
    return static_cast<std::size_t>(n);
  }

 private:
  int fd_;
  off_t at_ = 0;
};

// Writes down what comes, less what must not be seen.
class Notes final : public EventReceiver {
 public:
  Notes(std::string& out, const SecretKey& salt) : out_(out), hmac_(salt) {}

  Result<> receive(EventBatch batch) override {
    for (const auto& item : batch.items)
      out_ += item.quarantined ? line_of(batch.quarantined[item.index]) : line_of(batch.events[item.index]);
    return Done{};
  }
  Result<> complete(std::string_view scope) override {
    out_ += dumped({{"key", "complete " + std::string(scope)}, {"place", ""}, {"fields", ordered_json::object()}});
    return Done{};
  }

 private:
  std::string hidden(std::string_view value) { return "hidden:" + to_hex(hmac_.of({value})).substr(0, 16); }

  std::string line_of(const EventView& e) {
    std::map<std::string, std::string> fields = {
        {"revision", std::string(to_text(e.revision))},
        {"subject.type", std::to_string(static_cast<int>(e.subject_type))},
        {"subject", hidden(e.subject)},
        {"occurred", std::to_string(e.occurred_us) + (e.occurred_date_only ? " date" : "")},
        {"reported", std::to_string(e.reported_us) + (e.reported_date_only ? " date" : "")},
        {"document_number", std::string(e.document_number)},
        {"facility", std::string(e.facility)},
        {"practitioner", hidden(e.practitioner)}};
    for (const auto& a : e.attributes) {
      auto& value = fields["attribute " + std::string(a.key)];
      value += (value.empty() ? "" : " | ") + std::string(a.value);
    }
    return dumped({{"key", std::string(e.type) + ' ' + std::string(e.scope) + '/' + std::string(e.record)},
                   {"place", place_text(e.place)},
                   {"fields", fields}});
  }
  std::string line_of(const QuarantinedView& q) {
    return dumped({{"key", "quarantined " + place_text(q.place)},
                   {"place", place_text(q.place)},
                   {"fields", {{"element", safe_text(q.element)}, {"reason", safe_text(q.reason)}}}});
  }

  std::string& out_;
  Hmac hmac_;
};

}  // namespace

Result<std::string> read_in_shadow(const ShadowVersion& version, int document, const std::string& name,
                                   const ShadowOptions& options, const SecretKey& salt) {
  auto file = open_checked(version.library, version.sha256, options.owners);
  if (!file) return file.error();
  const auto library = is_program(version.library) ? load_plugin(version.library)
                                                   : PluginLibrary::adopt_opened(std::move(*file), version.library);
  if (!library) return library.error();
  const SystemClock clock;
  HostContext context;
  context.instance = "shadow";
  context.clock = &clock;
  auto created = create_in_process(**library, version.plugin, context);
  if (!created) return created.error();
  PluginInstance& instance = **created;
  if (instance.reader() == nullptr) return {Failure::kInvalid, "it is no reader"};
  if (auto done = instance.configure(options.settings); !done) return done.error();
  if (auto done = instance.start(); !done) return done.error();
  struct stat status {};
  if (::fstat(document, &status) != 0) return {Failure::kIo, "reading the document: " + os_error()};
  DocumentArrival arrival;
  arrival.instance = context.instance;
  arrival.partner = options.partner;
  arrival.name = name;
  arrival.size = static_cast<std::uint64_t>(status.st_size);
  arrival.as_of = arrival.arrived = options.as_of;
  std::string out;
  Notes notes(out, salt);
  FileStream bytes(document);
  if (const auto failure = instance.reader()->parse(arrival, bytes, notes))
    out += dumped({{"failed", place_text(failure->place) + (failure->place.line > 0 ? ": " : "") +
                                  safe_text(failure->error.message)}});
  return out;
}

}  // namespace vestitel
