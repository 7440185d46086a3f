#include <unistd.h>

#include <algorithm>
#include <array>

#include "core/plugin/package/files.hpp"
#include "core/plugin/package/refusal.hpp"
#include "core/plugin/package/store.hpp"
#include "core/plugin/package/store_lock.hpp"
#include "core/plugin/package/store_state.hpp"

namespace vestitel {
namespace {

constexpr std::string_view kPublishersFolder = "trust/publishers", kRevocationsFolder = "trust/revocations";
constexpr std::string_view kFolders[] = {"sha256",      "plugins",         "trust",
                                         "trust/roots", kPublishersFolder, kRevocationsFolder};
constexpr const char* kOwnList = "revoked.json";

std::string serial_name(const PublisherStatement& statement) {
  return statement.publisher + '-' + std::to_string(statement.serial);
}

template <class T>
void add_missing(std::vector<T>& to, const std::vector<T>& more) {
  for (const auto& one : more)
    if (std::find(to.begin(), to.end(), one) == to.end()) to.push_back(one);
}

}  // namespace

Result<PackageStore> PackageStore::create(std::string root, Options options, Random& random,
                                          const TrustPolicy& policy) {
  auto there = open(root, options);
  if (there || there.error().failure != Failure::kNotFound) return there;
  PackageStore store(std::move(root), std::move(options));
  if (auto made = make_folder(store.root_, 0755); !made) return made.error();
  for (const auto name : kFolders)
    if (auto made = make_folder(store.folder(name), 0755); !made) return made.error();
  const auto lock = StoreChange::begin(store.root_);
  if (!lock) return lock.error();
  // Somebody else may have made it meanwhile: theirs holds.
  if (store.read_store()) return store;
  std::array<std::uint8_t, 16> id{};
  random.fill(id);
  store.installation_ = to_hex(id);
  if (auto done = store.write_store(policy); !done) return done.error();
  return open(store.root_, store.options_);
}

Result<> PackageStore::write_store(const TrustPolicy& policy) {
  policy_ = policy;
  return replace_file(root_, "store.json", store_json(installation_, policy), 0444);
}

Result<> PackageStore::tighten(const TrustPolicy& by) {
  const auto lock = StoreChange::begin(root_);
  if (!lock) return lock.error();
  if (auto read = read_store(); !read) return read;
  TrustPolicy next = policy_;
  next.tighten(by);
  return write_store(next);
}

Result<std::vector<RootKey>> PackageStore::roots() const {
  const auto found = names(folder("trust/roots"), ".pem");
  if (!found) return found.error();
  std::vector<RootKey> out;
  for (const auto& name : *found) {
    const auto text = read_trusted_file(folder("trust/roots/" + name + ".pem"), kMaxStateFile, options_.owners);
    if (!text) return text.error();
    const auto key = parse_public_pem(*text);
    if (!key) return key.error().during("reading root key " + name);
    out.push_back({name, *key});
  }
  return out;
}

// What a root signed that is no longer there is not believed, and said to be so.
Result<Trust> PackageStore::trust() const {
  Trust out;
  out.policy = policy_;
  out.policy.tighten(options_.restrict);
  out.installation = installation_;
  auto found = roots();
  if (!found) return found.error();
  out.roots = std::move(*found);
  for (const std::string_view kind : {kPublishersFolder, kRevocationsFolder}) {
    const auto files = names(folder(kind), ".json");
    if (!files) return files.error();
    for (const auto& name : *files) {
      const std::string path = folder(kind) + '/' + name + ".json";
      const auto text = read_trusted_file(path, kMaxStateFile * 4, options_.owners);
      if (!text) return text.error();
      auto read = parse_signed(*text, out.roots);
      // A list of a root that counts has to be readable: without it what is revoked would pass.
      const bool foreign = !read && refusal_of(read.error()) == Refusal::kUnknownRoot;
      if (!read && !foreign && kind == kRevocationsFolder)
        return refused(Refusal::kDamagedStore, read.error().during("reading " + path).message);
      if (!read) {
        out.problems.push_back(read.error().during("reading " + path).message);
        continue;
      }
      if (read->statement) out.statements.push_back(std::move(*read->statement));
      if (read->revocations) out.revocations.push_back(std::move(*read->revocations));
    }
  }
  const auto own = read_trusted_file(folder("trust/") + kOwnList, kMaxStateFile * 4, options_.owners);
  if (!own && own.error().failure == Failure::kNotFound) return out;
  if (!own) return own.error();
  auto list = parse_revocations(*own);
  if (!list) return list.error();
  out.revocations.push_back(std::move(*list));
  return out;
}

Result<> PackageStore::add_root(const std::string& name, const PublicKey& key) {
  if (!is_publisher_id(name)) return {Failure::kInvalid, "the name of a root key has one to 40 of a-z, 0-9 and -"};
  const auto lock = StoreChange::begin(root_);
  if (!lock) return lock.error();
  const auto known = roots();
  if (!known) return known.error();
  for (const auto& root : *known) {
    if (root.key == key) return Done{};
    if (root.name == name) return {Failure::kConflict, "another root key has the name " + name + " already"};
  }
  return replace_file(folder("trust/roots"), name + ".pem", to_pem(key), 0444);
}

Result<> PackageStore::remove_root(std::string_view fingerprint) {
  const auto lock = StoreChange::begin(root_);
  if (!lock) return lock.error();
  const auto known = roots();
  if (!known) return known.error();
  for (const auto& root : *known) {
    if (root.key.fingerprint() != fingerprint) continue;
    const std::string path = folder("trust/roots/" + root.name + ".pem");
    if (::unlink(path.c_str()) != 0) return {Failure::kIo, "removing " + path};
    return sync_folder(folder("trust/roots"));
  }
  return {Failure::kNotFound, "no root key has this fingerprint"};
}

Result<SignedByRoot> PackageStore::add_signed(std::string_view text) {
  const auto lock = StoreChange::begin(root_);
  if (!lock) return lock.error();
  const auto known = trust();
  if (!known) return known.error();
  auto read = parse_signed(text, known->roots);
  if (!read) return read;
  if (const auto& s = read->statement) {
    for (const auto& other : known->statements)
      if (other.publisher == s->publisher && other.root == s->root && other.serial >= s->serial &&
          to_json(other) != to_json(*s))
        return refused(Refusal::kStaleList, "statement " + std::to_string(other.serial) + " about publisher " +
                                                s->publisher + " is there, this is number " +
                                                std::to_string(s->serial));
    const std::string name = serial_name(*s) + '-' + s->root.substr(0, 16) + ".json";
    if (auto done = replace_file(folder("trust/publishers"), name, text, 0444); !done) return done.error();
  }
  if (const auto& list = read->revocations) {
    for (const auto& other : known->revocations)
      if (other.root == list->root && other.number >= list->number)
        return refused(Refusal::kStaleList, "list " + std::to_string(other.number) +
                                                " of this root is there, this is number " +
                                                std::to_string(list->number));
    if (auto done = replace_file(folder("trust/revocations"), list->root + ".json", text, 0444); !done)
      return done.error();
  }
  return read;
}

Result<> PackageStore::revoke(const Revocations& more) {
  const auto lock = StoreChange::begin(root_);
  if (!lock) return lock.error();
  const auto known = trust();
  if (!known) return known.error();
  Revocations own;
  for (const auto& list : known->revocations)
    if (list.root.empty()) own = list;
  own.number += 1;
  own.issued = more.issued;
  add_missing(own.keys, more.keys);
  add_missing(own.packages, more.packages);
  own.publishers.insert(own.publishers.end(), more.publishers.begin(), more.publishers.end());
  return replace_file(folder("trust"), kOwnList, to_json(own), 0444);
}

}  // namespace vestitel
