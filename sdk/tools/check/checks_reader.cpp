// E, readers: numbers 40 to 45.
#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <set>

#include "sdk/tools/check/checks.hpp"
#include "sdk/tools/check/stage.hpp"
#include "sdk/tools/program/program.hpp"

namespace vestitel::check {
namespace {

constexpr std::size_t kMiB = 1 << 20;

// The first line in which two lists differ, for people.
std::string difference(const std::vector<std::string>& wanted, const std::vector<std::string>& got) {
  for (std::size_t i = 0; i < std::max(wanted.size(), got.size()); ++i) {
    if (i >= wanted.size()) return "number " + std::to_string(i + 1) + " too many";
    if (i >= got.size())
      return "number " + std::to_string(i + 1) + " of " + std::to_string(wanted.size()) + " is missing";
    if (wanted[i] == got[i]) continue;
    // Events hold values of people: only where they part is told.
    std::size_t at = 0;
    while (at < wanted[i].size() && at < got[i].size() && wanted[i][at] == got[i][at]) ++at;
    const std::size_t field = wanted[i].rfind(' ', at) == std::string::npos ? 0 : wanted[i].rfind(' ', at) + 1;
    return "number " + std::to_string(i + 1) + " differs in `" +
           wanted[i].substr(field, wanted[i].find_first_of("=: ", field) - field) + "`, at byte " + std::to_string(at);
  }
  return {};
}

// The lines of `got` with everything hidden that the golden file hides: persons by their number, the rest by stars.
std::vector<std::string> masked_like(const std::vector<std::string>& wanted, std::vector<std::string> got) {
  std::map<std::string, int> persons;
  for (std::size_t i = 0; i < got.size(); ++i) {
    // "type revision kind:subject ...": the third word.
    const std::size_t second = got[i].find(' ', got[i].find(' ') + 1), colon = got[i].find(':', second);
    const std::size_t end = std::min(got[i].find(' ', second + 1), got[i].size());
    const std::string like = i < wanted.size() ? wanted[i] : "";
    if (second != std::string::npos && colon < end) {
      const std::string id = got[i].substr(colon + 1, end - colon - 1);
      const int number = persons.try_emplace(id, static_cast<int>(persons.size()) + 1).first->second;
      if (like.find(":person-") != std::string::npos)
        got[i].replace(colon + 1, end - colon - 1, "person-" + std::to_string(number));
    }
    for (std::size_t at = 0; at < std::min(like.size(), got[i].size()); ++at)
      if (like[at] == '*') got[i][at] = '*';
  }
  return got;
}

bool matches(Trial& trial, const char* what, const std::vector<std::string>& wanted,
             const std::vector<std::string>& got_plain) {
  const auto got = masked_like(wanted, got_plain);
  const std::string why = difference(wanted, got);
  return trial.expect(why.empty(), std::to_string(wanted.size()) + " " + what + " as the golden file has them", why);
}

std::unique_ptr<Rig> started(Trial& trial, const vestitel_entry& entry) {
  auto rig = std::make_unique<Rig>(trial, entry);
  if (!begin(trial, *rig)) return nullptr;
  return rig;
}

// One hostile document: it may be refused or read, and nothing else.
bool survives(Trial& trial, Rig& rig, const std::string& what, std::string_view bytes) {
  trial.at("reading " + what);
  const Sample& like = *samples_of(trial).front();
  Sample document;
  document.name = like.name;
  document.partner = like.partner;
  document.media_type = like.media_type;
  const Yield yield = rig.parse(document, in_chunks(bytes));
  if (!trial.expect(!yield.call.threw, "events or E_DATA", "an exception over the border")) return false;
  return trial.expect(yield.call.ok() || yield.call.rc == VESTITEL_E_DATA, "events or E_DATA", yield.call.text());
}

std::string random_bytes(Trial& trial, std::size_t n) {
  std::string bytes(n, '\0');
  for (std::size_t i = 0; i + 8 <= n; i += 8) {
    const std::uint64_t word = trial.random();
    std::copy_n(reinterpret_cast<const char*>(&word), 8, bytes.data() + i);
  }
  return bytes;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

long peak_kib() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return std::max<long>(used.ru_maxrss, programs_peak_kib());
}

// A document whose middle is one line without an end. It never lies in memory here.
bool bounded(Trial& trial, Rig& rig, std::string_view head, const char* what) {
  const std::uint64_t length = trial.long_form() ? std::uint64_t{1} << 30 : std::uint64_t{96} << 20;
  constexpr long kMostKib = 48 * 1024;
  trial.at("reading " + std::string(what) + " of " + std::to_string(length >> 20) + " MiB");
  const long before = peak_kib();
  std::uint64_t given = 0;
  const auto read = [&](std::uint8_t* into, std::uint64_t cap, std::uint64_t* got) -> vestitel_rc {
    *got = std::min<std::uint64_t>({cap, kMiB, head.size() + length - given});
    if (given < head.size()) {
      *got = std::min<std::uint64_t>(*got, head.size() - given);
      std::copy_n(head.data() + given, *got, into);
    } else {
      std::fill_n(into, *got, static_cast<std::uint8_t>('a'));
    }
    given += *got;
    return VESTITEL_OK;
  };
  Sample document = *samples_of(trial).front();
  rig.keep = false;
  const Yield yield = rig.parse(document, read);
  rig.keep = true;
  const long grown = peak_kib() - before;
  if (!trial.expect(yield.call.ok() || yield.call.rc == VESTITEL_E_DATA, "events or E_DATA", yield.call.text()))
    return false;
  return trial.expect(grown <= kMostKib, "bounded memory, at most 48 MiB more",
                      std::to_string(grown / 1024) + " MiB more");
}

// The document with the line that gave event `which` damaged. Empty: no line of its own gave it.
std::string damaged(const std::string& bytes, std::uint32_t line) {
  std::size_t at = 0;
  for (std::uint32_t n = 1; n < line; ++n) {
    at = bytes.find('\n', at);
    if (at == std::string::npos) return {};
    ++at;
  }
  const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
  return bytes.substr(0, at) + "?damaged by the kit?" + bytes.substr(end);
}

bool has_line(const std::vector<vestitel_place>& places, std::uint32_t line) {
  return std::any_of(places.begin(), places.end(), [&](const vestitel_place& place) { return place.line == line; });
}

// A sample with a record that its golden file has in quarantine: the place must be one in the document.
bool golden_places(Trial& trial, Rig& rig, const Sample& sample) {
  const Yield yield = rig.parse(sample);
  const auto lines = static_cast<std::uint32_t>(std::count(sample.bytes.begin(), sample.bytes.end(), '\n')) + 1;
  if (!trial.expect(yield.places.size() == sample.golden->quarantined.size(),
                    std::to_string(sample.golden->quarantined.size()) + " quarantined records",
                    std::to_string(yield.places.size())))
    return false;
  for (const vestitel_place& place : yield.places)
    if (!trial.expect(place.line >= 1 && place.line <= lines, "a line of the document for each quarantined record",
                      "line " + std::to_string(place.line)))
      return false;
  return trial.expect(yield.count == sample.golden->events.size(), "all other records to stay",
                      std::to_string(yield.count));
}

// Damages one row after the other where each row is a record. Skips where the format is no such thing.
bool damaged_rows(Trial& trial, Rig& rig, const Sample& sample, bool& asked) {
  const Yield good = rig.parse(sample);
  const std::set<std::uint32_t> lines(good.event_lines.begin(), good.event_lines.end());
  if (!good.call.ok() || good.events.size() < 2 || lines.size() != good.events.size() || lines.count(0) != 0)
    return true;
  for (std::size_t i = 0; i < std::min<std::size_t>(good.events.size(), 20); ++i) {
    const std::uint32_t line = good.event_lines[i];
    trial.at("reading " + sample.name + " with line " + std::to_string(line) + " damaged");
    Sample bad = sample;
    bad.bytes = damaged(sample.bytes, line);
    const Yield yield = rig.parse(bad);
    if (yield.call.rc == VESTITEL_E_DATA) return true;  // a line is no record of its own in this format
    asked = true;
    std::vector<std::string> others = good.events;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    if (!trial.expect(yield.call.ok(), "OK", yield.call.text())) return false;
    if (!trial.expect(yield.events == others, "the other " + std::to_string(others.size()) + " events to stay",
                      std::to_string(yield.events.size()) + " events"))
      return false;
    if (!trial.expect(has_line(yield.places, line), "a quarantined record of line " + std::to_string(line),
                      yield.places.empty() ? "none" : "line " + std::to_string(yield.places.back().line)))
      return false;
  }
  return true;
}

}  // namespace

void check_golden(Trial& trial) {
  const auto& samples = trial.subject.samples;
  if (std::none_of(samples.begin(), samples.end(), [](const Sample& s) { return s.golden.has_value(); }))
    return static_cast<void>(trial.skip("no sample has a golden file: put NAME.events beside samples/NAME.EXT"));
  const vestitel_entry* entry = load(trial);
  const auto rig = entry == nullptr ? nullptr : started(trial, *entry);
  if (rig == nullptr) return;
  for (const Sample& sample : samples) {
    if (!sample.golden) continue;
    trial.at("reading " + sample.name);
    const Yield yield = rig->parse(sample);
    if (!trial.expect(yield.call.ok(), "OK", yield.call.text())) return;
    if (!matches(trial, "events", sample.golden->events, yield.events) ||
        !matches(trial, "quarantined records", sample.golden->quarantined, yield.quarantined) ||
        !matches(trial, "complete scopes", sample.golden->completed, yield.completed))
      return;
  }
}

void check_repeatable(Trial& trial) {
  if (!needs_sample(trial)) return;
  const vestitel_entry* entry = load(trial);
  const auto first = entry == nullptr ? nullptr : started(trial, *entry);
  const auto second = first == nullptr ? nullptr : started(trial, *entry);
  if (second == nullptr) return;
  second->clock = [now = first->now()] { return now + 3'600'000'000; };
  for (const Sample& sample : trial.subject.samples) {
    trial.at("reading " + sample.name + " twice");
    const Yield once = first->parse(sample), again = first->parse(sample), elsewhere = second->parse(sample);
    if (!trial.expect(once.whole() == again.whole(), "the same events a second time",
                      difference(once.events, again.events)) ||
        !trial.expect(once.whole() == elsewhere.whole(), "the same events from another instance an hour later",
                      difference(once.events, elsewhere.events)))
      return;
    const std::set<std::string> keys(once.keys.begin(), once.keys.end());
    if (!trial.expect(keys.size() == once.keys.size(), "keys (scope and record) that are unique within a document",
                      std::to_string(once.keys.size() - keys.size()) + " repeated"))
      return;
  }
}

void check_chunks(Trial& trial) {
  if (!needs_sample(trial)) return;
  const vestitel_entry* entry = load(trial);
  const auto rig = entry == nullptr ? nullptr : started(trial, *entry);
  if (rig == nullptr) return;
  for (const Sample& sample : trial.subject.samples) {
    const std::string whole = rig->parse(sample).whole();
    for (const std::size_t size : std::initializer_list<std::size_t>{1, 2, 3, 7, 13, 101, 4093}) {
      trial.at("reading " + sample.name + " in pieces of " + std::to_string(size));
      const Yield yield = rig->parse(sample, in_chunks(sample.bytes, [size] { return size; }));
      if (!trial.expect(yield.whole() == whole, "the same as from one piece", "something else")) return;
    }
    for (int split = 0; split < 20; ++split) {
      trial.at("reading " + sample.name + " in random pieces");
      const Yield yield = rig->parse(sample, in_chunks(sample.bytes, [&] { return 1 + trial.random() % 300; }));
      if (!trial.expect(yield.whole() == whole, "the same as from one piece", "something else")) return;
    }
  }
}

void check_hostile_bytes(Trial& trial) {
  const vestitel_entry* entry = load(trial);
  const auto rig = entry == nullptr ? nullptr : started(trial, *entry);
  if (rig == nullptr) return;
  const std::string& sample = samples_of(trial).front()->bytes;
  const std::string_view head = std::string_view(sample).substr(0, sample.size() / 2);
  bool well = bounded(trial, *rig, {}, "a line") && bounded(trial, *rig, head, "a record with a line");
  well = well && survives(trial, *rig, "nothing", "");
  for (std::size_t at = 0; well && at < std::min<std::size_t>(sample.size(), 64 * 1024); at += 64)
    well =
        survives(trial, *rig, "the sample cut at byte " + std::to_string(at), std::string_view(sample).substr(0, at));
  for (int i = 0; well && i < 3; ++i) well = survives(trial, *rig, "1 MiB of random bytes", random_bytes(trial, kMiB));
  std::string zeros = sample, broken = sample;
  for (std::size_t at = 5; at < sample.size(); at += 97) {
    zeros[at] = '\0';
    broken[at] = '\xFF';
  }
  well = well && survives(trial, *rig, "the sample behind a byte order mark", "\xEF\xBB\xBF" + sample) &&
         survives(trial, *rig, "the sample with CRLF", replaced(replaced(sample, "\r\n", "\n"), "\n", "\r\n")) &&
         survives(trial, *rig, "the sample with LF", replaced(sample, "\r\n", "\n")) &&
         survives(trial, *rig, "the sample with CR", replaced(replaced(sample, "\r\n", "\n"), "\n", "\r")) &&
         survives(trial, *rig, "the sample with zero bytes", zeros) &&
         survives(trial, *rig, "the sample with bytes that are not UTF-8", broken) &&
         survives(trial, *rig, "64 KiB of zero bytes", std::string(64 * 1024, '\0'));
}

void check_events(Trial& trial) {
  if (!needs_sample(trial)) return;
  const vestitel_entry* entry = load(trial);
  const auto rig = entry == nullptr ? nullptr : started(trial, *entry);
  if (rig == nullptr) return;
  for (const Sample& sample : trial.subject.samples) {
    trial.at("reading " + sample.name);
    const Yield yield = rig->parse(sample);
    if (!trial.expect(yield.problem.empty(), "events that are whole", yield.problem)) return;
  }
}

void check_bad_row(Trial& trial) {
  if (!needs_sample(trial)) return;
  const vestitel_entry* entry = load(trial);
  const auto rig = entry == nullptr ? nullptr : started(trial, *entry);
  if (rig == nullptr) return;
  bool asked = false;
  for (const Sample& sample : trial.subject.samples) {
    trial.at("reading " + sample.name);
    if (sample.golden && !sample.golden->quarantined.empty()) {
      asked = true;
      if (!golden_places(trial, *rig, sample)) return;
    }
    if (!damaged_rows(trial, *rig, sample, asked)) return;
  }
  if (!asked) trial.skip("no sample holds a bad record, and a line is no record of its own in this format");
}

}  // namespace vestitel::check
