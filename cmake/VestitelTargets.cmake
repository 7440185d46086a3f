# How a folder of the core becomes a target. USES is the whole of what the folder may include: what is not
# listed does not link, and tests/include_graph holds the includes to the same table.
include_guard(GLOBAL)

# Warnings, hardening and sanitizers: one interface library that everything of ours links.
add_library(vestitel_flags INTERFACE)
target_compile_options(vestitel_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Werror -fstack-protector-strong -fcf-protection)
target_compile_definitions(vestitel_flags INTERFACE _GLIBCXX_ASSERTIONS)
if(VESTITEL_SANITIZE)
  # g++ 12 sees uninitialized reads of std::optional in instrumented code that are none.
  target_compile_options(vestitel_flags INTERFACE -fsanitize=${VESTITEL_SANITIZE} -fno-sanitize-recover=all
                                                  -fno-omit-frame-pointer $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(vestitel_flags INTERFACE -fsanitize=${VESTITEL_SANITIZE})
else()
  target_compile_options(vestitel_flags INTERFACE $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
  target_link_options(vestitel_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
if(VESTITEL_FUZZ)
  # The edges that libFuzzer counts; compared values cost a third of the time, and what they would teach stands in the
  # dictionary. What runs it has a main of its own (tests/fuzz).
  # It is built by another compiler, whose warnings are read and stop nobody.
  target_compile_options(vestitel_flags INTERFACE -fsanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp -Wno-error)
endif()
if(VESTITEL_FAULT_POINTS)
  target_compile_definitions(vestitel_flags INTERFACE VESTITEL_FAULT_POINTS=1)
endif()

# vestitel_library(NAME SOURCES file... [USES target...] [PRIVATE_USES target...])
function(vestitel_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;PRIVATE_USES" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${ARG_USES} PRIVATE vestitel_flags ${ARG_PRIVATE_USES})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${ARG_USES})
  endif()
endfunction()

# vestitel_test(NAME SOURCES file... [USES target...]): one Catch2 binary, one CTest entry of the same name.
function(vestitel_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;USES" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE vestitel_flags test_main ${ARG_USES})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()

# vestitel_plugin_part(NAME): a static library of ours that is linked into plugins obeys their rules on symbols.
function(vestitel_plugin_part name)
  set_target_properties(${name} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
endfunction()
