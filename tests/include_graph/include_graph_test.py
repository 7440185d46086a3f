#!/usr/bin/env python3
"""A wrong include fails, a right one passes, and the table itself has one direction."""
import unittest

from include_graph import CORE, check


def tree(path, line):
    return {"core/base/clock.hpp": "", "core/ports/sink.hpp": "", "core/store/sqlite/store.hpp": "",
            "core/host/server.hpp": "", "sdk/tools/tool.hpp": "", "sdk/include/vestitel/plugin.hpp": "", "plugins/sinks/file/line.hpp": "",
            path: f"// first line\n{line}\n"}


ALLOWED = [
    ("core/delivery/worker.cpp", '#include "core/ports/sink.hpp"'),
    ("core/delivery/worker.cpp", '#include "core/base/clock.hpp"'),
    ("core/delivery/worker.cpp", '#include "core/delivery/backoff.hpp"'),
    ("core/delivery/worker.cpp", "#include <vector>"),
    ("core/host/main.cpp", '#include "core/store/sqlite/store.hpp"'),
    ("core/host/main.cpp", "#include <Poco/Util/ServerApplication.h>"),
    ("core/host/main.cpp", '#include "sdk/tools/tool.hpp"'),
    ("sdk/tools/tool.cpp", '#include "core/ports/sink.hpp"'),
    ("sdk/tools/check/kit.cpp", '#include "sdk/tools/tool.hpp"'),
    ("core/plugin/adapter.cpp", "#include <vestitel/abi.h>"),
    ("core/plugin/loader.cpp", "#include <boost/dll/shared_library.hpp>"),
    ("core/store/sqlite/database.cpp", "#include <sqlite3.h>"),
    ("core/api/server.cpp", "#include <Poco/Net/HTTPServer.h>"),
    ("core/config/load.cpp", "#include <yaml-cpp/yaml.h>"),
    ("plugins/sinks/file/file.cpp", '#include "line.hpp"'),
    ("plugins/sinks/file/file.cpp", "#include <vestitel/plugin.hpp>"),
    ("plugins/sinks/smtp/smtp.cpp", "#include <openssl/ssl.h>"),
    ("plugins/sinks/file/file.cpp", '#include "plugins/sinks/common/mail.hpp"'),
    ("tests/store/store_test.cpp", "#include <sqlite3.h>"),
]

FORBIDDEN = [
    ("core/base/clock.cpp", '#include "core/model/event.hpp"', "base may not use model"),
    ("core/model/event.cpp", '#include "core/ports/sink.hpp"', "model may not use ports"),
    ("core/ports/more.hpp", '#include "../host/server.hpp"', "ports may not use host"),
    ("core/delivery/worker.cpp", '  #  include "core/store/sqlite/store.hpp"', "delivery may not use store"),
    ("core/delivery/worker.cpp", '#include <core/store/sqlite/store.hpp>', "delivery may not use store"),
    ("core/delivery/worker.cpp", "#include <vestitel/abi.h>", "delivery may not use sdk"),
    ("core/api/server.cpp", '#include "core/host/server.hpp"', "api may not use host"),
    ("core/host/main.cpp", '#include "plugins/sinks/file/line.hpp"', "host may not use plugins/sinks/file"),
    ("core/misc/tool.cpp", "#include <vector>", "core/misc is in no row"),
    ("core/host/main.cpp", "#include <boost/dll.hpp>", "Boost.DLL belongs in core/plugin/"),
    ("core/store/outbox.cpp", "#include <sqlite3.h>", "SQLite belongs in core/store/sqlite/"),
    ("core/host/main.cpp", '#include "Poco/Net/HTTPServer.h"', "HTTP server of Poco belongs in core/api/"),
    ("core/api/server.cpp", "#include <Poco/Util/Application.h>", "Poco::Util belongs in core/host/"),
    ("core/host/main.cpp", "#include <yaml-cpp/yaml.h>", "yaml-cpp belongs in core/config/"),
    ("sdk/include/vestitel/plugin.hpp", '#include "core/base/clock.hpp"', "sdk may not use base"),
    ("sdk/include/vestitel/plugin.hpp", '#include "sdk/tools/tool.hpp"', "sdk may not use sdk/tools"),
    ("sdk/tools/tool.cpp", '#include "core/store/sqlite/store.hpp"', "sdk/tools may not use store"),
    ("sdk/tools/tool.cpp", "#include <Poco/Path.h>", "needs no Poco and no Boost"),
    ("core/plugin/library.cpp", '#include "sdk/tools/tool.hpp"', "plugin may not use sdk/tools"),
    ("sdk/include/vestitel/plugin.hpp", "#include <fmt/format.h>", "standard library alone"),
    ("plugins/sinks/smtp/smtp.cpp", '#include "core/base/clock.hpp"', "plugins/sinks/smtp may not use base"),
    ("plugins/sinks/smtp/smtp.cpp", '#include "../file/line.hpp"', "may not use plugins/sinks/file"),
    ("plugins/sinks/common/mail.cpp", '#include "plugins/sinks/file/line.hpp"', "may not use plugins/sinks/file"),
    ("plugins/sources/labs/labs.cpp", '#include "plugins/sinks/common/mail.hpp"', "may not use plugins/sinks/common"),
    ("plugins/sinks/smtp/smtp.cpp", "#include <sqlite3.h>", "SQLite"),
    ("plugins/sinks/smtp/smtp.cpp", '#include "tests/support/rig.hpp"', "is in no layer"),
]


class Includes(unittest.TestCase):
    def test_what_the_table_allows_passes(self):
        for path, line in ALLOWED:
            with self.subTest(path=path, line=line):
                self.assertEqual(check(tree(path, line)), [])

    def test_what_it_does_not_allow_is_named_with_its_line(self):
        for path, line, why in FORBIDDEN:
            with self.subTest(path=path, line=line):
                breaches = check(tree(path, line))
                self.assertEqual(len(breaches), 1, breaches)
                self.assertIn(why, breaches[0])

    def test_the_line_is_told(self):
        self.assertTrue(check(tree("core/base/x.cpp", '#include "core/ports/sink.hpp"'))[0]
                        .startswith("core/base/x.cpp:2: "))


class LinkLists(unittest.TestCase):
    BASE = {"core/base/CMakeLists.txt": "vestitel_library(core_base SOURCES clock.cpp USES fmt::fmt)",
            "core/ports/CMakeLists.txt": "vestitel_library(core_ports USES core_base)",
            "core/store/CMakeLists.txt": "vestitel_library(core_store SOURCES s.cpp USES core_ports)"}

    def test_a_link_that_the_table_does_not_allow_is_named(self):
        files = {**self.BASE, "core/delivery/CMakeLists.txt":
                 "vestitel_library(core_delivery\n  SOURCES worker.cpp\n  USES core_ports\n  PRIVATE_USES core_store)"}
        self.assertEqual(check(files), ["core/delivery/CMakeLists.txt: core_delivery links core_store: "
                                        "delivery may not use store"])

    def test_a_comment_links_nothing(self):
        files = {**self.BASE, "core/delivery/CMakeLists.txt": "# vestitel_library(core_delivery USES core_store)"}
        self.assertEqual(check(files), [])

    def test_an_include_without_the_link_is_named_and_a_link_at_second_hand_is_enough(self):
        include = {"core/store/s.cpp": '#include "core/base/clock.hpp"\n#include "core/ports/sink.hpp"\n'}
        self.assertEqual(check({**self.BASE, **include}), [])
        unlinked = {**self.BASE, **include, "core/store/CMakeLists.txt": "vestitel_library(core_store SOURCES s.cpp)"}
        self.assertEqual(check(unlinked), [
            "core/store/s.cpp: includes core/base/clock.hpp, but no target of store links base",
            "core/store/s.cpp: includes core/ports/sink.hpp, but no target of store links ports"])


class Table(unittest.TestCase):
    def test_it_has_one_direction(self):
        done = []
        while len(done) < len(CORE):
            ready = [name for name in CORE if name not in done and CORE[name] - {"sdk"} <= set(done) | {"base"}]
            self.assertTrue(ready, f"a circle among {set(CORE) - set(done)}")
            done += ready

    def test_nothing_uses_host(self):
        self.assertFalse([name for name, used in CORE.items() if "host" in used])


if __name__ == "__main__":
    unittest.main()
