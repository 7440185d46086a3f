// What a failed system call means for the messages of a batch. Pure.
#pragma once
#include <cstdint>
#include <string_view>

#include <vestitel/sink.hpp>

namespace vestitel::file_sink {

enum class Stage { open, write, sync };

// `error`: errno, positive. Quotes no path.
Verdict verdict_for(int error, Stage stage);

}  // namespace vestitel::file_sink
