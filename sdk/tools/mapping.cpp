#include "sdk/tools/mapping.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "sdk/tools/mapping_tally.hpp"
#include "sdk/tools/other_values.hpp"
#include "sdk/tools/reading_difference.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kEnough = 3;     // changes that made a difference
constexpr std::size_t kElsewhere = 6;  // values of other places
constexpr std::size_t kQuiet = 6;      // times that the same value of a place did nothing
constexpr std::size_t kShortest = 4;   // what ties two places together is no flag

struct Document {
  DocumentArrival arrival;
  std::string_view bytes;
  Leaves leaves;
  LabReading reading;
  bool whole = false;  // nothing of it is set aside
};

std::string root_of(std::string_view path) { return std::string(path.substr(0, path.find('/'))); }

// A document may come in an envelope: what is the root of another one is where the path begins.
std::string without_envelope(const std::string& path, const std::set<std::string>& roots) {
  for (std::size_t at = path.rfind('/'); at != std::string::npos && at > 0; at = path.rfind('/', at - 1)) {
    if (roots.contains(root_of(std::string_view(path).substr(at + 1)))) return path.substr(at + 1);
  }
  return path;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}
// Whether a value that stands in one document may be put into another: the same bytes mean the same there.
bool is_portable(std::string_view text, LeafForm form) {
  return is_ascii(text) && (form == LeafForm::kJsonLines || text.find_first_of(",;|\t\"'") == std::string_view::npos);
}

class Mapper {
 public:
  Mapper(Reader& reader, ChildProgress& progress) : reader_(reader), progress_(progress) {}

  Result<> take(const DocumentArrival& arrival, const MappingSample& sample) {
    auto leaves = leaves_of(sample.bytes);
    if (!leaves)
      return {Failure::kInvalid, sample.name + " is neither XML nor JSON lines nor a table with a header line"};
    Document one{arrival, sample.bytes, std::move(*leaves), {}, false};
    one.arrival.name = sample.name;
    one.reading = read_for_lab(reader_, one.arrival, one.bytes, progress_);
    if (one.reading.refused) {
      refused_ = sample.name + ": " + one.reading.refused->error.message;
      return Done{};
    }
    const auto& records = one.reading.records;
    one.whole = std::all_of(records.begin(), records.end(), [](const LabRecord& r) { return r.accepted; });
    if (one.leaves.form == LeafForm::kXml) roots_.insert(root_of(one.leaves.all.front().path));
    documents_.push_back(std::move(one));
    return Done{};
  }

  Result<Mapping> map() {
    if (documents_.empty()) return {Failure::kInvalid, "no sample is accepted; " + refused_};
    for (Document& document : documents_) note(document);
    for (const Document& document : documents_) {
      for (const Leaf& leaf : document.leaves.all) try_leaf(document, leaf);
    }
    for (MappingPlace& place : out_.places) settle(place);
    for (MappingPlace& place : out_.places) settle_rare(place);
    settle_found();
    for (const bool own_place : {true, false}) {
      for (const Document& document : documents_) try_together(document, own_place);
      settle_found();
    }
    note_rest();
    return std::move(out_);
  }

 private:
  // The places, values and fields that there are.
  void note(Document& document) {
    std::size_t after = 0;
    for (Leaf& leaf : document.leaves.all) {
      if (document.leaves.form == LeafForm::kXml) leaf.path = without_envelope(leaf.path, roots_);
      auto& places = out_.places;
      auto found = std::find_if(places.begin(), places.end(), [&](const MappingPlace& p) {
        return p.path == leaf.path && p.form == document.leaves.form;
      });
      if (found == places.end()) {
        found = places.insert(places.begin() + static_cast<std::ptrdiff_t>(after), MappingPlace{});
        found->form = document.leaves.form;
        found->path = leaf.path;
      }
      found->tried |= document.whole;
      after = static_cast<std::size_t>(found - places.begin()) + 1;
      auto& values = values_[leaf.path];
      const std::string value(value_of(document, leaf));
      if (is_portable(value, document.leaves.form) && std::find(values.begin(), values.end(), value) == values.end())
        values.push_back(value);
    }
    for (const LabRecord& record : document.reading.records) {
      if (!record.accepted) continue;
      out_.types.insert(type_of(record));
      for (const LabField& field : record.fields) {
        out_.fields[field_name(field)].insert(type_of(record));
        held_[{type_of(record), field_name(field)}].insert(field.value);
      }
    }
  }

  MappingPlace& place(const Leaf& leaf, LeafForm form) {
    return *std::find_if(out_.places.begin(), out_.places.end(),
                         [&](const MappingPlace& p) { return p.path == leaf.path && p.form == form; });
  }

  ReadingDifference read(const Document& document, const std::string& changed) {
    return difference_of(document.reading, read_for_lab(reader_, document.arrival, changed, progress_));
  }

  // What stands elsewhere may make two records one, so that it is tried where little else makes a difference.
  void try_leaf(const Document& document, const Leaf& leaf) {
    std::size_t& quiet = quiet_[{document.bytes.data(), leaf.path, std::string(value_of(document, leaf))}];
    if (quiet == kQuiet) return;
    Seen seen;
    std::size_t made = 0;
    for (const std::string& other : other_values(value_of(document, leaf)))
      made += try_value(document, leaf, other, seen);
    if (made < kEnough) {
      for (const std::string& other : elsewhere(document, leaf)) made += try_value(document, leaf, other, seen);
    }
    try_without(document, leaf, seen, made == 0);
    quiet += seen.fields.empty() && seen.refused.empty() ? 1U : 0U;
    tallies_[{document.leaves.form, leaf.path}].count(seen);
  }
  std::size_t try_value(const Document& document, const Leaf& leaf, const std::string& other, Seen& seen) {
    if (document.leaves.form == LeafForm::kJsonLines && !nlohmann::json::accept(other)) return 0;
    std::string changed(document.bytes);
    changed.replace(leaf.from, leaf.length, other);
    return seen.take(read(document, changed), true);
  }
  void settle(MappingPlace& place) {
    const Tally& tally = tallies_[{place.form, place.path}];
    for (const auto& [field, times] : tally.fields) {
      if (times * 4 < tally.telling) continue;
      place.gives[field] = tally.types.at(field);
      for (const std::string& type : place.gives[field]) told_.emplace(type, field);
    }
    for (const std::string& reason : tally.reasons) {
      if (tally.refused.at(reason) * 2 >= tally.values || is_of_place(reason, place.path))
        place.refused.push_back(reason);
    }
    if (place.gives.empty() && place.refused.empty() && !tally.reasons.empty())
      place.tried = false;  // it does do something
  }

  // What is seldom seen counts where nothing else tells the field.
  void settle_rare(MappingPlace& place) {
    const Tally& tally = tallies_[{place.form, place.path}];
    for (const auto& [field, types] : tally.types) {
      for (const std::string& type : types) {
        if (told_.contains({type, field})) continue;
        place.gives[field].insert(type);
        found_.emplace(type, field);
      }
    }
  }

  static std::string_view value_of(const Document& document, const Leaf& leaf) {
    return document.bytes.substr(leaf.from, leaf.length);
  }
  std::vector<std::string> elsewhere(const Document& document, const Leaf& leaf) {
    std::vector<std::string> out;
    for (const std::string& value : values_[leaf.path]) {
      if (out.size() < kElsewhere && !value.empty() && value != value_of(document, leaf)) out.push_back(value);
    }
    return out;
  }

  // What is not there at all. What it leaves out counts where nothing else tells: a text goes with its code.
  void try_without(const Document& document, const Leaf& leaf, Seen& seen, bool tells) {
    std::string changed(document.bytes);
    if (leaf.cut_length > 0) {
      changed.erase(leaf.cut_from, leaf.cut_length);
    } else if (document.leaves.form == LeafForm::kJsonLines) {
      changed.replace(leaf.from, leaf.length, "null");
    } else {
      changed.erase(leaf.from, leaf.length);
    }
    seen.take(read(document, changed), tells);
  }

  // A value that ties records together has to be changed wherever it stands: in its own place first, which is then a
  // place like others, and in all of them where that is not enough.
  void try_together(const Document& document, bool own_place) {
    std::map<std::pair<std::string_view, std::string_view>, std::vector<const Leaf*>> groups;
    for (const Leaf& leaf : document.leaves.all) {
      const auto value = value_of(document, leaf);
      if (value.size() >= kShortest && value.find_first_of("0123456789") != std::string_view::npos)
        groups[{value, own_place ? std::string_view(leaf.path) : ""}].push_back(&leaf);
    }
    for (const auto& [of, leaves] : groups) {
      if (leaves.size() > 1) try_group(document, of.first, leaves, own_place);
    }
  }
  void try_group(const Document& document, std::string_view value, const std::vector<const Leaf*>& leaves,
                 bool own_place) {
    auto others = elsewhere(document, *leaves.front());
    for (std::string& other : other_values(value)) others.push_back(std::move(other));
    for (const std::string& other : others) {
      std::string changed(document.bytes);
      for (auto leaf = leaves.rbegin(); leaf != leaves.rend(); ++leaf)
        changed.replace((*leaf)->from, (*leaf)->length, other);
      auto difference = read(document, changed);
      std::erase_if(difference.fields, [&](const auto& of) { return told_.contains(of) || of.second == kWhetherTold; });
      if (!difference.refused.empty() || difference.fields.empty()) continue;
      for (const Leaf* leaf : leaves) {
        MappingPlace& to = place(*leaf, document.leaves.form);
        for (const auto& [type, field] : difference.fields) (own_place ? to.gives : to.together)[field].insert(type);
      }
      found_.insert(difference.fields.begin(), difference.fields.end());
    }
  }
  void settle_found() {
    told_.insert(found_.begin(), found_.end());
    found_.clear();
  }

  void note_rest() {
    for (const auto& [of, values] : held_) {
      if (told_.contains(of) || of.second == "type" || of.second == "revision") continue;
      MappingRest& rest = out_.rest[of.second];
      rest.types.insert(of.first);
      rest.values.insert(values.begin(), values.end());
    }
  }

  Reader& reader_;
  ChildProgress& progress_;
  std::vector<Document> documents_;
  std::string refused_;  // the last that was
  std::set<std::string> roots_;
  std::map<std::string, std::vector<std::string>> values_;                     // by path
  std::map<std::pair<std::string, std::string>, std::set<std::string>> held_;  // by type and field
  std::set<std::pair<std::string, std::string>> told_, found_;
  std::map<std::pair<LeafForm, std::string>, Tally> tallies_;
  std::map<std::tuple<const char*, std::string, std::string>, std::size_t> quiet_;  // of a document, path and value
  Mapping out_;
};

}  // namespace

Result<Mapping> map_samples(Reader& reader, const DocumentArrival& arrival, const std::vector<MappingSample>& samples,
                            ChildProgress& progress) {
  Mapper mapper(reader, progress);
  for (const MappingSample& sample : samples) {
    if (auto taken = mapper.take(arrival, sample); !taken) return taken.error();
  }
  return mapper.map();
}

}  // namespace vestitel
