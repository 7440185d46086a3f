// What a manifest asks for may name settings: "{relay.host}:{relay.port}".
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace vestitel {

// `text` with each reference replaced; a dotted name leads into objects, "{url}" of a URL is its host and port
// ("http://" stays in front of a plain one), and a way through a list gives one text for each of its members. Empty: a
// setting is not there, or the settings are no JSON.
std::vector<std::string> with_settings(std::string_view text, std::string_view settings_json);

}  // namespace vestitel
