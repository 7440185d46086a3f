// Source nap-nhifstatus5-feed: asks the register about subscribed people, one after the other and slowly, and says the
// status of each who has one. Whether it is another than before is the hub's to tell. Pace, rounds and settings:
// docs/sources/nap-nhifstatus5.md.
#include <libxml/parser.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include <vestitel/plugin.hpp>

#include "answer.hpp"
#include "ask.hpp"
#include "plugins/sources/common/sofia.hpp"
#include "plugins/sources/common/whole_tree.hpp"
#include "reply.hpp"
#include "walk.hpp"

namespace nap {

using std::chrono::microseconds;
using vestitel::Error;

constexpr vestitel::Field kFields[] = {
    vestitel::field::url("endpoint", "Where the register takes its questions.")
        .by_default("https://nraapp03.nra.bg:4445/nhifrcz/NhifStatus5Port"),
    vestitel::field::text("practice_number", "Number of the facility that asks, ten digits.")
        .required()
        .example("2201999002"),
    vestitel::field::text("practice_eik", "Its number in the commercial register.").required().example("999000113"),
    vestitel::field::secret("password", "Its password with the register."),
    vestitel::field::integer("requests_per_minute", "How many people are asked about in a minute, at most.")
        .by_default("10")
        .range(1, 600),
    vestitel::field::duration("ask_every", "How long nobody is asked about again.")
        .by_default("30d")
        .range(86'400'000, 366LL * 86'400'000),
    vestitel::field::duration("timeout", "Longest wait for an answer.").by_default("30s").range(1'000, 120'000),
    vestitel::field::text(
        "credential_errors",
        "Codes of an Error that says that the practice itself is refused, separated by |: the feed is "
        "paused then.")
        .by_default("3"),
};

struct Person {
  std::string place, pin;
  std::uint32_t kind = 0;
};

class NapNhifstatus5Feed {
 public:
  static constexpr vestitel::Traits kTraits =
      vestitel::Traits()
          .vendor("Vestitel")
          .capabilities(R"({"network":["{endpoint}"],"services":["vestitel.http/1","vestitel.subjects/1"],)"
                        R"("secrets":["password"],"kv_bytes":1024,"libraries":["libxml2.so.2: XML"]})");

  NapNhifstatus5Feed(const vestitel::Settings& settings, const vestitel::Host& host)
      : host_(host),
        endpoint_(settings.url("endpoint")),
        practice_{settings.text("practice_number"), settings.text("practice_eik")},
        credential_errors_(settings.text("credential_errors")),
        per_minute_(settings.integer("requests_per_minute")),
        ask_every_us_(microseconds(settings.duration("ask_every")).count()),
        timeout_(settings.duration("timeout")) {}

  void start() { xmlInitParser(); }

  vestitel::Polled poll(std::string_view cursor, std::uint32_t max_events, vestitel::Emit& out) {
    Walk walk(cursor);
    if (walk.rests(host_.now_us(), ask_every_us_) || !wait_for_turn()) return vestitel::Polled::end;
    counts_ = {};
    const auto failure = ask_some(walk, std::min<std::int64_t>(max_events, per_minute_), out);
    if (counts_.asked > 0) vestitel::Kv(host_).put("next", std::to_string(next_us_));
    if (counts_.asked > 0 || walk.cursor() != cursor) out.commit(walk.cursor());
    log_counts();
    if (failure) throw *failure;
    return vestitel::Polled::end;
  }

 private:
  static constexpr std::int64_t kMinute = 60'000'000, kLongestHold = 24 * 60 * kMinute;
  static constexpr int kMostInRow = 3;  // answers that are no status, before the service is left alone

  struct Counts {
    std::int64_t asked = 0, without_data = 0, refusals = 0, quarantined = 0;
  };

  std::int64_t gap_us() const { return kMinute / per_minute_; }

  // In slices: whoever asks nothing of the host for long is taken for dead. False: cancelled.
  bool pause(std::int64_t us) const {
    for (constexpr std::int64_t kSlice = 5'000'000; us > 0; us -= kSlice)
      if (!vestitel::sleep_for(host_, microseconds(std::min(us, kSlice)))) return false;
    return true;
  }

  // What was kept of the last poll holds over restarts; a clock that was set back does not stop the feed for longer
  // than the longest hold.
  bool wait_for_turn() {
    const std::string kept = vestitel::Kv(host_).get("next").value_or("0");
    std::int64_t next = 0;
    std::from_chars(kept.data(), kept.data() + kept.size(), next);
    const std::int64_t wait = next - host_.now_us();
    if (wait <= 0 || wait > kLongestHold) return true;
    return wait <= kMinute && pause(wait);
  }

  std::vector<Person> people_after(const std::string& place, std::int64_t most, bool& more) const {
    std::vector<Person> people;
    more = vestitel::subjects_after(host_, place, static_cast<std::uint32_t>(most),
                                    [&](std::string_view at, std::uint32_t kind, std::string_view pin) {
                                      people.push_back({std::string(at), std::string(pin), kind});
                                    });
    return people;
  }

  // Asks about at most so many people. What it returns ends the poll, behind the commit of what went well.
  std::optional<Error> ask_some(Walk& walk, std::int64_t most, vestitel::Emit& out) {
    for (bool more = true; more;) {
      for (const Person& person : people_after(walk.place(), most - counts_.asked, more)) {
        if (pin_type(person.kind)) {
          if (out.cancelled() || (counts_.asked > 0 && !pause(gap_us()))) return std::nullopt;
          ++counts_.asked;
          next_us_ = host_.now_us() + gap_us();
          if (auto failure = ask(person, walk, out)) return failure;
        }
        walk.pass(person.place);
      }
      if (more && counts_.asked >= most) return std::nullopt;
    }
    if (!walk.place().empty()) walk.end_round(host_.now_us());
    return std::nullopt;
  }

  vestitel::HttpRequest request_about(const Person& person) const {
    vestitel::HttpRequest request;
    const bool known = host_.with_secret("password", [&](std::string_view password) {
      request = vestitel::HttpRequest::post(
          endpoint_, "text/xml; charset=utf-8",
          request_xml(practice_, password, *pin_type(person.kind), person.pin, host_.now_us()));
    });
    if (!known) throw Error::config("/password", "required, but not set; expected a reference to a secret");
    request.timeout = timeout_;
    request.max_answer = sources::Tree::kText;
    return request;
  }

  // A service that is not to be had passes nobody by; an answer that is no status passes by the person alone.
  std::optional<Error> ask(const Person& person, Walk& walk, vestitel::Emit& out) {
    const vestitel::HttpAnswer answer = vestitel::Http(host_).request(request_about(person));
    const Verdict verdict = verdict_of(answer);
    switch (verdict.meaning) {
      case Meaning::settings: return Error::config("/endpoint", verdict.reason);
      case Meaning::auth: return Error::auth(verdict.reason);
      case Meaning::later:
        next_us_ += std::min(verdict.wait_ms * 1000, kLongestHold - gap_us());
        return Error::retry(verdict.reason, verdict.wait_ms);
      case Meaning::reply: break;
    }
    return read(person, answer.body, walk, out);
  }

  std::optional<Error> read(const Person& person, const std::string& body, Walk& walk, vestitel::Emit& out) {
    const vestitel::Date today = sources::date_in_sofia(host_.now_us());
    sources::Fault fault = sources::read_whole(body, tree_);
    sources::Checks checks(tree_, today);
    Reply reply;
    if (!fault) {
      reply = read_reply(tree_.root(), person.pin, checks);
      fault = checks.fault();
    }
    if (fault) {
      quarantine(fault, body, out);
      return no_status(person, walk);
    }
    if (reply.said == Said::refusal) {
      if (refuses_practice(credential_errors_, reply.code))
        return Error::auth("asking for a status: the register refuses the practice");
      ++counts_.refusals;
      return no_status(person, walk);
    }
    in_row_ = 0;
    if (reply.said == Said::nothing) ++counts_.without_data;
    write_status({{static_cast<std::uint16_t>(person.kind), person.pin}, today}, reply, out, {});
    return std::nullopt;
  }

  std::optional<Error> no_status(const Person& person, Walk& walk) {
    if (++in_row_ < kMostInRow) return std::nullopt;
    walk.pass(person.place);
    return Error::retry("asking for a status: several answers in a row are none");
  }

  // A service may give back what it was asked with.
  void quarantine(const sources::Fault& fault, std::string_view body, vestitel::Emit& out) {
    ++counts_.quarantined;
    bool echoes = false;
    host_.with_secret("password", [&](std::string_view password) {
      echoes = !password.empty() && body.find(password) != std::string_view::npos;
    });
    out.quarantine(fault.place, fault.element, fault.reason, echoes ? std::string_view() : body);
  }

  void log_counts() const {
    if (counts_.asked == 0) return;
    host_.log(VESTITEL_LOG_INFO, "statuses_asked",
              {{"people", std::to_string(counts_.asked)},
               {"without_data", std::to_string(counts_.without_data)},
               {"refusals", std::to_string(counts_.refusals)},
               {"quarantined", std::to_string(counts_.quarantined)}});
  }

  const vestitel::Host& host_;
  const std::string endpoint_;
  const Practice practice_;
  const std::string credential_errors_;
  const std::int64_t per_minute_, ask_every_us_;
  const std::chrono::milliseconds timeout_;
  sources::Tree tree_;
  Counts counts_;             // of the poll that runs
  std::int64_t next_us_ = 0;  // before it nobody is asked about
  int in_row_ = 0;            // answers that were no status, over all polls
};

VESTITEL_EXPORT_FEED(NapNhifstatus5Feed, "org.vestitel.nap-nhifstatus5-feed", "НАП insurance status, asked for",
                     "1.0.0", kFields)

}  // namespace nap
