#include "core/plugin/abi_call.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/safe_text.hpp"

namespace vestitel {
namespace {

std::string_view fixed(const char* text, std::uint32_t length, std::size_t capacity) {
  return {text, std::min<std::size_t>(length, capacity)};
}

std::string_view default_text(Failure failure) {
  switch (failure) {
    case Failure::kInvalid: return "the plugin refused the input without saying why";
    case Failure::kConfig: return "the plugin refused its settings without saying why";
    case Failure::kDenied: return "something was not granted to the plugin";
    case Failure::kBusy: return "the plugin asks to be called later";
    case Failure::kCancelled: return "cancelled";
    default: return "the plugin failed without saying why";
  }
}

}  // namespace

std::string_view view(vestitel_str text, std::uint64_t max) {
  if (text.n == 0 || text.n > max || text.p == nullptr) return {};
  return {text.p, static_cast<std::size_t>(text.n)};
}

Failure failure_of(vestitel_rc rc) {
  switch (rc) {
    case VESTITEL_E_DATA:
    case VESTITEL_E_UNSUPPORTED: return Failure::kInvalid;
    case VESTITEL_E_CONFIG:
    case VESTITEL_E_AUTH: return Failure::kConfig;
    case VESTITEL_E_DENIED: return Failure::kDenied;
    case VESTITEL_E_RETRY:
    case VESTITEL_E_RATE:
    case VESTITEL_E_NOMEM: return Failure::kBusy;
    case VESTITEL_E_CANCELLED: return Failure::kCancelled;
    default: return Failure::kInternal;  // a broken contract, a wrong thread, a code nobody knows
  }
}

vestitel_rc rc_of(Failure failure) {
  switch (failure) {
    case Failure::kInvalid:
    case Failure::kConflict: return VESTITEL_E_INVALID;
    case Failure::kConfig: return VESTITEL_E_CONFIG;
    case Failure::kNotFound: return VESTITEL_NOT_FOUND;
    case Failure::kDenied: return VESTITEL_E_DENIED;
    case Failure::kBusy: return VESTITEL_E_RETRY;
    case Failure::kCancelled: return VESTITEL_E_CANCELLED;
    default: return VESTITEL_E_INTERNAL;
  }
}

Error error_of(vestitel_rc rc, const vestitel_error& error) {
  const Failure failure = failure_of(rc);
  const auto path = safe_text(fixed(error.field_path, error.field_path_len, sizeof error.field_path));
  auto text = safe_text(fixed(error.message, error.message_len, sizeof error.message));
  if (text.empty()) text = default_text(failure);
  return {failure, path.empty() ? std::move(text) : path + ": " + text};
}

log::Level level_of(std::int32_t level) {
  if (level <= VESTITEL_LOG_DEBUG) return log::Level::kDebug;
  if (level == VESTITEL_LOG_INFO) return log::Level::kInfo;
  return level == VESTITEL_LOG_WARN ? log::Level::kWarning : log::Level::kError;
}

vestitel_host host_table(void* ctx, std::string_view instance, decltype(vestitel_host::get_service) get_service,
                         decltype(vestitel_host::cancelled) cancelled, decltype(vestitel_host::now_us) now_us) {
  vestitel_host host{};
  host.size = sizeof host;
  host.abi_major = VESTITEL_ABI_MAJOR;
  host.abi_minor = VESTITEL_ABI_MINOR;
  host.ctx = ctx;
  host.name = to_str("vestitel");
  host.version = to_str(VESTITEL_VERSION);
  host.instance_id = to_str(instance);
  host.get_service = get_service;
  host.cancelled = cancelled;
  host.now_us = now_us;
  return host;
}

vestitel_rc fail(vestitel_error* error, vestitel_rc rc, std::string_view message) {
  if (error == nullptr || !VESTITEL_HAS(error, message)) return rc;
  const std::string_view text = cut_utf8(message, sizeof error->message);
  error->rc = rc;
  error->item = UINT64_MAX;
  error->field_path_len = 0;
  error->message_len = static_cast<std::uint32_t>(text.size());
  std::memcpy(error->message, text.data(), text.size());
  return rc;
}

}  // namespace vestitel
