// What most checks begin with: the settings that the subject comes with, and an instance that is ready to work.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "sdk/tools/check/loaded.hpp"
#include "sdk/tools/check/rig.hpp"

namespace vestitel::check {

class Peer;

// One key of the settings schema.
struct Property {
  std::string name, type;  // type: "string", "integer", ... or empty
  bool required = false, secret = false;
  std::string description;
};
std::vector<Property> properties(const Subject& subject);

// Settings as a host would hand them over: the sample's (or what the schema's defaults and examples give), with
// ${stub},
// ${stub.host}, ${stub.port}, ${closed.port}, ${folder} and ${samples} filled in, completed with defaults, without
// secrets. `over`: a JSON object that is laid over them.
std::string settings_for(const Trial& trial, const std::string& over = {});

// The provider of this check's process, for a sink whose samples/check.json names one; else null.
Peer* standing_peer(const Trial& trial);
// The text of a JSON value inside a settings object, changed: removed when `value` is empty.
std::string with_key(const std::string& settings, const std::string& key, const std::string& value_json);

// A secret for each key that is declared as one: those of samples/check.json, else made up.
std::map<std::string, std::string> secrets_for(const Trial& trial);

// create, configure, start. False: the check has been skipped, for numbers 31 and 36 say why.
bool begin(Trial& trial, Rig& rig, const std::string& settings);
bool begin(Trial& trial, Rig& rig);

// True when the plugin asked for a service that this kit does not have; such a plugin cannot be asked further.
bool lacks_service(const Rig& rig, std::string& which);

// Stops with a second to go, and destroys.
void end(Rig& rig);

// The samples, or one made up where there is none and any document will do: an empty one.
std::vector<const Sample*> samples_of(const Trial& trial);
// Skips the check where there is no sample.
bool needs_sample(Trial& trial);

// A small instance of work of whatever kind: parses each sample, polls to the end (at most 50 times), or delivers three
// messages. What came of it, as one text that is the same when the same is done again.
struct Work {
  std::string text;
  std::string problem;
  std::vector<Called> calls;
};
Work work(Trial& trial, Rig& rig);

// Messages for the sink's own channel, each with its own key.
std::vector<Message> messages_for(const Trial& trial, std::size_t n, const std::string& mark = "m");

// Writes a file that everybody may read and nobody else can have written.
bool write_private(const std::string& path, const std::string& bytes);

// Runs `body` in a process of its own inside the check; false when it did not end with 0. What it wrote to `answer` is
// in `text`.
bool apart(Trial& trial, const std::function<std::string()>& body, std::string& text);

}  // namespace vestitel::check
