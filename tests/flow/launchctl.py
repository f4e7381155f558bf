"""A launchctl for tests: knows the grammar of the calls, loads a property list, runs its program, stops it again.

State: one file per loaded label, in the folder LAUNCHCTL_STATE: the path of its property list and the pid.
"""

import json
import os
import plistlib
import signal
import subprocess
import sys
from pathlib import Path

STATE = Path(os.environ["LAUNCHCTL_STATE"])
DOMAIN = f"gui/{os.getuid()}"
USAGE, NOT_LOADED, LOADED_ALREADY = 64, 3, 37


def main(words):
    match words:
        case ["bootstrap", domain, file] if domain == DOMAIN and Path(file).is_absolute():
            return bootstrap(Path(file))
        case ["test-end"]:
            return max([bootout(file.name) for file in STATE.glob("*")], default=0)
        case [*words, target] if label(target):
            return known(words, label(target))
        case _:
            return USAGE


def known(words, name):
    match words:
        case ["enable"]:
            return 0
        case ["bootout"]:
            return bootout(name)
        case ["kickstart"]:
            return kickstart(name, again=False)
        case ["kickstart", "-k"]:
            return kickstart(name, again=True)
        case ["kill", "SIGTERM"]:
            return kill(name)
        case ["print"]:
            return tell(name)
        case _:
            return USAGE


def label(target):
    domain, _, name = target.rpartition("/")
    return name if domain == DOMAIN and name else ""


def loaded(name):
    file = STATE / name
    return json.loads(file.read_text()) if file.exists() else None


def bootstrap(file):
    STATE.mkdir(exist_ok=True)
    agent = plistlib.loads(file.read_bytes())
    if file.parent.name != "LaunchAgents" or file.name != f"{agent['Label']}.plist" or loaded(agent["Label"]):
        return LOADED_ALREADY
    return run(agent, file)


def run(agent, file):
    with Path(agent["StandardOutPath"]).open("ab") as out, Path(agent["StandardErrorPath"]).open("ab") as err:
        started = subprocess.Popen(
            agent["ProgramArguments"],
            env=agent["EnvironmentVariables"],
            cwd=agent["WorkingDirectory"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    (STATE / agent["Label"]).write_text(json.dumps({"file": str(file), "pid": started.pid}))
    started.returncode = 0  # it lives on without us
    return 0


def alive(pid):
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if Path("/proc").is_dir() else True
    except OSError:
        return False


def end(pid):
    if alive(pid):
        os.kill(pid, signal.SIGTERM)
    while alive(pid):
        signal.sigtimedwait([], 0.05)


def bootout(name):
    found = loaded(name)
    if found is None:
        return NOT_LOADED
    end(found["pid"])
    (STATE / name).unlink()
    return 0


def kickstart(name, again):
    found = loaded(name)
    if found is None:
        return NOT_LOADED
    if again:
        end(found["pid"])
    if alive(found["pid"]):
        return LOADED_ALREADY
    return run(plistlib.loads(Path(found["file"]).read_bytes()), Path(found["file"]))


def kill(name):
    found = loaded(name)
    if found is None or not alive(found["pid"]):
        return NOT_LOADED
    os.kill(found["pid"], signal.SIGTERM)
    return 0


def tell(name):
    found = loaded(name)
    if found is None:
        return 113
    state = "running" if alive(found["pid"]) else "not running"
    sys.stdout.write(f"{DOMAIN}/{name} = {{\n\tpath = {found['file']}\n\tstate = {state}\n}}\n")
    return 0


sys.exit(main(sys.argv[1:]))
