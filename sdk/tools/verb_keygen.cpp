// plugin keygen: an Ed25519 key for a publisher or a root.
#include <CLI/CLI.hpp>
#include <memory>

#include "core/plugin/package/files.hpp"
#include "core/plugin/package/signature.hpp"
#include "sdk/tools/package_support.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

int keygen(ToolOutcome& outcome, const std::string& name) {
  SystemRandom random;
  const SecretKey key = SecretKey::random(random);
  const PublicKey public_key = public_of(key);
  const std::string private_path = name + ".key", public_path = name + ".pub";
  if (auto done = write_new_file(private_path, private_pem(key), 0600); !done)
    return package_fail(outcome, done.error());
  if (auto done = write_new_file(public_path, to_pem(public_key), 0644); !done)
    return package_fail(outcome, done.error());
  return say(outcome, {{"private", private_path}, {"public", public_path}, {"fingerprint", public_key.fingerprint()}},
             "private key  " + private_path + "  (keep it to yourself; whoever has it can sign in your name)\n" +
                 "public key   " + public_path + "\nfingerprint  " + public_key.fingerprint() + "\n");
}

}  // namespace

void add_keygen_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto name = std::make_shared<std::string>();
  auto* verb = add_tool_verb(group, outcome, "keygen", "make a key: NAME.key and NAME.pub",
                             [&outcome, name] { return keygen(outcome, *name); });
  verb->add_option("name", *name, "the files' name without their ending")->required();
}

}  // namespace vestitel
