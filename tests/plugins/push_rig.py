"""What the end-to-end tests of push share: certificates of a test authority, a stand-in on Node's HTTP/2, and the built
sink, run as the hub runs it."""
import json
import queue
import subprocess
import threading


class Certificates:
    """For these host names, of an authority of the test's own."""

    def __init__(self, folder, hosts):
        self.ca, self.key, self.certificate = (str(folder / name) for name in ("ca.pem", "key.pem", "certificate.pem"))
        names = folder / "names"
        names.write_text("subjectAltName=" + ",".join("DNS:" + host for host in hosts))
        new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj"]
        self.run("req", "-x509", *new_key, "/CN=Test CA", "-keyout", folder / "ca.key", "-out", self.ca, "-days", "2")
        self.run("req", *new_key, "/CN=push", "-keyout", self.key, "-out", folder / "request.pem")
        self.run("x509", "-req", "-in", folder / "request.pem", "-CA", self.ca, "-CAkey", folder / "ca.key", "-days", "2",
                 "-extfile", names, "-out", self.certificate)

    @staticmethod
    def run(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


class Service:
    """A stand-in, and what it told of each request."""

    def __init__(self, node, script, certificates, *words, told=None):
        self.process = subprocess.Popen([node, script, certificates.certificate, certificates.key, *words],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(json.dumps(told))
        self.process.stdin.close()
        self.lines = queue.Queue()
        threading.Thread(target=self.listen, daemon=True).start()
        self.port = self.lines.get(timeout=20)["port"]

    def listen(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def told(self, count):
        return [self.lines.get(timeout=10) for _ in range(count)]

    def quiet(self):
        return self.lines.empty()

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def run_sink(test, words, order):
    """The answer of push_run, which has to end well."""
    done = subprocess.run(words, input=json.dumps(order), capture_output=True, text=True, timeout=60)
    test.assertEqual(done.returncode, 0, done.stderr)
    answer = json.loads(done.stdout)
    test.assertNotIn("failure", answer)
    return answer
