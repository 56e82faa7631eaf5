"""Checks the participant's calls against docs/patterns/rules.md: order, duplicates, metadata, final states."""
import collections, re

from participant import COMPLETION, UNDO


OPERATIONS = {"saga": {"action", "compensate"}, "tcc": {"try", "confirm", "cancel"}, "message": {"deliver"}}


def ancestors(after, branch):
    found, left = set(), list(after[branch])
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left.extend(after[one])
    return found


class Judge:
    """Checks the ledger of one transaction against the rules."""

    def __init__(self, gid, shape, calls, end):
        self.gid, self.shape, self.end, self.faults = gid, shape, end, []
        self.calls = collections.defaultdict(list)
        for call in calls:
            role = "undo" if call["op"] in UNDO else "completion" if call["op"] in COMPLETION else "forward"
            self.calls[call["branch"], role].append(call)
            self.check_metadata(call)
        self.fences = {call["md"].get("entente-fence") for call in calls}

    def fault(self, text):
        self.faults.append(f"{self.gid}: {text}")

    def first(self, branch, role):
        return min((c["begin"] for c in self.calls[branch, role]), default=None)

    def ok(self, branch, role):
        return min((c["end"] for c in self.calls[branch, role] if c["ok"]), default=None)

    def did(self, branch, role):
        return sum(c["did"] for c in self.calls[branch, role])

    def check_metadata(self, call):
        md = call["md"]
        key = f"{call['gid']}/{call['branch']}/{call['op']}"
        forms = {"entente-attempt": r"[1-9]\d*", "entente-fence": r"[1-9]\d*", "entente-fence-base": "1",
                 "entente-pattern": self.shape["kind"],
                 "entente-created": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "idempotency-key": re.escape(key),
                 "traceparent": r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"}
        for name, form in forms.items():
            if not re.fullmatch(form, md.get(name, "")):
                self.fault(f"metadata {name}={md.get(name)!r} of {key}")
        ops = OPERATIONS[self.shape["kind"]]
        if call["branch"] not in self.shape["after"] or call["op"] not in ops:
            self.fault(f"a call that is not in the plan: {key}")

    def judge(self):
        for branch, after in self.shape["after"].items():
            if branch in self.shape.get("approvals", []):
                continue
            self.forward_order(branch, after)
            self.backward_order(branch)
            self.settled(branch)
        expected = "ABORTED" if self.shape["no"] else "SUCCEEDED"
        if self.end != expected:
            self.fault(f"the final state is {self.end}, not {expected}")
        return self.faults

    def forward_order(self, branch, after):
        called = self.first(branch, "forward")
        for earlier in self.real(after):
            done = self.ok(earlier, "forward")
            if called is not None and (done is None or done > called):
                self.fault(f"{branch} was called before {earlier} was done")
            confirmed, first = self.ok(earlier, "completion"), self.first(branch, "completion")
            if first is not None and (confirmed is None or confirmed > first):
                self.fault(f"{branch} was confirmed before {earlier}")
        bound = self.shape["bind"].get(branch)
        for call in self.calls[branch, "forward"]:
            if bound and call["bound"].decode() != f"{self.gid}/{bound}":
                self.fault(f"{branch} was called with {call['bound']!r} instead of the response of {bound}")

    def real(self, after):
        """Returns the called branches before a branch; an approval is replaced by the branches before the approval."""
        approvals = self.shape.get("approvals", [])
        return [b for one in after for b in (self.real(self.shape["after"][one]) if one in approvals else [one])]

    def backward_order(self, branch):
        """Checks that branches behind an ancestor are compensated before the ancestor."""
        undone = self.ok(branch, "undo")
        is_to_undo = branch in self.shape["undo"] and self.was_done(branch)
        for earlier in ancestors(self.shape["after"], branch):
            first = self.first(earlier, "undo")
            if first is not None and is_to_undo and (undone is None or undone > first):
                self.fault(f"{earlier} was undone before {branch}")

    def was_done(self, branch):
        return any(c["did"] for c in self.calls[branch, "forward"])

    def settled(self, branch):
        done, undone, completed = (self.did(branch, role) for role in ("forward", "undo", "completion"))
        if max(done, undone, completed) > 1:
            self.fault(f"{branch} took effect twice")
        if self.end == "SUCCEEDED" and (not done or self.calls[branch, "undo"]):
            self.fault(f"SUCCEEDED, but {branch} was {'undone' if done else 'never done'}")
        if self.shape["kind"] == "tcc" and completed != (self.end == "SUCCEEDED"):
            self.fault(f"{self.end}, but {branch} was {'' if completed else 'not '}confirmed")
        if self.end == "ABORTED" and branch in self.shape["undo"] and done != undone:
            self.fault(f"ABORTED, but {branch} is not undone")
        if len(self.fences) == 1 and self.calls[branch, "undo"] and not self.calls[branch, "forward"]:
            self.fault(f"{branch} was undone, but its only coordinator never called it")
