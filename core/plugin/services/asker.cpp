#include "core/plugin/services/asker.hpp"

#include <vestitel/abi.h>

#include "core/base/safe_text.hpp"

namespace vestitel {

wire::Outcome outcome_of(const Asked& asked) {
  wire::Outcome outcome;
  outcome.rc = asked.rc;
  outcome.retry_after_ms = asked.retry_after_ms;
  outcome.field_path = asked.field_path;
  outcome.message = cut_utf8(asked.message, sizeof(vestitel_error::message));
  outcome.data = asked.data;
  return outcome;
}

}  // namespace vestitel
