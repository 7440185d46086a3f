// What the verbs about packages share: where the store is, and how things are told.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/plugin/package/store.hpp"
#include "sdk/tools/tool.hpp"

namespace vestitel {

// --store, with its default: plugins in $STATE_DIRECTORY, else in /var/lib/vestitel.
void add_store_option(CLI::App& verb, std::string& root);
std::string store_or_default(const std::string& root);

// The store, which has to be there.
Result<PackageStore> open_store(const std::string& root);
// The store, made where there is none.
Result<PackageStore> open_or_make_store(const std::string& root);

// What went wrong, with what to do about it: as JSON {"error", "reason", "remedy"}. Returns the exit code.
int package_fail(ToolOutcome& outcome, const Error& error);

nlohmann::ordered_json json_of(const Manifest& manifest);
nlohmann::ordered_json json_of(const Judgement& judgement);
nlohmann::ordered_json json_of(const PluginState& state);

// For people: name, version, level, what it asks for and which data it sees, a line each.
std::string asks_text(const Manifest& manifest, const Judgement& judgement);
std::string joined(const std::vector<std::string>& words, const char* none = "nothing");

// Prints the JSON where that was asked for, else the text. Returns `exit`.
int say(ToolOutcome& outcome, const nlohmann::ordered_json& line, const std::string& text, int exit = kToolPassed);

// Writes a file that comes out of `write` as a whole or not at all, in the place of any other. Mode 0644.
Result<> write_output(const std::string& path, const std::function<Result<>(const ByteSink&)>& write);

// "a,b" as words.
std::vector<std::string> split_words(const std::string& text);

}  // namespace vestitel
