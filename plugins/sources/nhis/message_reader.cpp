#include "message_reader.hpp"

#include <algorithm>
#include <functional>

#include "names.hpp"
#include "signature.hpp"

namespace nhis {
namespace {

using namespace sources::literals;
using sources::Fault;
using sources::Name;
using sources::Node;

constexpr std::string_view kSpaces[] = {"https://www.his.bg", "http://www.his.bg/"};
constexpr std::string_view kBundleSpace = "urn:vestitel:nhis-messages:1";
constexpr std::string_view kSignatureSpace = "http://www.w3.org/2000/09/xmldsig#";
constexpr std::size_t kSeen = 50'000;  // ids of messages that are remembered
constexpr const char* kTooLarge = "holds more than 16,384 elements or 256 KiB of text";

std::string_view text_of(const xmlChar* text) { return reinterpret_cast<const char*>(text); }

// R002 answers R001; X099 any request of its letter.
bool answers(std::string_view reply, std::string_view request) {
  if (reply.size() != 4 || request.size() != 4 || reply[0] != request[0]) return false;
  if (reply.substr(1) == "099") return true;
  const auto number = [](std::string_view t) { return (t[1] - '0') * 100 + (t[2] - '0') * 10 + t[3] - '0'; };
  return number(reply) == number(request) + 1;
}

bool tells_results(Part part) { return part == Part::fetched || part == Part::dispensed; }

}  // namespace

MessageReader::MessageReader(const Settings& settings, const vestitel::Host& host, vestitel::Input& in,
                             vestitel::Emit& out)
    : settings_(settings),
      host_(host),
      out_(out),
      input_(*this, in, out, settings.trust != nullptr ? TrustStore::kLargest : sources::Tape::kRecord),
      xml_(input_.xml()),
      today_(vestitel::latest_date_in_sofia(host.now_us())),
      ledger_(settings, out) {}

void MessageReader::read() {
  if (!input_.read()) return;
  ledger_.finish();
  log_counts();
}

void MessageReader::log_counts() const {
  host_.log(VESTITEL_LOG_INFO, "messages_read",
            {{"messages", std::to_string(messages_)},
             {"told", std::to_string(ledger_.told())},
             {"quarantined", std::to_string(quarantined_ + ledger_.quarantined())},
             {"without_activity", std::to_string(others_)},
             {"errors", std::to_string(errors_)},
             {"duplicates", std::to_string(duplicates_)},
             {"unknown_elements", std::to_string(unknown_)}});
}

// ---- the walk -----------------------------------------------------------------------------------------------------

MessageReader::Space MessageReader::space_of(const xmlChar* uri) {
  if (uri == nullptr) return Space::none;
  if (uri == last_uri_) return last_space_;
  last_uri_ = uri;
  return last_space_ = space_named(text_of(uri));
}

MessageReader::Space MessageReader::space_named(std::string_view text) {
  if (text == kSpaces[0] || text == kSpaces[1]) return Space::ours;
  if (text == kBundleSpace) return Space::bundle;
  return text == kSignatureSpace ? Space::signature : Space::other;
}

void MessageReader::open(const sources::XmlTag& tag) {
  if (xml_.depth() > 1 && in_ == In::skipped) return;
  const Space space = space_of(tag.uri);
  const std::string_view name = text_of(tag.name);
  if (xml_.depth() == 1) return open_root(tag, space, name);
  switch (in_) {
    case In::bundle:
      if (space == Space::ours && name == "message") return begin_message();
      break;
    case In::message: return open_in_message(tag, space, name);
    case In::contents: return open_in_contents(tag, space, name);
    case In::signature: return open_in_signature(space, name);
    default: return open_in_tree(tag, space);
  }
  ++unknown_;
  around_ = in_;
  in_ = In::skipped;
  skipped_from_ = xml_.depth();
}

void MessageReader::open_root(const sources::XmlTag& tag, Space space, std::string_view name) {
  if (space == Space::ours && name == "message") return begin_message();
  if (space == Space::bundle && name == "messages") {
    in_ = In::bundle;
    read_mark(tag);
  } else if (name == "message" || name == "messages") {
    xml_.fail("document", "the root stands in another namespace, or in none");
  } else {
    xml_.fail("document", "the root is neither message nor messages");
  }
}

void MessageReader::read_mark(const sources::XmlTag& tag) {
  for (std::size_t i = 0; i < tag.attributes(); ++i) {
    const auto attribute = tag.attribute(i);
    if (attribute.uri != nullptr) continue;
    if (text_of(attribute.name) == "next") mark_.next = attribute.value;
    if (text_of(attribute.name) == "more") mark_.more = attribute.value;
  }
}

void MessageReader::open_in_message(const sources::XmlTag& tag, Space space, std::string_view name) {
  if (space == Space::ours && name == "header") {
    if (has_header_) bad("header", "stands twice", xml_.tag_place());
    has_header_ = true;
    return begin_tree(In::header, header_tree_, tag);
  }
  if (space == Space::ours && name == "contents") {
    if (has_contents_) bad("contents", "stands twice", xml_.tag_place());
    if (!has_header_) bad("contents", "stands before the header", xml_.tag_place());
    has_contents_ = true;
    in_ = In::contents;
    contents_.clear();
    contents_.open("contents"_n, xml_.tag_place());
    return;
  }
  if (space == Space::signature && name == "Signature") {
    signatures_->message = true;
    in_ = In::signature;
    skipped_from_ = xml_.depth();
    return;
  }
  if (space == Space::ours && name == "patientSignature") signatures_->patient = true;
  if (space != Space::signature && !(space == Space::ours && names_(tag.name).known)) ++unknown_;
  around_ = In::message;
  in_ = In::skipped;
  skipped_from_ = xml_.depth();
}

// Of a signature the certificate and the value are kept; the rest is for who checks it.
void MessageReader::open_in_signature(Space space, std::string_view name) {
  constexpr std::size_t kMost = 16 * 1024;
  std::string* text = nullptr;
  if (space == Space::signature && name == "X509Certificate") text = &certificate_;
  if (space == Space::signature && name == "SignatureValue") text = &value_;
  signature_text_ = text != nullptr && text->empty() ? text : nullptr;
  xml_.collect(signature_text_, kMost);
}

void MessageReader::end_in_signature() {
  if (signature_text_ != nullptr && xml_.overlong()) signature_text_->clear();
  signature_text_ = nullptr;
  xml_.collect(nullptr, 0);
  if (xml_.depth() == skipped_from_) in_ = In::message;
}

// Of what carries no activity only an error is looked for.
void MessageReader::open_in_contents(const sources::XmlTag& tag, Space space, std::string_view name) {
  const bool ours = space == Space::ours;
  if (ours && name == "error") refused_ = true;
  const Part part = header_.meaning == nullptr ? Part::none : header_.meaning->part;
  if (!fault_ && ours && name == "results" && tells_results(part)) {
    ++results_;
    input_.begin_record(xml_.tag_place());
    return begin_tree(In::result, result_, tag);
  }
  if (!fault_ && part != Part::none && part != Part::unread && !refused_) {
    in_ = In::part;
    tree_ = &contents_;
    return open_in_tree(tag, space);
  }
  around_ = In::contents;
  in_ = In::skipped;
  skipped_from_ = xml_.depth();
}

void MessageReader::begin_tree(In in, sources::Tree& tree, const sources::XmlTag& tag) {
  in_ = in;
  tree_ = &tree;
  tree.clear();
  open_in_tree(tag, Space::ours);
}

void MessageReader::open_in_tree(const sources::XmlTag& tag, Space space) {
  const Known known = space == Space::ours ? names_(tag.name) : Known{};
  if (!known.known) ++unknown_;
  tree_->open(known.name, xml_.tag_place());
  for (std::size_t i = 0; i < tag.attributes(); ++i) {
    const auto attribute = tag.attribute(i);
    const Known named = attribute.uri == nullptr ? names_(attribute.name) : Known{};
    if (named.name.hash != 0) tree_->attribute(named.name, attribute.value);
    if (!named.known) ++unknown_;
  }
  collect();
}

// The text that follows belongs to the open element of the tree.
void MessageReader::collect() {
  const bool kept = in_ == In::header || in_ == In::part || in_ == In::result;
  xml_.collect(kept && !tree_->too_large() ? &tree_->text() : nullptr, kept ? tree_->room() : 0);
}

void MessageReader::close() {
  switch (in_) {
    case In::bundle: return;
    case In::message: return end_message();
    case In::contents:
      in_ = In::message;
      contents_.close(false);
      return;
    case In::signature: return end_in_signature();
    case In::skipped:
      if (xml_.depth() == skipped_from_) in_ = around_;
      return;
    default: break;
  }
  tree_->close(xml_.overlong());
  if (xml_.depth() == message_depth_ + (in_ == In::header ? 1 : 2)) end_tree();
  collect();
}

void MessageReader::end_tree() {
  if (in_ == In::header) return end_header();
  if (in_ == In::result) return end_result();
  in_ = In::contents;
}

// ---- messages -----------------------------------------------------------------------------------------------------

void MessageReader::begin_message() {
  ++messages_;
  in_ = In::message;
  message_depth_ = xml_.depth();
  header_ = {};
  fault_ = {};
  has_header_ = has_contents_ = refused_ = false;
  results_ = 0;
  signatures_ = std::make_shared<Signatures>();
  certificate_.clear();
  value_.clear();
  contents_.clear();
  const vestitel_place place = xml_.tag_place();
  input_.begin_record(place);
  message_place_ = input_.delivered(place);
  if (settings_.trust != nullptr) input_.hold(place);
}

void MessageReader::end_header() {
  in_ = In::message;
  const Fault fault =
      header_tree_.too_large() ? Fault{"header", kTooLarge, {}} : read_header(header_tree_.root(), header_);
  if (fault) return bad(fault.element, fault.reason, fault.place);
  seen_.prefetch(header_.id);
}

void MessageReader::end_message() {
  in_ = message_depth_ == 1 ? In::message : In::bundle;
  told_in_ += std::max<std::uint64_t>(results_, 1);
  if (!fault_ && !has_header_) bad("header", "is missing", {});
  signatures_->certificate = fingerprint();
  signatures_->value = signature_value(value_);
  if (!fault_ && settings_.trust != nullptr) check_signature();
  const Part part = header_.meaning == nullptr ? Part::none : header_.meaning->part;
  if (fault_) {
    quarantine(fault_);
  } else if (refused_) {
    end_error();
  } else if (part == Part::unread) {
    quarantine({"messageType", "tells an activity in a form that is not documented", {}});
  } else if (part == Part::none) {
    ++others_;
  } else if (tells_results(part)) {
    check_count();
  } else {
    end_single();
  }
  for (Slip& slip : taken_)
    if (!fault_) ledger_.add(std::move(slip));
  taken_.clear();
  last_type_ = fault_ ? std::string() : header_.type;
  last_sender_ = header_.sender;
  input_.end_record();
  input_.release();
}

// Mostly that of the message before.
const std::string& MessageReader::fingerprint() {
  if (certificate_ != fingerprint_of_) {
    fingerprint_ = fingerprint_of(certificate_);
    fingerprint_of_ = certificate_;
  }
  return fingerprint_;
}

// What is not proved is not believed, a refusal and an answer without activity neither.
void MessageReader::check_signature() {
  if (!signatures_->message && !settings_.signed_only) return;
  const std::string_view bytes = input_.held();
  const char* fault = bytes.empty() ? "cannot be checked: its message is larger than 1 MiB"
                                    : settings_.trust->fault_of(bytes, header_.created_us);
  if (fault != nullptr) return bad("Signature", fault, {});
  signatures_->holds = true;
}

void MessageReader::end_single() {
  if (contents_.too_large()) return quarantine({"contents", kTooLarge, {}});
  if (!has_contents_) return quarantine({"contents", "is missing", {}});
  if (repeated()) return;
  take(contents_, contents_.root());
}

// The same message again means nothing; another one under its id means that something is wrong.
bool MessageReader::repeated() {
  const std::size_t hash = std::hash<std::string_view>()(input_.record_bytes()) | 1;
  const std::size_t known = seen_.find(header_.id);
  if (known == 0) {
    if (seen_.size() >= kSeen) seen_.clear();
    seen_.enter(header_.id, hash);
    return false;
  }
  if (known == hash) {
    ++duplicates_;
  } else {
    quarantine({"messageId", "is that of another message", {}});
  }
  return true;
}

void MessageReader::end_error() {
  ++errors_;
  if (answers(header_.type, last_type_) && header_.recipient == last_sender_) ledger_.take_back_last();
}

void MessageReader::end_result() {
  in_ = In::contents;
  if (result_.too_large()) {
    quarantine({"results", kTooLarge, result_.root().place()});
  } else {
    take(result_, result_.root());
  }
  input_.end_record();
}

// An answer that does not hold what it announces may have lost a record.
void MessageReader::check_count() {
  const Node found = contents_.root().child("foundNumber"_n);
  if (!found || found.attr("value"_n) == std::to_string(results_)) return;
  ++quarantined_;
  out_.quarantine(message_place_, "foundNumber", "is not the number of the results that follow");
}

void MessageReader::take(sources::Tree& tree, Node body) {
  Slip slip;
  Fault fault = read_slip(tree, body, header_, settings_, today_, slip);
  slip.signatures = signatures_;
  slip.broken = static_cast<bool>(fault);
  if (fault) {
    quarantine(std::move(fault));
  } else {
    const bool single = &tree == &contents_;
    const vestitel_place place = single ? message_place_ : input_.delivered(body.place());
    slip.kept = {input_.record_bytes(), place};
  }
  if (slip.number.empty() && slip.local.empty()) return;
  slip.own();
  if (settings_.trust != nullptr) return taken_.push_back(std::move(slip));
  ledger_.add(std::move(slip));
}

// The first fault of a message stands.
void MessageReader::bad(std::string_view element, std::string_view reason, vestitel_place place) {
  if (!fault_) fault_ = {element, std::string(reason), place};
}

void MessageReader::quarantine(Fault fault) {
  ++quarantined_;
  if (results_ > 0 && in_ != In::contents) return out_.quarantine(message_place_, fault.element, fault.reason);
  if (fault.place.line == 0) return out_.quarantine(message_place_, fault.element, fault.reason, input_.record_bytes());
  input_.quarantine(std::move(fault));
}

}  // namespace nhis
