// What a batch and an event have to be, whoever emits them.
#pragma once
#include <vestitel/abi.h>

#include <cstdint>
#include <set>
#include <string>

namespace vestitel::check {

// What is broken, or empty: bounds, UTF-8, mandatory fields, times, the vocabulary. The event's batch is sound.
std::string batch_problem(const vestitel_batch& batch);
std::string event_problem(const vestitel_batch& batch, std::uint32_t i, const std::set<std::string>& own_attributes);
// The keys of attributes that the plugin's capabilities declare.
std::set<std::string> declared_attributes(const std::string& capabilities_json);

}  // namespace vestitel::check
