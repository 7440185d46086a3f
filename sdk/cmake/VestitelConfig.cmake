# find_package(Vestitel): the targets Vestitel::sdk and Vestitel::testing, and vestitel_add_plugin().
include(${CMAKE_CURRENT_LIST_DIR}/VestitelTargets.cmake)
get_filename_component(VESTITEL_PLUGIN_TOOL_DIR ${CMAKE_CURRENT_LIST_DIR}/../../../bin ABSOLUTE)
include(${CMAKE_CURRENT_LIST_DIR}/VestitelPlugin.cmake)
