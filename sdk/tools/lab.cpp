#include "sdk/tools/lab.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "sdk/tools/trial.hpp"

namespace vestitel {
namespace {

// Records by where they stand and as the how-manieth there: how one reading is laid beside another.
using Key = std::pair<std::pair<std::uint32_t, std::uint32_t>, int>;
using Reading = std::map<Key, LabRecord>;

std::vector<LabField> fields_of(const EventView& event, Instant as_of) {
  std::vector<LabField> fields;
  const auto add = [&](std::string name, std::string value) {
    if (!value.empty()) fields.push_back({std::move(name), std::move(value), {}});
  };
  add("type", std::string(event.type));
  add("revision", std::string(to_text(event.revision)));
  add("subject", std::string(to_text(event.subject_type)) + ":" + std::string(event.subject));
  add("occurred", show_time(event.occurred_us, event.occurred_date_only));
  if (event.reported_date_only || event.reported_us != to_micros(as_of))
    add("reported", show_time(event.reported_us, event.reported_date_only));
  add("scope", std::string(event.scope));
  add("record", std::string(event.record));
  add("number", std::string(event.document_number));
  add("facility", std::string(event.facility));
  add("practitioner", std::string(event.practitioner));
  std::map<std::string_view, int> repeated;
  for (const auto& [key, value] : event.attributes) {
    const int n = ++repeated[key];
    add(std::string(key) + (n > 1 ? " (" + std::to_string(n) + ")" : ""), std::string(value));
  }
  return fields;
}

class Collecting final : public EventReceiver {
 public:
  explicit Collecting(Instant as_of) : as_of_(as_of) {}
  Result<> receive(EventBatch batch) override {
    for (const auto& item : batch.items) {
      if (item.quarantined) {
        const auto& q = batch.quarantined[item.index];
        keep({q.place, false, std::string(q.element) + ": " + std::string(q.reason), {}});
      } else {
        const auto& e = batch.events[item.index];
        keep({e.place, true, std::string(e.type) + " " + std::string(to_text(e.revision)), fields_of(e, as_of_)});
      }
    }
    return Done{};
  }
  Result<> complete(std::string_view) override { return Done{}; }

  Reading reading;
  std::vector<Key> order;

 private:
  void keep(LabRecord record) {
    Key key{{record.place.line, record.place.column}, 0};
    while (reading.contains(key)) ++key.second;
    order.push_back(key);
    reading.emplace(key, std::move(record));
  }
  const Instant as_of_;
};

struct Word {
  std::size_t from = 0, length = 0;
  LabPlace place;
};

bool is_tail(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}

std::uint32_t characters(std::string_view text) {
  return static_cast<std::uint32_t>(std::count_if(text.begin(), text.end(), [](char c) { return !is_tail(c); }));
}

// The words of the document up to line `last`.
std::vector<Word> words_of(std::string_view document, std::uint32_t last) {
  std::vector<Word> words;
  std::uint32_t line = 1;
  std::size_t begin = 0;  // of the line
  for (std::size_t i = 0; i < document.size() && line <= last;) {
    if (document[i] == '\n') {
      ++line;
      begin = ++i;
      continue;
    }
    std::size_t end = i;
    while (end < document.size() && is_word(document[end])) ++end;
    if (end > i) {
      const std::string_view text = document.substr(i, end - i);
      words.push_back({i, end - i, {line, characters(document.substr(begin, i - begin)) + 1, characters(text)}});
    }
    i = std::max(end, i + 1);
  }
  return words;
}

// Another byte of the same class, so that a number stays one and a text stays UTF-8.
char other(char c, int step) {
  const auto turn = [&](char first, int count) {
    return static_cast<char>(first + (c - first + step + count) % count);
  };
  if (c >= '0' && c <= '9') return turn('0', 10);
  if (c >= 'a' && c <= 'z') return turn('a', 26);
  if (c >= 'A' && c <= 'Z') return turn('A', 26);
  return is_tail(c) ? static_cast<char>(c ^ 1) : c;
}

// The document with the word changed in the `variant`th way; nothing when there is no such way.
std::optional<std::string> changed(std::string_view document, const Word& word, int variant) {
  std::string out(document);
  char& c = out[variant < 2 ? word.from + word.length - 1 : word.from];
  const char to = other(c, variant == 1 ? -1 : 1);
  if (to == c) return std::nullopt;
  c = to;
  return out;
}

// Adjoining places of a field become one where only a character of a date or a decimal stands between.
void add_place(std::string_view document, LabField& field, const Word& word, std::size_t& last_end) {
  const bool joins = !field.from.empty() && field.from.back().line == word.place.line && last_end + 1 == word.from &&
                     std::string_view(".-:/ _").find(document[last_end]) != std::string_view::npos;
  if (joins) {
    field.from.back().length += 1 + word.place.length;
  } else {
    field.from.push_back(word.place);
  }
  last_end = word.from + word.length;
}

class Explorer {
 public:
  Explorer(Reader& reader, const DocumentArrival& arrival, std::string_view document, ChildProgress& progress)
      : reader_(reader), arrival_(arrival), document_(document), progress_(progress) {}

  std::optional<ParseFailure> read(std::string_view document, Collecting& into) {
    ++tries;
    TriedBytes bytes(document, {}, progress_);
    DocumentArrival arrival = arrival_;
    arrival.size = document.size();
    return reader_.parse(arrival, bytes, into);
  }

  // Lays what reading the document with this word changed gives beside what it gave as it is.
  void try_word(const Word& word, Reading& known) {
    for (int variant = 0; variant < 3; ++variant) {
      const auto document = changed(document_, word, variant);
      if (!document) continue;
      Collecting now(arrival_.as_of);
      if (read(*document, now)) continue;  // the document as a whole hangs on it
      if (compare(word, known, now.reading)) return;
      if (variant == 0) note_rejects(word, known, now.reading);
    }
  }

  // A checked number is rejected however it is changed, so that its field has no place yet: it came from the word that
  // the record hangs on and that stands in it.
  void place_the_rest(Reading& known) {
    for (auto& [key, record] : known) {
      for (LabField& field : record.fields) {
        if (!field.from.empty()) continue;
        for (const Word& word : deciding_[key]) {
          const std::string_view text = document_.substr(word.from, word.length);
          if (text.size() > 1 && field.value.find(text) != std::string::npos)
            add_place(document_, field, word, ends_[{key, field.name}]);
        }
      }
    }
  }

  std::size_t tries = 0;

 private:
  bool compare(const Word& word, Reading& known, const Reading& now) {
    bool found = false;
    for (auto& [key, record] : known) {
      const auto beside = now.find(key);
      if (!record.accepted || beside == now.end() || !beside->second.accepted) continue;
      found |= compare_fields(word, key, record, beside->second);
    }
    return found;
  }
  void note_rejects(const Word& word, const Reading& known, const Reading& now) {
    for (const auto& [key, record] : known) {
      const auto beside = now.find(key);
      if (record.accepted && (beside == now.end() || !beside->second.accepted)) deciding_[key].push_back(word);
    }
  }
  bool compare_fields(const Word& word, const Key& key, LabRecord& record, const LabRecord& now) {
    bool found = false;
    for (LabField& field : record.fields) {
      const auto same =
          std::find_if(now.fields.begin(), now.fields.end(), [&](const LabField& f) { return f.name == field.name; });
      if (same != now.fields.end() && same->value == field.value) continue;
      add_place(document_, field, word, ends_[{key, field.name}]);
      found = true;
    }
    return found;
  }

  Reader& reader_;
  const DocumentArrival& arrival_;
  const std::string_view document_;
  ChildProgress& progress_;
  std::map<std::pair<Key, std::string>, std::size_t> ends_;
  std::map<Key, std::vector<Word>> deciding_;  // words without which a record is none
};

std::vector<std::string> lines_of(std::string_view document, std::uint32_t last) {
  std::vector<std::string> lines;
  while (!document.empty() && lines.size() < last) {
    const std::string_view line = document.substr(0, document.find('\n'));
    lines.emplace_back(line);
    document.remove_prefix(std::min(line.size() + 1, document.size()));
  }
  return lines;
}

// In the order of the document, where every record says where it stands.
void sort_by_place(std::vector<Key>& order) {
  if (std::all_of(order.begin(), order.end(), [](const Key& key) { return key.first.first != 0; }))
    std::sort(order.begin(), order.end());
}

// The last line that belongs to the records which are shown: the one before the next record, or the last of all.
std::uint32_t reach(const std::vector<Key>& order, std::size_t shown) {
  if (shown >= order.size() || order[shown].first.first == 0) return UINT32_MAX;
  return std::max(order[shown].first.first - 1, order[shown - 1].first.first);
}

}  // namespace

LabResult explore(Reader& reader, const DocumentArrival& arrival, std::string_view document, std::size_t limit,
                  ChildProgress& progress) {
  Explorer explorer(reader, arrival, document, progress);
  Collecting first(arrival.as_of);
  LabResult result;
  if (const auto failure = explorer.read(document, first))
    result.refused =
        (failure->place.line == 0 ? "" : "line " + std::to_string(failure->place.line) + ": ") + failure->error.message;
  sort_by_place(first.order);
  const std::size_t shown = std::min(limit, first.order.size());
  result.more = first.order.size() - shown;
  const std::uint32_t last = shown == 0 ? UINT32_MAX : reach(first.order, shown);
  result.lines = lines_of(document, last);
  Reading known;
  for (std::size_t i = 0; i < shown; ++i) known.emplace(first.order[i], first.reading.at(first.order[i]));
  if (result.refused.empty()) {
    for (const Word& word : words_of(document, last)) explorer.try_word(word, known);
    explorer.place_the_rest(known);
  }
  for (std::size_t i = 0; i < shown; ++i) result.records.push_back(known.at(first.order[i]));
  result.tries = explorer.tries;
  return result;
}

}  // namespace vestitel
