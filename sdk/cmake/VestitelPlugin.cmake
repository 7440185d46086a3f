# vestitel_add_plugin(NAME [OUTPUT file] SOURCES file... [LIBRARIES lib...]): a plugin library with hidden visibility, one
# exported symbol and nothing left unresolved. The flags and their reasons: sdk/docs.
include_guard(GLOBAL)
set(VESTITEL_PLUGIN_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR})

function(vestitel_add_plugin name)
  cmake_parse_arguments(ARG "" "OUTPUT" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT ARG_OUTPUT)
    set(ARG_OUTPUT ${name})
  endif()
  add_library(${name} MODULE ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES
    PREFIX "" OUTPUT_NAME ${ARG_OUTPUT} CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_libraries(${name} PRIVATE vestitel_sdk ${ARG_LIBRARIES})
  target_link_options(${name} PRIVATE
    -Wl,--version-script=${VESTITEL_PLUGIN_CMAKE_DIR}/plugin.map -Wl,-z,now -Wl,-z,relro -Wl,-z,noexecstack)
  if(NOT VESTITEL_SANITIZE)
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()
endfunction()
