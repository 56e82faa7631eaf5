package dev.entente.simulation;

import dev.entente.core.codec.ProgressCodec;
import dev.entente.core.decision.Act;
import dev.entente.core.decision.Decision;
import dev.entente.core.decision.Effect;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.History;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.StoredTransaction;
import dev.entente.simulation.store.Tables;
import dev.entente.simulation.world.SentCalls;
import dev.entente.simulation.world.SupersededCalls;
import dev.entente.simulation.world.VirtualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Watches every call and row, and judges at the end: the laws, from the rows, the participants and what clients were
 * told.
 */
final class Judge {
    private final VirtualTime time;
    private final Tables tables;
    private final Service service;
    private final RunRecording tape;
    private final MessageJudge messages;
    private final OrderJudge order;
    private final List<String> violations = new ArrayList<>();
    private final Map<String, OpenRow> parkedByFailover = new HashMap<>();
    private final SentCalls calls;
    private final SupersededCalls superseded;
    private final CallJudge callJudge;
    private final Map<String, Promise> promises = new HashMap<>();
    private final ParkPromises parkPromises = new ParkPromises();
    /** How far two coordinators' clocks may be apart: by a slow answer about the time, and by all sleep so far. */
    private Duration clockError = Duration.ofMillis(600);

    Judge(VirtualTime time, Tables tables, Service service, RunRecording tape, SupersededCalls superseded) {
        this.tape = tape;
        this.superseded = superseded;
        this.time = time;
        this.tables = tables;
        this.service = service;
        this.calls = new SentCalls(time);
        this.messages = new MessageJudge(tables, service);
        this.callJudge = new CallJudge(service, messages, calls);
        this.order = new OrderJudge(service);
        tables.watchedBy(this::written);
    }

    /** A write that changed a row: only its holder's may, or that of somebody who takes what nobody holds. */
    private void written(long incarnation, RowWrite write, OpenRow before) {
        Long owner = write.takes() ? null : (Long) incarnation;
        if (before.rev() != write.rev() || !Objects.equals(before.owner(), owner)) {
            violated("L4", write.gid(), "was written by " + incarnation + " while " + before.owner() + " held it");
        }
        AuditRecord audit = write.audit();
        if (audit != null && (audit.act().equals("force-finish") || audit.act().equals("resolve"))) {
            checkStated(audit.act(), write, before);
        }
    }

    /** Checks that no call under way can make an operator's statement untrue. */
    private void checkStated(String act, RowWrite write, OpenRow before) {
        Plan plan = PlanCodec.standard().decodeStored(before.format(), before.plan());
        int resolved = act.equals("resolve") ? lastResolved(history(write.change(), plan)) : -1;
        // a question changes nothing that is stated
        for (int i = plan.checkBack() + 1; i < plan.branches().size(); i++) {
            String branch = plan.branches().get(i).id();
            if (resolved < 0 || resolved == i) {
                for (Role role : calls.underWay(write.gid(), branch)) {
                    violated("acts", write.gid(), act + " while " + role + " " + branch + " was under way");
                }
            }
        }
    }

    private static History history(RowWrite.Change change, Plan plan) {
        return switch (change) {
            case RowWrite.Flush flush ->
                ProgressCodec.decode(flush.progress(), plan).history();
            case RowWrite.Rest rest ->
                ProgressCodec.decode(Objects.requireNonNull(rest.progress()), plan)
                        .history();
            case RowWrite.Finish finish ->
                ProgressCodec.decode(finish.progress(), plan).history();
        };
    }

    private static int lastResolved(History history) {
        return history.events().reversed().stream()
                .mapToInt(event -> event.fact() instanceof Fact.Resolved resolved ? resolved.branch() : -1)
                .filter(branch -> branch >= 0)
                .findFirst()
                .orElse(-1);
    }

    List<String> violations() {
        return violations;
    }

    private void violated(String law, String gid, String what) {
        violations.add(law + " " + gid + ": " + what);
    }

    // ---- decisions, as they are made

    /** Checks that calls which count as under way have left. A call that only waits must not delay acts. */
    void decided(GlobalTransaction before, Decision decision) {
        Progress after = decision.next().progress();
        for (int i = 0; i < after.branches().size(); i++) {
            boolean wasUnderWay = i < before.progress().branches().size()
                    && before.progress().branch(i).isInFlight();
            if (after.branch(i).isInFlight() && !wasUnderWay && !isCalled(decision, i)) {
                String branch = decision.next().plan().branches().get(i).id();
                violated("waiting", before.gid(), branch + " counts as called, and no call of it leaves");
            }
        }
    }

    private static boolean isCalled(Decision decision, int branch) {
        return decision.effects().stream()
                .anyMatch(effect -> effect instanceof Effect.Call call && call.branch() == branch);
    }

    // ---- calls, as they leave

    void called(long incarnation, BranchCall call, Role role) {
        String name = role + " " + call.branch();
        if (parkPromises.holds(call.gid())) {
            violated("park", call.gid(), name + " left though an operator has parked it");
        }
        tape.left(call, incarnation, tables.isAlive(incarnation));
        superseded.left(incarnation, call);
        if (!tables.isAlive(incarnation)) {
            violated("L4", call.gid(), name + " left from an incarnation that was declared dead");
        }
        StoredTransaction row = tables.read(call.gid());
        if (!(row instanceof OpenRow open)) {
            violated("L1", call.gid(), name + " left while its row was " + (row == null ? "missing" : "finished"));
            return;
        }
        if (open.owner() != null && open.owner() != incarnation) {
            violated("L4", call.gid(), name + " left from " + incarnation + " while " + open.owner() + " held the row");
        }
        Plan plan = PlanCodec.standard().decodeStored(open.format(), open.plan());
        int index = plan.indexOf(call.branch());
        if (index < 0) {
            violated("L1", call.gid(), name + " left before its branch was durable");
            return;
        }
        Progress stored = open.progress() == null ? null : ProgressCodec.decode(open.progress(), plan);
        violations.addAll(callJudge.check(call, role, open, plan, stored));
        order.check(call, role, plan).forEach(violations::add);
        if (role == Role.UNDO && stored != null) {
            OrderJudge.checkReached(call, plan, stored).forEach(violations::add);
        }
        calls.left(call, role, incarnation);
    }

    void answered(long incarnation, BranchCall call, Role role) {
        tape.answered(call);
        calls.answered(call, role, incarnation);
    }

    void unreached(BranchCall call, Role role) {
        calls.unreached(call, role);
    }

    // ---- rows, as they change

    /**
     * A machine sleeps: until it has asked the database for the time again, its histories tell earlier times than it
     * is.
     */
    void suspended(Duration duration) {
        tape.suspended(duration);
        clockError = clockError.plus(duration);
    }

    /** After a failover every row waits for people: nothing may move it until they have released it. */
    void failedOver() {
        tape.failedOver();
        parkPromises.forget();
        for (OpenRow row : tables.openRows()) {
            parkedByFailover.put(row.gid(), row);
        }
    }

    void recovered() {
        tape.released();
        checkFailover();
        parkedByFailover.clear();
    }

    void checkFailover() {
        parkedByFailover.forEach((gid, before) -> {
            if (!Objects.equals(tables.read(gid), before)) {
                violated(
                        "failover",
                        gid,
                        "moved before it was released, at " + time.now() + ": " + before + " -> " + tables.read(gid));
            }
        });
        parkedByFailover.entrySet().removeIf(entry -> !Objects.equals(tables.read(entry.getKey()), entry.getValue()));
    }

    boolean isWaitingForRecovery(OpenRow row) {
        Parked parked = row.parked();
        return parked != null && parked.reason().awaitsRecovery();
    }

    // ---- what clients were told

    private Promise promise(String gid) {
        return promises.computeIfAbsent(gid, _ -> new Promise());
    }

    void accepted(String gid) {
        tape.told(gid, "ACCEPTED", null);
        promise(gid).isAccepted = true;
    }

    /** The client was told for certain that nothing was written, and went away. */
    void refused(String gid) {
        tape.told(gid, "REFUSED", null);
        promise(gid).isRefused = true;
    }

    /** An operator has taken the end, or one branch's, on himself. */
    void forced(String gid) {
        promise(gid).isForced = true;
    }

    /** The client's decision was accepted: that is how it must end. */
    void decided(String gid, TransactionState end) {
        tape.told(gid, end == TransactionState.SUCCEEDED ? "COMMITTED" : "ABORTED", null);
        promise(gid).decided = end;
    }

    /** Somebody's answer to an approval was accepted: it must stand. */
    void approved(String gid, String branch, boolean isApproved) {
        tape.told(gid, isApproved ? "APPROVED" : "DISAPPROVED", null);
        Boolean before = promise(gid).approvals.put(branch, isApproved);
        if (before != null && before != isApproved) {
            violated("L1", gid, branch + " was approved and rejected");
        }
    }

    /** An operator asks for something. */
    void asked(String gid, Act act) {
        parkPromises.asked(gid, act);
    }

    /** The operator was answered; or, if neither, was not. */
    void operated(String gid, Act act, boolean isDone, boolean isRefused) {
        parkPromises.answered(gid, act, isDone, isRefused);
    }

    /** Somebody stated what must not be accepted, and it was. */
    void stated(String gid, String what) {
        violated("acts", gid, what);
    }

    /** A defect of the engine stopped the transaction. */
    void stumbled(String gid, String detail) {
        violated("defect", gid, detail);
    }

    /** The end that somebody was told of it; null if nobody was. */
    @Nullable
    TransactionState toldEnd(String gid) {
        return promise(gid).end;
    }

    /**
     * Somebody looked at it.
     *
     * @param told the end that somebody had been told when he asked, or null
     */
    void shown(String gid, Instant askedAt, @Nullable TransactionState told, TransactionState state) {
        tape.shown(gid, askedAt.toEpochMilli(), state);
        if (told != null && told != state) {
            violated("L5", gid, "was told " + told + ", then shown " + state);
        }
    }

    void ended(String gid, TransactionState state) {
        tape.told(gid, "ENDED", state);
        Promise promise = promise(gid);
        if (promise.end != null && promise.end != state) {
            violated("L5", gid, "was told " + promise.end + ", then " + state);
        }
        promise.end = state;
    }

    /** It waits on nobody who does not answer. */
    void mustHaveEnded(String gid) {
        if (promise(gid).isAccepted && tables.read(gid) instanceof OpenRow row && row.parked() == null) {
            violated("share", gid, "waits behind those of a participant that does not answer: " + described(row));
        }
    }

    // ---- the end

    void judge() {
        violations.addAll(tables.ailments().wronglyClaimed());
        violations.addAll(tables.ailments().wronglyDeclared());
        violations.addAll(superseded.violations());
        checkFailover();
        promises.forEach(this::judge);
    }

    private void judgeAttempts(String gid, Plan plan, History history) {
        new AttemptJudge(
                        plan,
                        (branch, role) -> calls.count(gid, branch, role),
                        (branch, role) -> calls.unreached(gid, branch, role),
                        service.outage().patience().minus(clockError))
                .violations(history.events())
                .forEach(found -> violated("attempts", gid, found));
    }

    private void judge(String gid, Promise promise) {
        StoredTransaction row = tables.read(gid);
        if (promise.isRefused && row != null) {
            violated("L1", gid, "was refused for certain, and stands");
        }
        if (promise.isAccepted && row == null) {
            violated("L1", gid, "was accepted, and is gone");
        }
        switch (row) {
            case null -> {}
            case OpenRow open -> judgeOpen(gid, open, promise);
            case FinishedRow finished -> {
                violations.addAll(new EndJudge(tables, service, finished, promise).violations());
                Plan plan = PlanCodec.decodeEnded(finished.plan(), finished.name());
                judgeAttempts(
                        gid,
                        plan,
                        ProgressCodec.decode(finished.progress(), plan).history());
            }
        }
    }

    private void judgeOpen(String gid, OpenRow row, Promise promise) {
        if (!promise.isForced) {
            service.branches(gid).forEach((name, branch) -> {
                if (branch.wasCompletedUnseen) {
                    violated("contract", gid, name + " was confirmed though it was never tried");
                }
            });
        }
        if (row.parked() == null && !messages.waits(row)) {
            violated("L6", gid, "neither ended nor parked: " + described(row));
        }
        if (promise.end != null && promise.end.isTerminal()) {
            violated("L5", gid, "was told " + promise.end + ", and is open");
        }
    }

    private static String described(OpenRow row) {
        Plan plan = PlanCodec.standard().decodeStored(row.format(), row.plan());
        String progress = row.progress() == null
                ? "untouched"
                : ProgressCodec.decode(row.progress(), plan).history().events().toString();
        return row.state() + ", owner " + row.owner() + ", due " + row.dueAt() + ", rev " + row.rev() + ", " + progress;
    }
}
