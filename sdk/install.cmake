# What vestitel-plugin-dev holds, below any prefix.
include(CMakePackageConfigHelpers)

install(DIRECTORY include/vestitel testing/include/vestitel DESTINATION include COMPONENT dev FILES_MATCHING PATTERN "*.h*")
install(TARGETS vestitel_sdk vestitel_sdk_testing EXPORT VestitelTargets)
install(EXPORT VestitelTargets NAMESPACE Vestitel:: DESTINATION share/cmake/Vestitel COMPONENT dev)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/VestitelConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMajorVersion ARCH_INDEPENDENT)
install(FILES cmake/VestitelConfig.cmake cmake/VestitelPlugin.cmake cmake/plugin.map
              ${CMAKE_CURRENT_BINARY_DIR}/VestitelConfigVersion.cmake
        DESTINATION share/cmake/Vestitel COMPONENT dev)
configure_file(cmake/vestitel-plugin.pc.in ${CMAKE_CURRENT_BINARY_DIR}/vestitel-plugin.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/vestitel-plugin.pc DESTINATION share/pkgconfig COMPONENT dev)

install(TARGETS vestitel-plugin RUNTIME DESTINATION bin COMPONENT dev)
# Beside the hub's own: a machine may have both packages.
install(PROGRAMS $<TARGET_FILE:vestitel-runner> $<TARGET_FILE:vestitel-launcher> DESTINATION lib/vestitel-plugin-dev
        COMPONENT dev)
install(DIRECTORY python/ DESTINATION share/vestitel/python COMPONENT dev FILES_MATCHING PATTERN "*.py"
        PATTERN __pycache__ EXCLUDE)
install(DIRECTORY examples/c examples/python DESTINATION share/vestitel/examples COMPONENT dev PATTERN __pycache__ EXCLUDE)
install(DIRECTORY template/project/ DESTINATION share/vestitel/template COMPONENT dev)
install(DIRECTORY docs/ DESTINATION share/doc/vestitel-plugin-dev COMPONENT dev FILES_MATCHING PATTERN "*.md")
install(FILES docs/vestitel-plugin.1 DESTINATION share/man/man1 COMPONENT dev)
