#include "core/plugin/services/metrics.hpp"

#include <vestitel/abi_services.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "core/base/safe_text.hpp"

namespace vestitel {
namespace {

// Seconds, milliseconds or counts: wide enough for each, three to a decade.
constexpr std::array<double, 16> kBounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                         0.5,   1,      2.5,   5,    10,    25,   100, 1000};

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.front() >= 'a' && text.front() <= 'z' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

// Escaped for the text form.
std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return '"' + out + '"';
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  double back = 0;
  for (int digits = 1; digits < 17; ++digits) {
    char shorter[32];
    std::snprintf(shorter, sizeof shorter, "%.*g", digits, value);
    if (std::sscanf(shorter, "%lf", &back) == 1 && back == value) return shorter;
  }
  return text;
}

const char* word(std::int32_t kind) {
  return kind == VESTITEL_COUNTER ? "counter" : kind == VESTITEL_GAUGE ? "gauge" : "histogram";
}

Error refused(const std::string& why) { return {Failure::kInvalid, "defining a metric: " + why}; }

}  // namespace

Result<std::uint32_t> PluginMetrics::define(std::string_view instance, std::int32_t kind, std::string_view name,
                                            std::string_view help, Labels labels) {
  if (kind < VESTITEL_COUNTER || kind > VESTITEL_HISTOGRAM) return refused("no such kind");
  if (!is_name(name)) return refused("a name has up to 64 of a-z, 0-9 and _, a letter first");
  std::string printed = "instance=" + quoted(instance);
  std::sort(labels.begin(), labels.end());
  for (const auto& [key, value] : labels) {
    if (!is_name(key) || key == "instance" || key == "le") return refused("\"" + safe_text(key, 64) + "\" is no label");
    const std::string safe = safe_text(value, 64);
    if (without_personal(safe) != safe) return refused("label " + key + " holds what looks personal");
    printed += ',' + key + '=' + quoted(safe);
  }
  const std::lock_guard lock(mutex_);
  Family& family = families_[std::string(name)];
  if (family.series.empty()) {
    family.kind = kind;
    family.help = without_personal(safe_text(help, 200));
  }
  if (family.kind != kind) return refused("it is a " + std::string(word(family.kind)) + " already");
  if (const auto known = family.series.find(printed); known != family.series.end()) return known->second;
  const auto own =
      std::count_if(series_.begin(), series_.end(), [&](const Series& s) { return s.instance == instance; });
  if (static_cast<std::size_t>(own) >= kMostOfInstance) {
    if (family.series.empty()) families_.erase(std::string(name));
    return refused("an instance has at most 64");
  }
  const auto handle = static_cast<std::uint32_t>(series_.size());
  family.series.emplace(printed, handle);
  Series& made = series_.emplace_back();
  made.instance = instance;
  made.labels = std::move(printed);
  made.kind = kind;
  if (kind == VESTITEL_HISTOGRAM) made.buckets.resize(kBounds.size());
  return handle;
}

void PluginMetrics::update(std::string_view instance, std::uint32_t handle, double value) {
  if (!std::isfinite(value)) return;
  const std::lock_guard lock(mutex_);
  if (handle >= series_.size() || series_[handle].instance != instance) return;
  Series& s = series_[handle];
  if (s.kind == VESTITEL_COUNTER && value > 0) s.value += value;
  if (s.kind == VESTITEL_GAUGE) s.value = value;
  if (s.kind != VESTITEL_HISTOGRAM) return;
  s.value += value;
  ++s.count;
  for (std::size_t i = 0; i < kBounds.size(); ++i)
    if (value <= kBounds[i]) ++s.buckets[i];
}

std::string PluginMetrics::text() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    const std::string full = "vestitel_plugin_" + name;
    out += "# HELP " + full + ' ' + family.help + "\n# TYPE " + full + ' ' + word(family.kind) + '\n';
    for (const auto& [labels, handle] : family.series) {
      const Series& s = series_[handle];
      if (s.kind != VESTITEL_HISTOGRAM) {
        out += full + '{' + labels + "} " + number(s.value) + '\n';
        continue;
      }
      for (std::size_t i = 0; i < kBounds.size(); ++i)
        out +=
            full + "_bucket{" + labels + ",le=\"" + number(kBounds[i]) + "\"} " + std::to_string(s.buckets[i]) + '\n';
      out += full + "_bucket{" + labels + ",le=\"+Inf\"} " + std::to_string(s.count) + '\n';
      out += full + "_sum{" + labels + "} " + number(s.value) + '\n';
      out += full + "_count{" + labels + "} " + std::to_string(s.count) + '\n';
    }
  }
  return out;
}

}  // namespace vestitel
