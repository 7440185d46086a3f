#include <algorithm>

#include "core/config/config.hpp"

namespace vestitel {
namespace {

// The key, else the nearest map around it that the file has; null where that is the file itself.
const KeyPlace* nearest(const Instance& instance, std::string_view key) {
  while (true) {
    const auto same = [&](const KeyPlace& place) { return place.key == key; };
    const auto found = std::find_if(instance.keys.begin(), instance.keys.end(), same);
    if (found != instance.keys.end()) return &*found;
    const std::size_t dot = key.rfind('.');
    if (dot == std::string_view::npos) return nullptr;
    key = key.substr(0, dot);
  }
}

}  // namespace

ConfigPlace Instance::key_place(std::string_view key) const {
  const KeyPlace* at = nearest(*this, key);
  return at == nullptr ? place : ConfigPlace{place.file, at->key_line, at->key_column};
}

ConfigPlace Instance::value_place(std::string_view key) const {
  const KeyPlace* at = nearest(*this, key);
  return at == nullptr ? place : ConfigPlace{place.file, at->line, at->column};
}

bool Instance::has_key(std::string_view key) const {
  const KeyPlace* at = nearest(*this, key);
  return at != nullptr && at->key == key;
}

}  // namespace vestitel
