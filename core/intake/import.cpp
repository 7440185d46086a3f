#include "core/intake/import.hpp"

#include <fcntl.h>

#include <cerrno>

#include "core/base/os_error.hpp"
#include "core/intake/document_file.hpp"
#include "core/intake/folder.hpp"
#include "core/intake/sidecar.hpp"

namespace vestitel {
namespace {

Result<DocumentFile> open_import(const std::string& path) {
  OwnedFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd) {
    const Failure failure = errno == ENOENT ? Failure::kNotFound : errno == EACCES ? Failure::kDenied : Failure::kIo;
    return {failure, os_error()};
  }
  auto file = DocumentFile::take(std::move(fd), false);
  if (!file) return file.error();
  if (file->state().size == 0) return {Failure::kInvalid, "the file is empty"};
  if (file->state().size > kMaxDocumentBytes) return {Failure::kInvalid, "the file is larger than 4 GiB"};
  return file;
}

Result<std::string> document_name(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  if (name.empty() || name_fault(name) == NameFault::kNotText)
    return {Failure::kInvalid, "the name of the file is no UTF-8 text or holds control characters"};
  return name;
}

}  // namespace

Result<IntakeOutcome> import_file(const ImportRequest& request, DocumentIntake& intake, const Clock& clock,
                                  const std::stop_token& stop,
                                  const std::function<void(const ImportProgress&)>& progress) {
  const auto name = document_name(request.path);
  if (!name) return name.error().during("importing a file");
  const std::string action = "importing " + *name;
  if (request.as_of)
    if (const auto fault = as_of_fault(*request.as_of, clock.now()))
      return Error{Failure::kInvalid, std::string(*fault)}.during(action);
  auto file = open_import(request.path);
  if (!file) return file.error().during(action);
  const std::uint64_t total = file->state().size;
  const auto tell = [&](ImportPhase phase, std::uint64_t bytes, std::uint64_t items) {
    if (progress) progress({phase, bytes, total, items});
  };
  const auto digest = file->digest(stop, [&](std::uint64_t done) { tell(ImportPhase::kDigest, done, 0); });
  if (!digest) return digest.error().during(action);
  DocumentArrival arrival;
  arrival.instance = request.instance;
  arrival.partner = request.partner;
  arrival.name = *name;
  arrival.media_type = request.media_type;
  arrival.size = total;
  arrival.sha256 = *digest;
  arrival.arrived = clock.now();
  arrival.as_of = request.as_of.value_or(arrival.arrived);
  arrival.complete = request.complete;
  IntakeControl control;
  control.stop = stop;
  control.progress = [&](const IntakeProgress& p) { tell(ImportPhase::kReading, p.bytes, p.items); };
  auto outcome = intake.run(arrival, *file, control);
  if (!outcome) return outcome.error().during(action);
  return outcome;
}

}  // namespace vestitel
