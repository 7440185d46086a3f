#include "plugins/sources/common/record_reader.hpp"

#include <algorithm>

namespace sources {
namespace {

std::string_view text_of(const xmlChar* text) { return reinterpret_cast<const char*>(text); }

bool holds(std::span<const Name> list, Name name) { return std::find(list.begin(), list.end(), name) != list.end(); }

bool names(std::span<const Within> list, Name name) {
  return std::any_of(list.begin(), list.end(), [&](const Within& w) { return w.name == name || w.parent == name; });
}

}  // namespace

RecordReader::RecordReader(const Format& format, Mapping& mapping, vestitel::Input& in, vestitel::Emit& out)
    : format_(format), mapping_(mapping), out_(out), input_(*this, in, out), xml_(input_.xml()) {}

bool RecordReader::read() { return input_.read(); }

void RecordReader::log_counts(const vestitel::Host& host) const {
  host.log(VESTITEL_LOG_INFO, "report_read",
           {{"records", std::to_string(records_)},
            {"quarantined", std::to_string(quarantined_)},
            {"unknown_elements", std::to_string(unknown_)}});
}

// ---- names --------------------------------------------------------------------------------------------------------

// Direct-mapped: a name whose place is taken by another is told again, which costs time and nothing else.
const RecordReader::Meaning& RecordReader::name_of(const xmlChar* key) {
  const auto address = reinterpret_cast<std::uintptr_t>(key);
  Meaning& slot = meanings_[(address ^ (address >> 10)) % meanings_.size()];
  if (slot.key == key) return slot;
  const Name name{name_hash(text_of(key))};
  const bool skipped = holds(format_.skipped, name);
  const bool known = skipped || holds(format_.known, name) || holds(format_.roots, name) || names(format_.head, name) ||
                     names(format_.records, name);
  slot = {key, known ? name : Name{}, known, skipped};
  return slot;
}

bool RecordReader::ours(const xmlChar* uri) {
  if (uri == nullptr) return format_.namespaces.empty();
  for (const Space& space : spaces_) {
    if (space.key == uri) return space.ours;
  }
  const auto& list = format_.namespaces;
  const bool found = std::find(list.begin(), list.end(), text_of(uri)) != list.end();
  spaces_[next_space_++ % spaces_.size()] = {uri, found};
  return found;
}

const RecordReader::Meaning& RecordReader::meaning_of(const XmlTag& tag) {
  static constexpr Meaning kUnknown{};
  const bool named = (in_ == In::record && format_.foreign) || ours(tag.uri);
  const Meaning& meaning = named ? name_of(tag.name) : kUnknown;
  if (!meaning.known) ++unknown_;
  return meaning;
}

bool RecordReader::listed(std::span<const Within> list, Name name) const {
  const Name parent = path_[static_cast<std::size_t>(xml_.depth()) - 2];
  return name.hash != 0 && std::any_of(list.begin(), list.end(), [&](const Within& w) {
           return w.name == name && (w.parent.hash == 0 || w.parent == parent);
         });
}

// ---- the walk -----------------------------------------------------------------------------------------------------

// depth() counts the opened element: 1 is the root.
void RecordReader::open(const XmlTag& tag) {
  if (xml_.depth() == 1) return open_root(tag);
  if (in_ == In::skipped) return;
  const Meaning& meaning = meaning_of(tag);
  path_[static_cast<std::size_t>(xml_.depth()) - 1] = meaning.name;
  if (meaning.skipped) return skip(tag);
  switch (in_) {
    case In::between: return open_between(tag, meaning);
    case In::head: return open_in(head_, tag, meaning);
    case In::record: return open_in(record_, tag, meaning);
    case In::skipped: return;
  }
}

void RecordReader::open_root(const XmlTag& tag) {
  const Name name{name_hash(text_of(tag.name))};
  if (!holds(format_.roots, name)) return xml_.fail("document", "the root is not of this format");
  if (!ours(tag.uri)) return xml_.fail("document", "the root stands in another namespace, or in none");
  path_[0] = name;
  enter(name);
  head_.clear();
  open_in(head_, tag, name_of(tag.name));
}

void RecordReader::enter(Name name) {
  if (const Fault fault = mapping_.enter(name)) xml_.fail(fault.element, fault.reason);
}

void RecordReader::skip(const XmlTag&) {
  around_ = in_;
  in_ = In::skipped;
  skipped_from_ = xml_.depth();
  xml_.collect(nullptr, 0);
}

void RecordReader::open_between(const XmlTag& tag, const Meaning& meaning) {
  if (holds(format_.roots, meaning.name)) enter(meaning.name);
  if (listed(format_.records, meaning.name)) {
    if (!head_checked_) end_head();
    if (xml_.failed()) return;
    ++records_;
    in_ = In::record;
    record_.clear();
    open_in(record_, tag, meaning);
    return input_.begin_record(record_.root().place());
  }
  if (!listed(format_.head, meaning.name)) return;
  if (head_checked_) return xml_.fail(text_of(tag.name), "stands after the first record");
  in_ = In::head;
  open_in(head_, tag, meaning);
}

void RecordReader::open_in(Tree& tree, const XmlTag& tag, const Meaning& meaning) {
  tree.open(meaning.name, xml_.tag_place());
  for (std::size_t i = 0; i < tag.attributes(); ++i) {
    const XmlAttribute attribute = tag.attribute(i);
    if (attribute.uri != nullptr) continue;
    const Meaning& named = name_of(attribute.name);
    if (named.known) {
      tree.attribute(named.name, attribute.value);
    } else {
      ++unknown_;
    }
  }
  collect();
}

// The text that follows belongs to the open element of the tree.
void RecordReader::collect() {
  if (in_ == In::between || in_ == In::skipped) return xml_.collect(nullptr, 0);
  Tree& tree = in_ == In::head ? head_ : record_;
  xml_.collect(tree.too_large() ? nullptr : &tree.text(), tree.room());
}

void RecordReader::close() {
  const int depth = xml_.depth();
  if (depth == 1) {
    if (!head_checked_ && !xml_.failed()) end_head();
    return;
  }
  switch (in_) {
    case In::between: return;
    case In::skipped:
      if (depth == skipped_from_) in_ = around_;
      return collect();
    case In::head:
      head_.close(xml_.overlong());
      if (head_.depth() <= 1) in_ = In::between;
      return collect();
    case In::record:
      record_.close(xml_.overlong());
      if (record_.depth() == 0) end_record();
      return collect();
  }
}

void RecordReader::end_record() {
  in_ = In::between;
  Fault fault;
  if (record_.too_large()) {
    fault = {"record", "holds more than 16,384 elements or 256 KiB of text", {}};
  } else if (record_.text().size() > format_.text) {
    fault = {"record", "holds more text than an event can", {}};
  } else {
    fault = mapping_.record(record_, out_);
  }
  if (fault) {
    ++quarantined_;
    if (fault.place.line == 0) fault.place = record_.root().place();
    input_.quarantine(std::move(fault), !format_.secrets);
  }
  input_.end_record();
}

void RecordReader::end_head() {
  head_checked_ = true;
  head_.close(false);
  if (head_.too_large()) {
    return xml_.fail("document", "holds more than 16,384 elements or 256 KiB of text above its records");
  }
  if (const Fault fault = mapping_.head(head_)) {
    xml_.fail(fault.element, fault.reason);
  }
}

}  // namespace sources
