"""Runs `vestitel-plugin check` and reads what it says."""
import json
import subprocess

TROUBLE = ("failed", "crashed", "timed out", "warned")


def run(tool, *words, timeout=300):
    """The exit code, and number -> result."""
    done = subprocess.run([tool, "check", "--json", *map(str, words)], capture_output=True, text=True, timeout=timeout)
    if not done.stdout:
        raise AssertionError(f"{words}: exit {done.returncode}: {done.stderr}")
    report = json.loads(done.stdout)
    return done.returncode, {result["number"]: result for result in report["results"]}, report


def trouble(results):
    return {number: result for number, result in results.items() if result["outcome"] in TROUBLE}


def told(results):
    return "\n".join(f"  {number} {result['outcome']}: {result['message']}" for number, result in results.items())
