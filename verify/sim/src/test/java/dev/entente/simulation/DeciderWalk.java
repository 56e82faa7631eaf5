package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.decision.Effect;
import dev.entente.core.decision.Event;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.TransactionState;
import dev.entente.simulation.reference.Observation;
import java.time.Duration;
import java.time.Instant;

/**
 * One transaction, driven through the decider only: calls with any result, crashes and takeovers, operations, time that
 * passes. Then everything succeeds, and the transaction must finish.
 */
final class DeciderWalk extends WalkStage {
    private static final int STEPS = 120;
    private static final int STEPS_TO_SETTLE = 500;

    private boolean isSettling;

    DeciderWalk(long seed) {
        super(seed);
    }

    /** Runs until the transaction is finished. */
    void run() {
        try {
            if (held != null) {
                decide(new Event.Proceed());
            }
            for (int i = 0; i < STEPS && !isOver(); i++) {
                step();
            }
            isSettling = true;
            for (int i = 0; i < STEPS_TO_SETTLE && !isOver(); i++) {
                settle();
            }
            assertThat(isOver()).as("it ends when all go well").isTrue();
        } catch (AssertionError | RuntimeException broken) {
            throw new AssertionError(broken.getMessage() + reported(), broken);
        }
    }

    // ---- random steps

    private void step() {
        now += 1 + random.nextInt(random.nextInt(6) == 0 ? 3000 : 40);
        int draw = random.nextInt(100);
        if (draw < 3 && held != null) {
            crash();
        } else if (draw < (held == null ? 40 : 12) && offered == null) {
            offer(draws.request(durable.plan(), isBegun));
        } else if (draw == 99 && write == null) {
            now += random.nextInt(3) == 0 ? TIMEOUT_MILLIS : 30_000;
        } else if (draw == 98 && held != null) {
            decide(new Event.DrainDue());
        } else if (write != null && draw < 60) {
            written();
        } else if (!calls.isEmpty() && draw < 92) {
            answer(calls.remove(random.nextInt(calls.size())));
        } else if (!queueChecks.isEmpty()) {
            reportQueuePosition(random.nextInt(8));
        } else {
            advance(draw);
        }
    }

    private void advance(int draw) {
        GlobalTransaction here = held;
        if (here == null && offered != null) {
            offerAgain();
        } else if (here == null) {
            claimIfDue();
        } else if (here.isDirty() && draw % 2 == 0) {
            decide(new Event.FlushDue());
        } else if (wakeAt != null) {
            now = Math.max(now, wakeAt.toEpochMilli());
            wakeAt = null;
            decide(new Event.Proceed());
        }
    }

    /** Takes the next step while everything succeeds. */
    private void settle() {
        now += 40;
        GlobalTransaction here = held;
        Parked parked = durable.progress().parked();
        if (write != null) {
            written();
        } else if (here != null && here.isDirty()) {
            decide(new Event.FlushDue());
        } else if (!queueChecks.isEmpty()) {
            reportQueuePosition(7);
        } else if (!calls.isEmpty()) {
            answer(calls.removeFirst());
        } else if (here != null && wakeAt == null) {
            decide(new Event.Proceed());
        } else if (here == null && offered == null && parked != null) {
            offer(repairRequest(parked));
        } else {
            now += here == null ? 30_000 : 0;
            advance(1);
        }
    }

    private TransactionRequest repairRequest(Parked parked) {
        for (int i = 0; i < durable.plan().branches().size(); i++) {
            if (durable.progress().branch(i).state() == BranchState.AWAITING_APPROVAL
                    && state() == TransactionState.RUNNING) {
                String branch = durable.plan().branches().get(i).id();
                return new TransactionRequest.DecideApproval(branch, true, "operator", "looked", 0);
            }
        }
        if (state() == TransactionState.BEGUN && random.nextBoolean()) {
            return new TransactionRequest.Abort("enough", "client", false, 0);
        }
        return parked.reason() == ParkReason.BINDING_ABSENT
                ? new TransactionRequest.ForceFinish(TransactionState.ABORTED, "operator", "it lacks a field", 0)
                : new TransactionRequest.Retry("operator", "fixed", 0);
    }

    /** Reports the queue position of a delivery. */
    private void reportQueuePosition(int draw) {
        int index = queueChecks.removeFirst();
        String branch = durable.plan().branches().get(index).shownId();
        if (draw == 0) {
            decide(new Event.Blocked(index, "another", Duration.ofSeconds(12)));
        } else if (draw == 1 || !firstInQueue.contains(branch)) {
            queueChecks.add(index);
            decide(new Event.Blocked(index, "another", null));
        } else {
            report(new Observation.FirstInQueue(now, branch));
            decide(new Event.PositionReached(index));
        }
    }

    /** kill -9: a write in flight is carried out or not, and calls already sent may still arrive. */
    private void crash() {
        if (write != null && random.nextBoolean()) {
            carryOut(write);
        }
        log.add(now + " the coordinator dies");
        offered = null;
        forget();
        calls.clear();
        if (!durable.isResting() && !isOver()) {
            now += 5000;
            claim();
        }
    }

    private void claimIfDue() {
        Instant due = durable.dueAt();
        boolean isPatient = isSettling || random.nextInt(isBegun ? 12 : 2) == 0;
        if (due != null && isPatient && !isOver()) {
            now = Math.max(now, due.toEpochMilli());
            claim();
        }
    }

    private void answer(Effect.Call call) {
        Plan plan = held == null ? durable.plan() : held.plan();
        Branch branch = plan.branches().get(call.branch());
        Outcome outcome = isSettling ? draws.success() : draws.outcome(call.role());
        String operation = plan.operationName(call.branch(), call.role());
        if (isOffer(plan, call)) {
            if (outcome instanceof Outcome.Succeeded) {
                report(new Observation.ChildAccepted(now, branch.id()));
            } else {
                outcome = new Outcome.Unknown("not accepted", null);
            }
        } else {
            if (outcome instanceof Outcome.NotSent notSent && notSent.isUnreachable()) {
                report(new Observation.NeverCalled(now, branch.shownId(), operation));
            }
            report(new Observation.Received(
                    now,
                    incarnation,
                    branch.shownId(),
                    operation,
                    StoredReading.kind(outcome),
                    StoredReading.tried(branch.shownId(), outcome)));
        }
        decide(new Event.CallFinished(call.branch(), call.role(), outcome));
        offerAgain();
    }
}
