// Streams for plugins that speak a protocol of their own (vestitel.connect/1).
#pragma once
#include <memory>

#include "core/plugin/outside/reach.hpp"
#include "core/plugin/services/lent.hpp"

namespace vestitel {

std::shared_ptr<Connector> make_connector(Reach reach);

}  // namespace vestitel
