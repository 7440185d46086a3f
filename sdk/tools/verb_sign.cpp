// plugin sign: the publisher's signature on a package.
#include <CLI/CLI.hpp>
#include <memory>

#include "core/plugin/package/files.hpp"
#include "core/plugin/package/pack.hpp"
#include "sdk/tools/package_support.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

struct SignOptions {
  std::string package, key, out;
};

int sign_verb(ToolOutcome& outcome, const SignOptions& options) {
  const auto key = read_private_key(options.key);
  if (!key) return package_fail(outcome, key.error());
  const auto file = open_plain_file(options.package);
  if (!file) return package_fail(outcome, file.error());
  const std::string out = options.out.empty() ? options.package : options.out;
  const auto done = write_output(out, [&](const ByteSink& to) { return sign_package(file->get(), *key, to); });
  if (!done) return package_fail(outcome, done.error().during("signing " + options.package));
  const std::string fingerprint = public_of(*key).fingerprint();
  return say(outcome, {{"package", out}, {"key", fingerprint}}, out + ": signed with the key " + fingerprint + "\n");
}

}  // namespace

void add_sign_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto options = std::make_shared<SignOptions>();
  auto* verb = add_tool_verb(group, outcome, "sign", "sign a package, in its place",
                             [&outcome, options] { return sign_verb(outcome, *options); });
  verb->add_option("package", options->package, "the .vplugin file")->required();
  verb->add_option("--key", options->key, "the publisher's private key, as `plugin keygen` makes it")->required();
  verb->add_option("-o,--out", options->out, "write the signed package here instead");
}

}  // namespace vestitel
