// The verbs of the command line. Each returns an exit code; kExitForward asks a running hub to carry it out.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/host/context.hpp"

namespace vestitel {

// run
int verb_run(Context& context);
int verb_check(Context& context, bool connect);
struct DemoOptions {
  std::string state, samples;
};
int verb_demo(Context& context, const DemoOptions& options);

// import
struct ImportOptions {
  std::vector<std::string> files;
  std::string source, partner, as_of;
  bool complete = false;
};
int verb_import(Context& context, const ImportOptions& options);

// look
struct ListOptions {
  std::int64_t after = 0;
  std::size_t limit = 100;
  std::string state;
  std::int64_t document = 0;
};
int verb_status(Context& context);
int verb_metrics(Context& context);
int verb_tail(Context& context, std::size_t lines, bool follow);
int verb_explain(Context& context, const std::string& what, const std::string& id_type);
int verb_documents(Context& context, const ListOptions& options);
int verb_events(Context& context, const ListOptions& options);
int verb_deliveries(Context& context, const ListOptions& options);
int verb_store_check(Context& context);

// sources
int verb_sources_list(Context& context);
int verb_sources_pause(Context& context, const std::string& source);
int verb_sources_resume(Context& context, const std::string& source);
// Shows the cursor, or sets it where `set` is given and `yes` says that it is meant.
int verb_sources_cursor(Context& context, const std::string& source, const std::optional<std::string>& set, bool yes);

// sinks
int verb_sinks_list(Context& context);
struct SinkTestOptions {
  std::string sink, to, channel;  // to: an address, or - for one on standard input; channel "": the sink's first
};
// Sends one trial message, whatever the hub does meanwhile; kExitFailed where the sink did not take it.
int verb_sinks_pause(Context& context, const std::string& sink);
int verb_sinks_resume(Context& context, const std::string& sink);
int verb_sinks_test(Context& context, const SinkTestOptions& options);

// partners
struct PartnerOptions {
  std::string id;
  std::optional<std::string> name, region, receipts_to;
  std::vector<std::string> facilities, instances;  // empty: as they are
  std::string certificate;                         // a PEM file; "": a key is made
  std::uint32_t overlap_days = 14;                 // for which the credentials before stay good
  bool end = false, resume = false;
};
int verb_partners_add(Context& context, const PartnerOptions& options);
int verb_partners_set(Context& context, const PartnerOptions& options);
int verb_partners_rotate(Context& context, const PartnerOptions& options);
int verb_partners_list(Context& context);
int verb_partners_show(Context& context, const std::string& id);

// mend
int verb_quarantine_list(Context& context, const ListOptions& options);
int verb_quarantine_show(Context& context, std::int64_t id);
int verb_quarantine_discard(Context& context, std::int64_t id);
int verb_dead_letters_list(Context& context, const ListOptions& options);
int verb_dead_letters_show(Context& context, std::int64_t id);
struct ReplayOptions {
  std::vector<std::int64_t> ids;
  bool all = false;     // every dead one instead, but none that is held
  std::string channel;  // of --all, those on this channel; "": on any
  bool yes = false;     // whatever it costs
};
int verb_dead_letters_replay(Context& context, const ReplayOptions& options);
int verb_dead_letters_discard(Context& context, std::int64_t id);

// people
struct SubscribeOptions {
  std::string id_type = "egn", channel = "email", cadence = "immediate", locale = "bg";
};
int verb_subscriptions_add(Context& context, const SubscribeOptions& options);
int verb_subscriptions_import(Context& context, const std::string& file);
int verb_subscriptions_list(Context& context, const std::string& person, const std::string& id_type);
int verb_subscriptions_cancel(Context& context, const std::string& person, const std::string& channel);

// What became of an import file, shared with the demo.
struct ImportedPeople {
  std::int64_t added = 0, renewed = 0, unchanged = 0, refused = 0;
};
Result<ImportedPeople> import_people(Context& context, sqlite::Store& store, const std::string& file);

// One line of standard input, without what ends it: LF or CRLF.
std::string input_line(Context& context);

// Prints what was expected in place of a word; returns kExitUsage.
int wrong_word(Context& context, const std::string& message);

// Prints one event with every decision and attempt.
int explain_event(Context& context, LookStore& look, EventId id);

// Whether a delivery is a dead letter, or held; and why there is no dead letter of a number, printed.
bool is_dead_letter(const DeliveryRow& row);
int not_dead(Context& context, LookStore& look, std::int64_t id, const std::string& action);

// Whether `what` can be handed to person_meant().
bool names_person(const std::string& what);

// Who is meant: "p-17", or an identifier of `id_type` read as one line from standard input when `what` is "-". An
// identifier is never taken from the words of the command line: those are seen by everybody on the machine.
Result<PersonId> person_meant(Context& context, sqlite::PersonKeys& people, const std::string& what,
                              const std::string& id_type);

}  // namespace vestitel
