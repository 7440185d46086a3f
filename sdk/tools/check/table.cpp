// The numbers are stable: they are the names of the checks in reports, waivers and pages.
#include "sdk/tools/check/checks.hpp"

namespace vestitel::check {

const std::vector<Check>& table() {
  constexpr bool kError = true, kWarning = false;
  // number, severity, group, title | kinds | runs code of the library | seconds | function
  static const std::vector<Check> all = {
      {{1, kError, 'A', "ELF of the right machine and class"}, kAnyLibrary, false, 10, check_elf_class},
      {{2, kError, 'A', "one exported symbol"}, kAnyLibrary, false, 10, check_one_symbol},
      {{3, kError, 'A', "no unique symbol"}, kAnyLibrary, false, 10, check_no_unique},
      {{4, kError, 'A', "every symbol from a declared dependency"}, kAnyLibrary, false, 20, check_resolved},
      {{5, kError, 'A', "libraries that are allowed or declared"}, kAnyLibrary, false, 10, check_needed},
      {{6, kError, 'A', "no foreign search path, text relocation or executable stack"},
       kAnyLibrary,
       false,
       10,
       check_paths},
      {{7, kWarning, 'A', "hardened"}, kAnyLibrary, false, 10, check_hardening},
      {{8, kError, 'A', "no newer C library than promised"}, kAnyLibrary, false, 10, check_symbol_versions},
      {{9, kError, 'A', "the package is whole"}, kAny, false, 30, check_package},
      {{10, kError, 'A', "the signature is valid"}, kAny, false, 30, check_signature},
      {{11, kError, 'A', "the settings schema is of the supported subset"}, kAny, true, 10, check_schema},
      {{12, kError, 'A', "defaults and examples are valid"}, kAny, true, 10, check_schema_values},
      {{13, kWarning, 'A', "secrets are marked"}, kAny, true, 10, check_secret_keys},
      {{14, kError, 'A', "the version is semver and grows"}, kAny, true, 10, check_version},

      {{15, kError, 'B', "it loads with every symbol bound"}, kAny, false, 10, check_loads},
      {{16, kError, 'B', "loading is quick"}, kAny, false, 20, check_load_time},
      {{17, kError, 'B', "the entry is that of this ABI"}, kAnyLibrary, false, 10, check_entry},
      {{18, kError, 'B', "the descriptor is right and equals the manifest"}, kAny, true, 10, check_descriptor},
      {{19, kError, 'B', "strange ids are turned away"}, kAny, true, 10, check_strange_ids},
      {{20, kError, 'B', "unknown extensions are NULL"}, kAnyLibrary, true, 10, check_unknown_extension},
      {{21, kError, 'B', "init and deinit are counted"}, kAnyLibrary, true, 10, check_counted_init},
      {{22, kError, 'B', "it unloads, again and again"}, kAnyLibrary, true, 20, check_reload},
      {{23, kError, 'B', "nothing is left after destroy"}, kAny, true, 20, check_leaves_nothing},
      {{24, kError, 'B', "two instances are independent"}, kAny, true, 20, check_independent},
      {{25, kError, 'B', "a neighbour does not bind across"}, kAnyLibrary, true, 10, check_neighbour},

      {{26, kError, 'C', "it works on the smallest host"}, kAnyLibrary, true, 20, check_small_host},
      {{27, kError, 'C', "it works on a future host"}, kAnyLibrary, true, 20, check_future_host},
      {{28, kError, 'C', "a withheld service is named"}, kAny, true, 20, check_withheld},
      {{29, kError, 'C', "failing services are not swallowed"}, kAny, true, 30, check_service_errors},
      {{30, kError, 'C', "settings and cursors of the previous release are taken"}, kAny, true, 10, check_previous},

      {{31, kError, 'D', "the sample settings configure and start"}, kAny, true, 15, check_sample_settings},
      {{32, kError, 'D', "bad settings are refused at their key"}, kAny, true, 15, check_bad_settings},
      {{33, kError, 'D', "hostile settings do no harm"}, kAny, true, 20, check_hostile_settings},
      {{34, kError, 'D', "configure reaches nothing outside"}, kAnyLibrary, true, 10, check_configure_quiet},
      {{35, kError, 'D', "check tells good from bad"}, kFeed | kSink, true, 30, check_both_ways},
      {{36, kError, 'D', "calls out of order are refused"}, kAny, true, 20, check_order},
      {{37, kError, 'D', "stop and cancel are heard"}, kAny, true, 30, check_stops},
      {{38, kError, 'D', "a failed start leaks nothing"}, kAnyLibrary, true, 30, check_failed_start},
      {{39, kError, 'D', "secrets stay secret"}, kAny, true, 20, check_secrets},

      {{40, kError, 'E', "samples give the expected events"}, kReader, true, 20, check_golden},
      {{41, kError, 'E', "the same bytes give the same events"}, kReader, true, 20, check_repeatable},
      {{42, kError, 'E', "how bytes are cut means nothing"}, kReader, true, 40, check_chunks},
      {{43, kError, 'E', "hostile bytes do no harm"}, kReader, true, 40, check_hostile_bytes},
      {{44, kError, 'E', "events are whole"}, kReader, true, 20, check_events},
      {{45, kError, 'E', "a bad record costs itself alone"}, kReader, true, 20, check_bad_row},
      {{46, kError, 'E', "a cursor resumes where it stood"}, kFeed, true, 30, check_cursor},
      {{47, kError, 'E', "a kill loses and repeats nothing"}, kFeed, true, 30, check_kill},
      {{48, kError, 'E', "a commit that fails is not lost"}, kFeed, true, 20, check_commit_fails},
      {{49, kWarning, 'E', "time zone and locale mean nothing"}, kSource, true, 20, check_zones},
      {{50, kWarning, 'E', "a clock that goes back means nothing"}, kSource | kLibraries, true, 20, check_clock_back},

      {{51, kError, 'F', "one verdict for each message"}, kSink, true, 30, check_verdicts},
      {{52, kError, 'F', "the same key takes effect once"}, kSink, true, 30, check_idempotent},
      {{53, kError, 'F', "the provider's answers become the right verdicts"}, kSink, true, 60, check_answers},
      {{54, kError, 'F', "a gone address, and nothing else, is contact_dead"}, kSink, true, 30, check_gone},
      {{55, kError, 'F', "limits are kept"}, kSink, true, 30, check_limits},
      {{56, kError, 'F', "nothing can be injected"}, kSink, true, 30, check_injection},
      {{57, kError, 'F', "no message in any log"}, kSink, true, 30, check_body_in_log},
      {{58, kWarning, 'F', "receipts only move forward"}, kSink, true, 20, check_receipts},

      {{59, kError, 'G', "clean under AddressSanitizer and UBSan"}, kAnyLibrary, true, 120, check_address_sanitizer},
      {{60, kError, 'G', "clean under ThreadSanitizer"}, kAnyLibrary, true, 120, check_thread_sanitizer},
      {{61, kError, 'G', "clean under memcheck"}, kAnyLibrary, true, 240, check_memcheck},
      {{62, kError, 'G', "made-up input does no harm"}, kAny, true, 20, check_fuzz},
      {{63, kError, 'G', "no exception crosses"}, kAny, true, 20, check_exceptions},
      {{64, kWarning, 'G', "as fast as declared"}, kSource, true, 20, check_speed},
      {{65, kWarning, 'G', "memory does not grow with events"}, kSource, true, 20, check_memory},
      {{66, kError, 'G', "the same in process and in the runner"}, kAny, true, 30, check_same_in_runner},

      {{67, kError, 'F', "asked, it answers each doubt at most once"}, kSink, true, 30, check_ask_answers},
      {{68, kError, 'F', "asking sends and changes nothing"}, kSink, true, 30, check_ask_changes_nothing},
      {{69, kError, 'F', "a cancel ends an ask"}, kSink, true, 30, check_ask_cancelled},
      {{70, kError, 'F', "asked, it tells what is there from what is not"}, kSink, true, 30, check_ask_tells_apart},
      {{71, kError, 'F', "what the provider does not answer stays unknown"}, kSink, true, 60, check_ask_unanswered},
  };
  return all;
}

}  // namespace vestitel::check
