// A plugin that is a program (an executable file that speaks the runner's protocol) as a host sees a library: a
// vestitel_entry whose functions are frames to a process of that program. With it everything that tries a library
// tries a program too.
//
// The program runs beside the tool and outside of any sandbox, as a library does that the tool loads; so it belongs
// where a library belongs: into a child of the tool. When it ends by itself, the process that holds the entry ends in
// the same way, as it would with a library. Its standard output and error are those of that process.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/plugin/library.hpp"

namespace vestitel {

// True for what is started and not loaded: an executable file whose name does not end in ".so".
bool is_program(const std::string& path);

// Starts the program, asks it what it is, and lets it go. One program in a process: another is kConflict. What is
// returned lives as long as the process.
Result<const vestitel_entry*> program_entry(const std::string& path);

// Told, in words, before the end of a program ends this process. Thread: not told which.
void on_program_end(std::function<void(std::string_view why)> told);

// What the last program did not do when it was asked to go, or "".
std::string program_left();

// Of the programs that live: the most that each has held at once, and what they hold now.
std::int64_t programs_peak_kib();
std::int64_t programs_resident_kib();

// The plugin at this path, whichever of the two it is. Runs code of the plugin: call it in a child.
Result<const PluginLibrary*> load_plugin(const std::string& path, const TrustedOwners& owners = TrustedOwners::own());

}  // namespace vestitel
