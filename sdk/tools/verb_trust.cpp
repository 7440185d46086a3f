// plugin trust: whom this installation believes; and, for who holds a root key, saying so about others.
#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "core/plugin/package/files.hpp"
#include "core/plugin/package/json_fields.hpp"
#include "core/plugin/package/refusal.hpp"
#include "core/plugin/package/store.hpp"
#include "sdk/tools/package_support.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

constexpr std::uint64_t kMaxSigned = 4UL << 20;

struct TrustOptions {
  std::string file, root_name, store, out, root_key, fingerprint;
  std::string level = "", publisher, key, prefix, kinds = "reader,feed,sink", installation, reason;
  std::vector<std::string> publishers, keys, packages;
  std::uint64_t days = 365, serial = 1, number = 1;
  bool development = false;
};
using Options = std::shared_ptr<TrustOptions>;

// ---- add

int add_root(ToolOutcome& outcome, PackageStore& store, const TrustOptions& options) {
  const auto key = read_public_key(options.file);
  if (!key) return package_fail(outcome, key.error());
  const std::string fingerprint = key->fingerprint();
  if (!options.fingerprint.empty() && options.fingerprint != fingerprint)
    return package_fail(outcome, refused(Refusal::kBadKey, "the key in " + options.file + " has the fingerprint " +
                                                               fingerprint + ", which is not the one given"));
  if (auto done = store.add_root(options.root_name, *key); !done) return package_fail(outcome, done.error());
  return say(outcome, {{"root", options.root_name}, {"fingerprint", fingerprint}},
             "root key " + options.root_name + " is trusted: " + fingerprint +
                 "\ncompare this fingerprint with its owner by another way than the file came\n");
}

int add(ToolOutcome& outcome, const TrustOptions& options) {
  auto store = open_or_make_store(options.store);
  if (!store) return package_fail(outcome, store.error());
  if (!options.root_name.empty()) return add_root(outcome, *store, options);
  const auto text = read_plain_file(options.file, kMaxSigned);
  if (!text) return package_fail(outcome, text.error());
  const auto read = store->add_signed(*text);
  if (!read) return package_fail(outcome, read.error().during("adding " + options.file));
  if (const auto& s = read->statement)
    return say(outcome, {{"publisher", s->publisher}, {"level", to_text(s->level)}, {"serial", s->serial}},
               "publisher " + s->publisher + " may publish " + joined(s->kinds) + " under " + s->prefix + ", level " +
                   std::string(to_text(s->level)) + ", until " + to_text(sofia_date(s->not_after)) + "\n");
  return say(outcome, {{"revocations", read->revocations->number}},
             "list of revocations " + std::to_string(read->revocations->number) + " is in force\n");
}

// ---- list

void list_revocations(ToolOutcome& outcome, const Revocations& list) {
  const auto line = [&](const char* what, const std::string& who) {
    say(outcome, {{"revoked", what}, {"what", who}, {"by", list.root.empty() ? "this installation" : list.root}},
        std::string("revoked    ") + what + " " + who + "\n");
  };
  for (const auto& one : list.publishers)
    line("publisher", one.publisher + " up to statement " + std::to_string(one.serial));
  for (const auto& one : list.keys) line("key", one);
  for (const auto& one : list.packages) line("package", one);
}

int list(ToolOutcome& outcome, const TrustOptions& options) {
  const auto store = open_store(options.store);
  if (!store) return package_fail(outcome, store.error());
  const auto trust = store->trust();
  if (!trust) return package_fail(outcome, trust.error());
  say(outcome,
      {{"installation", trust->installation},
       {"least_level", to_text(trust->policy.least)},
       {"development", trust->policy.local_dev}},
      "installation " + trust->installation + ", least level " + std::string(to_text(trust->policy.least)) +
          (trust->policy.local_dev ? ", for development: unsigned packages pass" : "") + "\n");
  for (const auto& root : trust->roots)
    say(outcome,
        {{"root", root.name},
         {"fingerprint", root.key.fingerprint()},
         {"counts", trust->policy.believes(root.key.fingerprint())}},
        "root       " + root.name + "  " + root.key.fingerprint() +
            (trust->policy.believes(root.key.fingerprint()) ? "" : "  (the policy leaves it out)") + "\n");
  const Instant now = SystemClock().now();
  for (const auto& s : trust->statements) {
    const char* state = trust->revoked(s)    ? "revoked"
                        : now < s.not_before ? "not yet"
                        : now >= s.not_after ? "expired"
                                             : "valid";
    say(outcome,
        {{"publisher", s.publisher},
         {"serial", s.serial},
         {"level", to_text(s.level)},
         {"prefix", s.prefix},
         {"kinds", s.kinds},
         {"key", s.key.fingerprint()},
         {"not_after", to_second(s.not_after)},
         {"state", state}},
        "publisher  " + s.publisher + "  " + std::string(to_text(s.level)) + "  " + s.prefix + "  statement " +
            std::to_string(s.serial) + ", " + state + ", until " + to_text(sofia_date(s.not_after)) + "\n");
  }
  for (const auto& one : trust->revocations) list_revocations(outcome, one);
  for (const auto& problem : trust->problems) say(outcome, {{"problem", problem}}, "not believed  " + problem + "\n");
  return kToolPassed;
}

// ---- revoke

int revoke(ToolOutcome& outcome, const TrustOptions& options) {
  Revocations list;
  list.number = options.number;
  list.issued = SystemClock().now();
  list.keys = options.keys;
  list.packages = options.packages;
  constexpr std::uint64_t kEvery = 1'000'000'000;
  for (const auto& one : options.publishers) {
    const std::size_t colon = one.find(':');
    const std::uint64_t serial =
        colon == std::string::npos ? kEvery : std::strtoull(one.c_str() + colon + 1, nullptr, 10);
    list.publishers.push_back({one.substr(0, colon), serial});
  }
  // Read back, so that a slip of the pen does not become a list that every installation refuses.
  if (const auto read = parse_revocations(to_json(list)); !read) return package_fail(outcome, read.error());
  if (list.publishers.empty() && list.keys.empty() && list.packages.empty())
    return package_fail(outcome, {Failure::kInvalid, "say what: --publisher, --key or --package"});
  if (!options.root_key.empty()) {
    const auto key = read_private_key(options.root_key);
    if (!key) return package_fail(outcome, key.error());
    const std::string text = sign_text(*key, to_json(list));
    if (auto done = write_output(options.out, [&](const ByteSink& to) { return to(text); }); !done)
      return package_fail(outcome, done.error());
    return say(outcome, {{"list", options.out}, {"number", list.number}},
               options.out + ": list of revocations " + std::to_string(list.number) + "; add it with `trust add`\n");
  }
  auto store = open_store(options.store);
  if (!store) return package_fail(outcome, store.error());
  if (auto done = store->revoke(list); !done) return package_fail(outcome, done.error());
  return say(outcome, {{"revoked", true}}, "revoked; the hub drops what it concerns at its next start\n");
}

// ---- issue: a statement about a publisher

int issue(ToolOutcome& outcome, const TrustOptions& options) {
  const auto root = read_private_key(options.root_key);
  if (!root) return package_fail(outcome, root.error());
  const auto key = read_public_key(options.key);
  if (!key) return package_fail(outcome, key.error());
  PublisherStatement s;
  s.publisher = options.publisher;
  s.key = *key;
  s.prefix = options.prefix;
  s.kinds = split_words(options.kinds);
  s.level = level_of(options.level).value_or(Level::kLocalDev);
  s.installation = options.installation;
  s.serial = options.serial;
  s.not_before = std::chrono::floor<std::chrono::days>(SystemClock().now());
  s.not_after = s.not_before + std::chrono::days{static_cast<std::int64_t>(options.days)};
  const std::string text = sign_text(*root, to_json(s));
  // Read back for the same reason as above.
  if (const auto read = parse_signed(text, {{"issuer", public_of(*root)}}); !read)
    return package_fail(outcome, read.error());
  if (auto done = write_output(options.out, [&](const ByteSink& to) { return to(text); }); !done)
    return package_fail(outcome, done.error());
  return say(outcome, {{"statement", options.out}, {"publisher", s.publisher}, {"key", key->fingerprint()}},
             options.out + ": statement " + std::to_string(s.serial) + " about publisher " + s.publisher + ", key " +
                 key->fingerprint() + "\n");
}

// ---- policy

int policy(ToolOutcome& outcome, const TrustOptions& options) {
  TrustPolicy wanted;
  wanted.local_dev = options.development;
  if (options.development) {
    if (const auto there = PackageStore::open(store_or_default(options.store), {}); there)
      return package_fail(outcome,
                          refused(Refusal::kPolicyFixed, "the store is there already, and not for development"));
    SystemRandom random;
    const auto made = PackageStore::create(store_or_default(options.store), {}, random, wanted);
    if (!made) return package_fail(outcome, made.error());
    return list(outcome, options);
  }
  auto store = open_or_make_store(options.store);
  if (!store) return package_fail(outcome, store.error());
  wanted.local_dev = true;  // says nothing about it
  wanted.least = level_of(options.level).value_or(Level::kPrivate);
  if (auto done = store->tighten(wanted); !done) return package_fail(outcome, done.error());
  return list(outcome, options);
}

CLI::App* trust_verb(CLI::App& group, ToolOutcome& outcome, const char* name, const char* help, const Options& options,
                     int (*run)(ToolOutcome&, const TrustOptions&)) {
  return add_tool_verb(group, outcome, name, help, [&outcome, options, run] { return run(outcome, *options); });
}

void add_add(CLI::App& group, ToolOutcome& outcome) {
  const auto options = std::make_shared<TrustOptions>();
  auto* verb = trust_verb(group, outcome, "add", "believe a root key, or what one has signed", options, add);
  verb->add_option("file", options->file, "a statement or list that a root signed; with --root a public key")
      ->required();
  verb->add_option("--root", options->root_name, "the file is a root key, and this is the name to give it");
  verb->add_option("--fingerprint", options->fingerprint, "refuse a root key that has another fingerprint");
  add_store_option(*verb, options->store);
}

void add_revoke(CLI::App& group, ToolOutcome& outcome) {
  const auto options = std::make_shared<TrustOptions>();
  auto* verb =
      trust_verb(group, outcome, "revoke", "stop believing, here or, with a root key, everywhere", options, revoke);
  verb->add_option("--publisher", options->publishers, "ID, or ID:N for its statements up to N; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--key", options->keys, "fingerprint of a publisher's or root's key; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--package", options->packages, "SHA-256 of a package; may be repeated")->allow_extra_args(false);
  auto* root = verb->add_option("--root-key", options->root_key, "sign a list for other installations with this key");
  verb->add_option("--number", options->number, "number of that list: greater than the one before")->needs(root);
  auto* out = verb->add_option("-o,--out", options->out, "where that list goes")->needs(root);
  root->needs(out);
  add_store_option(*verb, options->store);
}

void add_issue(CLI::App& group, ToolOutcome& outcome) {
  const auto options = std::make_shared<TrustOptions>();
  auto* verb = trust_verb(group, outcome, "issue", "with a root key: say what a publisher may publish", options, issue);
  verb->add_option("publisher", options->publisher, "its id")->required();
  verb->add_option("--root-key", options->root_key, "the root's private key")->required();
  verb->add_option("--key", options->key, "the publisher's public key")->required();
  verb->add_option("--prefix", options->prefix, "ids that it may use: bg.acme for bg.acme and bg.acme.*")->required();
  verb->add_option("--level", options->level, "core, partner or private")
      ->required()
      ->check(CLI::IsMember({"core", "partner", "private"}));
  verb->add_option("--kinds", options->kinds, "reader, feed, sink, with commas (default: all)");
  verb->add_option("--installation", options->installation, "level private: the id that `trust list` shows there");
  verb->add_option("--days", options->days, "how long it holds")->check(CLI::Range(1, 3650));
  verb->add_option("--serial", options->serial,
                   "number of the statement about this publisher, each greater than the last");
  verb->add_option("-o,--out", options->out, "where the statement goes")->required();
}

void add_policy(CLI::App& group, ToolOutcome& outcome) {
  const auto options = std::make_shared<TrustOptions>();
  auto* verb = trust_verb(group, outcome, "policy", "tighten what this installation accepts", options, policy);
  auto* level = verb->add_option("--least-level", options->level, "core, partner or private")
                    ->check(CLI::IsMember({"core", "partner", "private"}));
  verb->add_flag("--development", options->development, "make a new store that takes unsigned packages")
      ->excludes(level);
  add_store_option(*verb, options->store);
}

}  // namespace

void add_trust_verb(CLI::App& group, ToolOutcome& outcome) {
  CLI::App* trust = group.add_subcommand("trust", "whose packages are let in");
  trust->require_subcommand(1);
  add_add(*trust, outcome);
  auto options = std::make_shared<TrustOptions>();
  add_store_option(*trust_verb(*trust, outcome, "list", "root keys, publishers, what is revoked", options, list),
                   options->store);
  add_revoke(*trust, outcome);
  add_issue(*trust, outcome);
  add_policy(*trust, outcome);
}

}  // namespace vestitel
