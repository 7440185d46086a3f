#include <fmt/format.h>

#include <fstream>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "core/base/safe_text.hpp"
#include "core/directory/enrolment.hpp"
#include "core/host/present.hpp"
#include "core/host/verbs.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kPeopleAtOnce = 2'000;
constexpr const char* kPersonExpected =
    "a person (p-3), or - with an identifier as one line on standard input expected";

std::string fault_text(const EnrolmentFault& fault) {
  std::string text = fault.row > 0 ? fmt::format("line {}", fault.row) : "enrolment";
  if (!fault.element.empty()) text += fmt::format(", {}", fault.element);
  return text + ": " + fault.reason;
}

void print_outcome(Context& context, const ImportedPeople& people) {
  if (context.json)
    context.out << nlohmann::ordered_json{{"added", people.added},
                                          {"renewed", people.renewed},
                                          {"unchanged", people.unchanged},
                                          {"refused", people.refused}}
                       .dump()
                << "\n";
  else
    context.out << fmt::format("{} added, {} renewed, {} unchanged, {} refused\n", people.added, people.renewed,
                               people.unchanged, people.refused);
}

// With --json a row of the answer, like the others; in text a line beside it.
void print_refused(Context& context, const EnrolmentFault& fault) {
  if (context.json)
    context.out << dumped({{"refused", {{"line", fault.row}, {"element", fault.element}, {"reason", fault.reason}}}})
                << "\n";
  else
    context.err << "vestitel: " << one_line(fault_text(fault)) << "\n";
}

// Gathers enrolments and applies them in batches.
class People {
 public:
  People(DirectoryStore& directory, ImportedPeople& people) : directory_(directory), people_(people) {}
  void add(Enrolment enrolment) {
    batch_.push_back(std::move(enrolment));
    if (batch_.size() >= kPeopleAtOnce) flush();
  }
  void flush() {
    if (batch_.empty() || error_) return;
    auto outcome = directory_.enrol(batch_);
    batch_.clear();
    if (!outcome) {
      error_ = outcome.error();
      return;
    }
    people_.added += outcome->added;
    people_.renewed += outcome->renewed;
    people_.unchanged += outcome->unchanged;
  }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  DirectoryStore& directory_;
  ImportedPeople& people_;
  std::vector<Enrolment> batch_;
  std::optional<Error> error_;
};

}  // namespace

Result<ImportedPeople> import_people(Context& context, sqlite::Store& store, const std::string& file) {
  std::ifstream opened;
  if (file != "-") {
    opened.open(path_of(context, file), std::ios::binary);
    if (!opened) return {Failure::kNotFound, "reading " + file + ": it cannot be opened"};
  }
  std::istream& in = file == "-" ? context.in : opened;
  ImportedPeople imported;
  People people(store.directory(), imported);
  EnrolmentCsv csv(
      sofia_date(context.clock.now()), [&](Enrolment enrolment) { people.add(std::move(enrolment)); },
      [&](const EnrolmentFault& fault) {
        ++imported.refused;
        print_refused(context, fault);
      });
  std::string chunk(64 * 1024, '\0');
  while (in && !people.error()) {
    in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    csv.feed(std::string_view(chunk).substr(0, static_cast<std::size_t>(in.gcount())));
  }
  csv.finish();
  people.flush();
  if (people.error()) return *people.error();
  return imported;
}

int verb_subscriptions_import(Context& context, const std::string& file) {
  return with_store(context, [&](sqlite::Store& store, const HubConfig&) -> int {
    const auto imported = import_people(context, store, file);
    if (!imported) return fail(context, imported.error());
    print_outcome(context, *imported);
    return imported->refused == 0 ? kExitDone : kExitFailed;
  });
}

int verb_subscriptions_add(Context& context, const SubscribeOptions& options) {
  return with_store(context, [&](sqlite::Store& store, const HubConfig&) -> int {
    if (context.terminal) context.err << "identifier (" << options.id_type << "): " << std::flush;
    const std::string id = input_line(context);
    if (context.terminal) context.err << "address (" << options.channel << "): " << std::flush;
    const std::string address = input_line(context);
    if (id.empty() || address.empty())
      return fail(context, {Failure::kInvalid, std::string("enrolment: standard input ends before the ") +
                                                   (id.empty() ? "identifier" : "address") +
                                                   "; identifier and address expected, a line each"});
    const auto answer = make_enrolment({options.id_type, id, options.channel, address, options.cadence, options.locale},
                                       sofia_date(context.clock.now()));
    if (!answer.enrolment) return fail(context, {Failure::kInvalid, fault_text(answer.fault)});
    const auto outcome = store.directory().enrol({&*answer.enrolment, 1});
    if (!outcome) return fail(context, outcome.error());
    print_outcome(context, {outcome->added, outcome->renewed, outcome->unchanged, 0});
    return kExitDone;
  });
}

int verb_subscriptions_list(Context& context, const std::string& what, const std::string& id_type) {
  if (!names_person(what)) return wrong_word(context, std::string("listing subscriptions: ") + kPersonExpected);
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys& people) -> int {
    const auto person = person_meant(context, people, what, id_type);
    if (!person) return fail(context, person.error());
    const auto listed = look.subscriptions_of(*person);
    if (!listed) return fail(context, listed.error());
    for (const Subscription& s : *listed) {
      if (context.json)
        context.out << nlohmann::ordered_json{{"subject", person_text(s.subject)},
                                              {"recipient", person_text(s.recipient)},
                                              {"channel", to_text(s.channel)},
                                              {"cadence", to_text(s.cadence)},
                                              {"locale", s.locale},
                                              {"reachable", s.reachable}}
                           .dump()
                    << "\n";
      else
        context.out << fmt::format("{} {:<8} {:<10} {} {}\n", person_text(s.recipient), to_text(s.channel),
                                   to_text(s.cadence), s.locale, s.reachable ? "reachable" : "no usable address");
    }
    return kExitDone;
  });
}

int verb_subscriptions_cancel(Context& context, const std::string& what, const std::string& channel_name) {
  if (!names_person(what)) return wrong_word(context, std::string("cancelling a subscription: ") + kPersonExpected);
  return with_store(context, [&](sqlite::Store& store, const HubConfig&) -> int {
    const auto person = person_meant(context, store.people(), what, "egn");
    if (!person) return fail(context, person.error());
    const auto on = channel(channel_name);
    if (!on) return fail(context, {Failure::kInvalid, "cancelling a subscription: no such channel"});
    const auto cancelled = store.directory().cancel(*person, *on);
    if (!cancelled) return fail(context, cancelled.error());
    if (context.json)
      context.out << nlohmann::ordered_json{{"cancelled", *cancelled}}.dump() << "\n";
    else
      context.out << (*cancelled ? "cancelled\n" : "there was none\n");
    return *cancelled ? kExitDone : kExitFailed;
  });
}

}  // namespace vestitel
