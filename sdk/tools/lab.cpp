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

Reading by_place(std::vector<LabRecord> records, std::vector<Key>* order = nullptr) {
  Reading out;
  for (LabRecord& record : records) {
    Key key{{record.place.line, record.place.column}, 0};
    while (out.contains(key)) ++key.second;
    if (order != nullptr) order->push_back(key);
    out.emplace(key, std::move(record));
  }
  return out;
}

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

// The document with the word changed in the `variant`th way; nothing when there is no such way.
std::optional<std::string> changed(std::string_view document, const Word& word, int variant) {
  std::string out(document);
  char& c = out[variant < 2 ? word.from + word.length - 1 : word.from];
  const char to = other_byte(c, variant == 1 ? -1 : 1);
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

  LabReading read(std::string_view document) {
    ++tries;
    return read_for_lab(reader_, arrival_, document, progress_);
  }

  // Lays what reading the document with this word changed gives beside what it gave as it is.
  void try_word(const Word& word, Reading& known) {
    for (int variant = 0; variant < 3; ++variant) {
      const auto document = changed(document_, word, variant);
      if (!document) continue;
      LabReading read_now = read(*document);
      if (read_now.refused) continue;  // the document as a whole hangs on it
      const Reading now = by_place(std::move(read_now.records));
      if (compare(word, known, now)) return;
      if (variant == 0) note_rejects(word, known, now);
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
  LabReading first = explorer.read(document);
  std::vector<Key> order;
  const Reading reading = by_place(std::move(first.records), &order);
  LabResult result;
  if (const auto& failure = first.refused)
    result.refused =
        (failure->place.line == 0 ? "" : "line " + std::to_string(failure->place.line) + ": ") + failure->error.message;
  sort_by_place(order);
  const std::size_t shown = std::min(limit, order.size());
  result.more = order.size() - shown;
  const std::uint32_t last = shown == 0 ? UINT32_MAX : reach(order, shown);
  result.lines = lines_of(document, last);
  Reading known;
  for (std::size_t i = 0; i < shown; ++i) known.emplace(order[i], reading.at(order[i]));
  if (result.refused.empty()) {
    for (const Word& word : words_of(document, last)) explorer.try_word(word, known);
    explorer.place_the_rest(known);
  }
  for (std::size_t i = 0; i < shown; ++i) result.records.push_back(known.at(order[i]));
  result.tries = explorer.tries;
  return result;
}

}  // namespace vestitel
