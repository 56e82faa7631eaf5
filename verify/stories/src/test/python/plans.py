"""Random plans, and the facts about each plan that the checker needs."""
import json, random, time

import grpc
from google.protobuf import any_pb2


def new_shape(kind):
    """The facts of a plan about its branches: predecessors, compensations, bindings, and the branch that refuses."""
    return {"kind": kind, "after": {}, "undo": set(), "bind": {}, "no": set()}


class Work:
    """Random plans, and the check of each run of a plan."""

    def __init__(self, seed, modules, client):
        self.random = random.Random(seed)
        self.plan, self.transaction, self.service, _ = modules
        self.client, self.shapes = client, {}

    def behaviour(self, may_refuse):
        chance = self.random.random()
        behaviour = {"ms": self.random.choice((0, 0, 0, 20, 200))}
        if may_refuse and chance < 0.18:
            behaviour["verdict"] = self.random.choice(("no", "no", "failed"))
        elif chance < 0.5:
            behaviour[self.random.choice(("flaky", "busy", "lost"))] = self.random.choice((1, 2))
        return behaviour

    def operation(self, name, behaviour, bind=None):
        operation = self.plan.Operation(grpc="foreign/foreign.v1.Anything/" + name,
                                        raw=any_pb2.Any(type_url=json.dumps(behaviour)).SerializeToString())
        operation.policy.first_backoff.FromMilliseconds(50)
        operation.policy.max_backoff.FromMilliseconds(500)
        if bind:
            operation.bind.add(**{"from": bind, "from_path": "1", "to_path": "2"})
        return operation

    def saga(self, gid):
        plan, shape = self.plan.Plan(gid=gid, name="foreign"), new_shape("saga")
        is_graph = self.random.random() < 0.6
        for i in range(self.random.randint(1, 7)):
            branch = f"s{i}"
            earlier = [f"s{j}" for j in range(i)]
            some = self.random.sample(earlier, min(len(earlier), self.random.randint(0, 2)))
            after = some if is_graph else earlier[-1:]
            step = plan.saga.steps.add(id=branch, after=after if is_graph else [])
            shape["after"][branch] = list(after)
            if i and self.random.random() < 0.1:
                step.approval.within.FromSeconds(600)
                step.no_undo = True
                shape.setdefault("approvals", []).append(branch)
                continue
            behaviour = self.behaviour(True)
            if "verdict" in behaviour:
                shape["no"].add(branch)
            bound = [b for b in after if b not in shape.get("approvals", [])]
            bind = self.random.choice(bound) if bound and self.random.random() < 0.3 else None
            shape["bind"][branch] = bind
            step.action.CopyFrom(self.operation("Do", behaviour, bind))
            if self.random.random() < 0.7:
                step.compensate.CopyFrom(self.operation("Undo", self.behaviour(False)))
                shape["undo"].add(branch)
            else:
                step.no_undo = True
        if is_graph and all(not step.after for step in plan.saga.steps):  # a saga without any `after` is a sequence
            shape["after"] = {f"s{i}": [f"s{i - 1}"] if i else [] for i in range(len(plan.saga.steps))}
        return plan, shape

    def tcc(self, gid):
        plan, shape = self.plan.Plan(gid=gid, name="foreign"), new_shape("tcc")
        paths = []
        for i in range(self.random.randint(1, 5)):
            parents = [path for path in paths if path.count("/") < 3]
            parent = self.random.choice(parents) if parents and self.random.random() < 0.4 else ""
            path = f"{parent}/b{i}" if parent else f"b{i}"
            behaviour = self.behaviour(True)
            if "verdict" in behaviour:
                shape["no"].add(path)
            branch = plan.tcc.branches.add(id=f"b{i}", parent=parent, **{"try": self.operation("Try", behaviour)})
            branch.confirm.CopyFrom(self.operation("Confirm", self.behaviour(False)))
            branch.cancel.CopyFrom(self.operation("Cancel", self.behaviour(False)))
            shape["after"][path], shape["bind"][path] = [parent] if parent else [], None
            shape["undo"].add(path)
            paths.append(path)
        return plan, shape

    def message(self, gid):
        plan, shape = self.plan.Plan(gid=gid, name="foreign"), new_shape("message")
        for i in range(self.random.randint(1, 3)):
            plan.message.deliveries.add().CopyFrom(self.operation("Deliver", self.behaviour(False)))
            shape["after"][f"delivery-{i + 1}"], shape["bind"][f"delivery-{i + 1}"] = [], None
        return plan, shape

    def submit(self, gid):
        plan, shape = self.random.choices((self.saga, self.tcc, self.message), (6, 3, 2))[0](gid)
        self.shapes[gid] = shape
        request = self.service.SubmitTransactionRequest(plan=plan)
        return lambda: self.run(gid, shape, request)

    def run(self, gid, shape, request):
        self.client.ask("SubmitTransaction", request, (self.service, "SubmitTransactionResponse"))
        for branch in shape.get("approvals", []):
            self.approve(gid, branch)

    def approve(self, gid, branch):
        until = time.monotonic() + self.client.patience
        while time.monotonic() < until:
            seen = self.get(gid)
            status = next((b for b in seen.branches if b.id == branch), None)
            if seen.terminal or (status and status.state == self.transaction.BranchStatus.DONE):
                return
            if status and status.state == self.transaction.BranchStatus.AWAITING_APPROVAL:
                decision = self.service.DecideApprovalRequest(gid=gid, branch=branch, approved=True, reason="foreign")
                try:
                    self.client.ask("DecideApproval", decision, (self.transaction, "Transaction"))
                except grpc.RpcError as refused:  # the saga may have switched to undo
                    if refused.code() != grpc.StatusCode.FAILED_PRECONDITION:
                        raise
            time.sleep(0.1)

    def get(self, gid, wait=0):
        request = self.service.GetTransactionRequest(gid=gid)
        request.wait.FromSeconds(wait)
        return self.client.ask("GetTransaction", request, (self.transaction, "Transaction"))

    def again(self, gid):
        """Other content under the same gid must be refused."""
        other = self.plan.Plan(gid=gid, name="other")
        other.saga.steps.add(id="x", no_undo=True, action=self.operation("Do", {}))
        try:
            request = self.service.SubmitTransactionRequest(plan=other)
            self.client.ask("SubmitTransaction", request, (self.service, "SubmitTransactionResponse"))
            return [f"{gid}: other content under its gid was accepted"]
        except grpc.RpcError as refused:
            is_right = refused.code() == grpc.StatusCode.ALREADY_EXISTS
            return [] if is_right else [f"{gid}: other content under its gid: {refused.code()}"]
