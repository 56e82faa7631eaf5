#!/usr/bin/python3
"""vectors.py FILE: checks signature.py against the signature vectors of that file. Exit code 1 if one differs."""
import json
import sys

import signature

with open(sys.argv[1], encoding="utf-8") as file:
    vectors = json.load(file)["signatures"]
wrong = [each["name"] for each in vectors
         if signature.holds(each["key"], each["method"], each["authority"], each["path"], each["headers"],
                            each["body"].encode(), each["now"]) != each["holds"]]
print(f"{len(vectors)} signatures, {len(wrong)} wrong: {', '.join(wrong)}", flush=True)
sys.exit(1 if wrong or not vectors else 0)
