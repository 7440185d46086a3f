// The checks themselves, by group; table.cpp lists them with their numbers and titles.
#pragma once
#include "sdk/tools/check/trial.hpp"

namespace vestitel::check {

// A. Binary and package; no code is run.
void check_elf_class(Trial&);        // 1
void check_one_symbol(Trial&);       // 2
void check_no_unique(Trial&);        // 3
void check_resolved(Trial&);         // 4
void check_needed(Trial&);           // 5
void check_paths(Trial&);            // 6
void check_hardening(Trial&);        // 7
void check_symbol_versions(Trial&);  // 8
void check_package(Trial&);          // 9
void check_signature(Trial&);        // 10
void check_schema(Trial&);           // 11
void check_schema_values(Trial&);    // 12
void check_secret_keys(Trial&);      // 13
void check_version(Trial&);          // 14

// B. Load and identity.
void check_loads(Trial&);              // 15
void check_load_time(Trial&);          // 16
void check_entry(Trial&);              // 17
void check_descriptor(Trial&);         // 18
void check_strange_ids(Trial&);        // 19
void check_unknown_extension(Trial&);  // 20
void check_counted_init(Trial&);       // 21
void check_reload(Trial&);             // 22
void check_leaves_nothing(Trial&);     // 23
void check_independent(Trial&);        // 24
void check_neighbour(Trial&);          // 25

// C. Compatibility.
void check_small_host(Trial&);      // 26
void check_future_host(Trial&);     // 27
void check_withheld(Trial&);        // 28
void check_service_errors(Trial&);  // 29
void check_previous(Trial&);        // 30

// D. Settings and life cycle.
void check_sample_settings(Trial&);   // 31
void check_bad_settings(Trial&);      // 32
void check_hostile_settings(Trial&);  // 33
void check_configure_quiet(Trial&);   // 34
void check_both_ways(Trial&);         // 35
void check_order(Trial&);             // 36
void check_stops(Trial&);             // 37
void check_failed_start(Trial&);      // 38
void check_secrets(Trial&);           // 39

// E. Sources.
void check_golden(Trial&);         // 40
void check_repeatable(Trial&);     // 41
void check_chunks(Trial&);         // 42
void check_hostile_bytes(Trial&);  // 43
void check_events(Trial&);         // 44
void check_bad_row(Trial&);        // 45
void check_cursor(Trial&);         // 46
void check_kill(Trial&);           // 47
void check_commit_fails(Trial&);   // 48
void check_zones(Trial&);          // 49
void check_clock_back(Trial&);     // 50

// F. Sinks.
void check_verdicts(Trial&);     // 51
void check_idempotent(Trial&);   // 52
void check_answers(Trial&);      // 53
void check_gone(Trial&);         // 54
void check_limits(Trial&);       // 55
void check_injection(Trial&);    // 56
void check_body_in_log(Trial&);  // 57
void check_receipts(Trial&);     // 58

// G. Robustness and speed.
void check_address_sanitizer(Trial&);  // 59
void check_thread_sanitizer(Trial&);   // 60
void check_memcheck(Trial&);           // 61
void check_fuzz(Trial&);               // 62
void check_exceptions(Trial&);         // 63
void check_speed(Trial&);              // 64
void check_memory(Trial&);             // 65
void check_same_in_runner(Trial&);     // 66

// F again: sinks that can be asked what became of a message.
void check_ask_answers(Trial&);          // 67
void check_ask_changes_nothing(Trial&);  // 68
void check_ask_cancelled(Trial&);        // 69
void check_ask_tells_apart(Trial&);      // 70
void check_ask_unanswered(Trial&);       // 71

}  // namespace vestitel::check
