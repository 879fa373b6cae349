"""Runs the AWS CLI on the arguments that it reads, one JSON line each, and answers {exitCode, stdout, stderr}.

Each run is a process of its own with the CLI's own entry point; it is forked after the import, which takes most of the time.
"""
import json
import os
import sys
import tempfile

import awscli.clidriver

for line in sys.stdin:
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            sys.argv = ["aws", *json.loads(line)["args"]]
            code = 255
            try:
                code = awscli.clidriver.main()
            except SystemExit as leaving:
                code = leaving.code or 0
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code if isinstance(code, int) else 255)
        exit_code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        err.seek(0)
        print(json.dumps({"exitCode": exit_code, "stdout": out.read(), "stderr": err.read()}), flush=True)
