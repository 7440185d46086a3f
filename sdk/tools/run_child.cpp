#include "sdk/tools/run_child.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <tuple>

#include "core/model/identifier_checks.hpp"
#include "sdk/tools/show.hpp"

namespace vestitel {
namespace {

using nlohmann::json;

constexpr std::size_t kHints = 10, kKept = 10'000;
constexpr std::uint32_t kPollEvents = 1000;
constexpr int kIdlePolls = 3;

struct Counts {
  std::uint64_t events = 0, quarantined = 0, refused_by_hub = 0;
};

// Says each event and record as a line. A commit is a line as well.
class Showing final : public FeedReceiver {
 public:
  Showing(const RunRequest& request, ShowStyle style, ChildProgress& progress, ChildVoice& voice, std::ostream& err,
          Date today)
      : request_(request), style_(style), progress_(progress), voice_(voice), err_(err), today_(today) {}

  Result<> receive(EventBatch batch) override {
    for (const auto& item : batch.items) {
      if (item.quarantined) {
        ++counts_.quarantined;
        keep(batch.quarantined[item.index].place, show_quarantined(batch.quarantined[item.index], style_));
      } else {
        take(batch.events[item.index]);
      }
    }
    if (kept_.size() >= kKept) say_kept();
    return passed();
  }
  Result<> complete(std::string_view scope) override {
    say_kept();
    say(show_complete(scope, style_));
    return passed();
  }
  Result<> commit(std::string_view cursor) override {
    cursor_ = cursor;
    say_kept();
    say(style_.json ? json{{"commit", cursor_}}.dump(-1, ' ', false, json::error_handler_t::replace)
                    : "commit " + cursor_);
    return passed();
  }

  void say(const std::string& line) {
    if (!request_.silent) voice_.say(line + "\n");
  }
  // In the order of the document: a plugin's rejects may overtake the batch in which its events wait.
  void say_kept() {
    const auto placed = [](const Kept& one) { return one.place.line != 0; };
    if (std::all_of(kept_.begin(), kept_.end(), placed)) {
      std::stable_sort(kept_.begin(), kept_.end(), [](const Kept& a, const Kept& b) {
        return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
      });
    }
    for (const Kept& one : kept_) say(one.line);
    kept_.clear();
  }
  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] const std::string& cursor() const { return cursor_; }

 private:
  struct Kept {
    Place place;
    std::string line;
  };
  void keep(Place place, std::string line) {
    if (!request_.silent) kept_.push_back({place, std::move(line)});
  }
  void take(const EventView& event) {
    ++counts_.events;
    keep(event.place, show_event(event, style_));
    const auto fault = identifier_fault(event.subject_type, event.subject, today_);
    const bool known = event_type(event.type).has_value();
    if (known && !fault) return;
    if (++counts_.refused_by_hub > kHints || request_.silent) return;
    err_ << "line " << event.place.line
         << ": the hub will quarantine this event: " << (known ? *fault : "no such event type") << "\n";
  }
  Result<> passed() {
    progress_.tick();
    voice_.send();
    return Done{};
  }

  const RunRequest& request_;
  ShowStyle style_;
  ChildProgress& progress_;
  ChildVoice& voice_;
  std::ostream& err_;
  const Date today_;
  Counts counts_;
  std::string cursor_;
  std::vector<Kept> kept_;
};

// Everything a piece of work needs.
struct Work {
  const RunRequest& request;
  const TryOptions& options;
  std::string_view input;
  ChildProgress& progress;
  ChildVoice& voice;
  ToolOutcome& outcome;
  Instant now;
};

void tell_counts(const Work& work, const Counts& counts) {
  if (work.request.silent || work.request.golden) return;
  if (work.request.json) {
    work.voice.say(json{{"summary",
                         {{"events", counts.events},
                          {"quarantined", counts.quarantined},
                          {"refused_by_hub", counts.refused_by_hub}}}}
                       .dump() +
                   "\n");
    return;
  }
  work.outcome.err << counts.events << (counts.events == 1 ? " event, " : " events, ") << counts.quarantined
                   << " quarantined\n";
}

int failed(const Work& work, const Error& error) {
  return work.request.silent ? kToolFailed : tool_fail(work.outcome, error);
}

std::string rejected(const ParseFailure& failure) {
  return "rejected " + std::to_string(failure.place.line) + ":" + std::to_string(failure.place.column) + " " +
         failure.error.message;
}

int run_reader(const Work& work, Reader& reader) {
  DocumentArrival document = arrival_of(work.request.file, work.options, work.now);
  document.size = work.input.size();
  Mask mask(work.options.show_identifiers || work.request.golden);
  Showing showing(work.request, {mask, document.as_of, work.request.json, work.request.golden}, work.progress,
                  work.voice, work.outcome.err, sofia_date(document.as_of));
  TriedBytes bytes(work.input, work.request.pieces, work.progress);
  work.progress.doing = Doing::kParsing;
  const auto failure = reader.parse(document, bytes, showing);
  showing.say_kept();
  if (!failure) return tell_counts(work, showing.counts()), kToolPassed;
  const bool refused = failure->error.failure == Failure::kInvalid;
  if (work.request.golden && refused) return showing.say(rejected(*failure)), kToolPassed;
  const std::string at = failure->place.line == 0 ? "" : "line " + std::to_string(failure->place.line) + ": ";
  const std::string name = refused ? "the document is rejected: " : "reading " + work.request.file + ": ";
  return failed(work, {failure->error.failure, name + at + failure->error.message});
}

int run_feed(const Work& work, Feed& feed) {
  Mask mask(work.options.show_identifiers || work.request.golden);
  Showing showing(work.request, {mask, work.now, work.request.json, work.request.golden}, work.progress, work.voice,
                  work.outcome.err, sofia_date(work.now));
  std::string cursor = work.request.cursor;
  work.progress.doing = Doing::kPolling;
  for (int idle = 0; idle < kIdlePolls;) {
    const auto answer = feed.poll(cursor, kPollEvents, showing);
    showing.say_kept();
    if (!answer) return failed(work, answer.error().during("polling"));
    if (!answer->more) return tell_counts(work, showing.counts()), kToolPassed;
    idle = showing.cursor() == cursor ? idle + 1 : 0;
    cursor = showing.cursor();
    work.progress.tick();
  }
  return failed(work,
                {Failure::kInvalid, "polling: the feed says that there is more, and its cursor stays where it is"});
}

// Keeps each message's verdict; a second one is a breach.
class Settling final : public SettleReceiver {
 public:
  Settling(std::size_t count, ChildProgress& progress) : verdicts_(count), begun_(count), progress_(progress) {}
  void begin(std::size_t index) override {
    if (index < begun_.size()) begun_[index] = true;
    progress_.tick();
  }
  void settle(std::size_t index, const Verdict& verdict) override {
    if (index < verdicts_.size()) verdicts_[index] = show_verdict(verdict);
    progress_.tick();
  }
  // A message without a verdict is what the hub would make of it.
  [[nodiscard]] std::string verdict(std::size_t index) const {
    if (!verdicts_[index].empty()) return verdicts_[index];
    return begun_[index] ? "unknown: begun, but never settled" : "retry(message,0): never begun";
  }

 private:
  std::vector<std::string> verdicts_;
  std::vector<bool> begun_;
  ChildProgress& progress_;
};

int run_sink(const Work& work, Sink& sink) {
  const auto messages = read_messages(work.input);
  if (!messages) return failed(work, messages.error().during("reading " + work.request.file));
  const std::size_t most = std::max<std::size_t>(sink.limits().max_batch, 1);
  work.progress.doing = Doing::kDelivering;
  for (std::size_t from = 0; from < messages->size(); from += most) {
    const std::size_t count = std::min(most, messages->size() - from);
    Settling settling(count, work.progress);
    const auto done = sink.deliver(std::span(*messages).subspan(from, count), settling);
    for (std::size_t i = 0; i < count && !work.request.silent; ++i) {
      const std::string number = std::to_string(from + i + 1), verdict = settling.verdict(i);
      work.voice.say(work.request.json ? json{{"message", from + i + 1}, {"verdict", verdict}}.dump() + "\n"
                                       : "message " + number + ": " + verdict + "\n");
    }
    work.voice.send();
    if (!done) return failed(work, done.error().during("delivering"));
  }
  return kToolPassed;
}

Result<Message> message_of(const json& line, std::size_t number) {
  const auto text = [&](const char* key, const char* fallback) { return line.value(key, std::string(fallback)); };
  Message message;
  const auto over = channel(text("channel", "email"));
  if (!over) return {Failure::kInvalid, "/channel: email, sms, push, webhook or file is expected"};
  message.outbox_id = static_cast<std::int64_t>(number);
  message.channel = *over;
  message.to = PersonalText(text("to", ""));
  message.title = text("title", "title");
  message.body = text("body", "body");
  message.body_html = text("body_html", "");
  message.data_json = line.contains("data") ? line["data"].dump() : "";
  message.locale = text("locale", "bg");
  message.idem_key = text("idem_key", "");
  if (message.idem_key.empty()) message.idem_key = std::string(31, '0') + std::to_string(number % 10);
  return message;
}

}  // namespace

Result<std::vector<Message>> read_messages(std::string_view json_lines) {
  std::vector<Message> messages;
  for (std::size_t number = 1; !json_lines.empty(); ++number) {
    const std::string_view line = json_lines.substr(0, json_lines.find('\n'));
    json_lines.remove_prefix(std::min(line.size() + 1, json_lines.size()));
    if (line.empty()) continue;
    const json parsed = json::parse(line, nullptr, false);
    const std::string at = "line " + std::to_string(number);
    if (!parsed.is_object()) return {Failure::kInvalid, at + ": not a JSON object"};
    try {  // border: a key of another type
      auto message = message_of(parsed, number);
      if (!message) return message.error().during(at);
      messages.push_back(std::move(*message));
    } catch (const json::exception&) {
      return {Failure::kInvalid, at + ": a key has another type than text"};
    }
  }
  return messages;
}

int run_work(const RunRequest& request, const TryOptions& options, const TryTarget& target, std::string_view input,
             ChildProgress& progress, ChildVoice& voice, ToolOutcome& outcome) {
  const auto now = instant_of(options);
  if (!now) return tool_fail(outcome, now.error());
  const StoppedClock clock(*now);
  const Work work{request, options, input, progress, voice, outcome, *now};
  const auto instance = start_instance(in_process_home(), target, clock, progress);
  if (!instance) return failed(work, instance.error());
  const PluginDescription& plugin = (*instance)->description();
  if (request.file.empty() && !plugin.feed)
    return failed(work, {Failure::kInvalid, plugin.id + " needs a file to run on"});
  if (Reader* reader = (*instance)->reader(); reader != nullptr && !request.file.empty())
    return run_reader(work, *reader);
  if (Sink* sink = (*instance)->sink(); sink != nullptr && !request.file.empty()) return run_sink(work, *sink);
  if (Feed* feed = (*instance)->feed(); feed != nullptr) return run_feed(work, *feed);
  return failed(work, {Failure::kInvalid, plugin.id + " can neither parse, nor poll, nor deliver"});
}

}  // namespace vestitel
