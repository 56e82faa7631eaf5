package dev.entente.torture.load;

import dev.entente.client.EntenteException;
import dev.entente.simulation.reference.Request;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.Parked;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.Transaction;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * An operator who waits until a transaction is parked and then resolves it: states the result of a step, or forces a
 * final state.
 *
 * @param way 0 states the result of a step if possible; any other value forces a final state
 */
record ParkedResolution(int way) implements Job.FollowUp {
    static final int WAYS = 3;
    private static final int POLLS = 60;
    private static final long PAUSE_NANOS = Duration.ofMillis(200).toNanos();

    @Override
    public void run(Job.Attempt attempt, BooleanSupplier mayGoOn) {
        Optional<Transaction> parked = Optional.empty();
        for (int i = 0; i < POLLS && mayGoOn.getAsBoolean() && parked.isEmpty(); i++) {
            LockSupport.parkNanos(PAUSE_NANOS);
            Optional<Transaction> seen = poll(attempt, i);
            if (seen.isPresent() && seen.get().getTerminal()) {
                return;
            }
            parked = seen.filter(one -> one.hasParked()
                    && one.getParked().getReason() != Parked.Reason.BY_OPERATOR
                    && one.getParked().getReason() != Parked.Reason.APPROVAL_TIMED_OUT);
        }
        parked.ifPresent(one -> rescue(new OperatorCall(attempt, mayGoOn), one));
    }

    private static Optional<Transaction> poll(Job.Attempt attempt, int number) {
        try {
            return Optional.of(attempt.fleet()
                    .get(attempt.number() + number)
                    .transactions()
                    .get(attempt.gid()));
        } catch (EntenteException unanswered) {
            Job.raiseIfDefect(unanswered);
            return Optional.empty();
        }
    }

    private void rescue(OperatorCall call, Transaction parked) {
        Optional<BranchStatus> step = parked.getBranchesList().stream()
                .filter(branch -> branch.getState() == BranchStatus.State.FAILED
                        && branch.getCurrentOp().equals("action"))
                .findFirst();
        boolean isForward = parked.getState() == Transaction.State.RUNNING;
        if (way == 0 && step.isPresent() && isForward) {
            state(call, parked.getGid(), step.get().getId());
        } else {
            Transaction.State end = way == 1 || isForward ? Transaction.State.SUCCEEDED : Transaction.State.ABORTED;
            ForceFinishRequest request = ForceFinishRequest.newBuilder()
                    .setGid(parked.getGid())
                    .setAs(end)
                    .setReason("torture")
                    .build();
            call.take(new Request.Force(), coordinator -> coordinator.forceFinishTransaction(request));
        }
    }

    private static void state(OperatorCall call, String gid, String step) {
        ResolveBranchRequest.Builder statement = ResolveBranchRequest.newBuilder()
                .setGid(gid)
                .setBranch(step)
                .setOp("action")
                .setReason("torture");
        statement.getDoneBuilder();
        call.take(
                new Request.State(step, "action", Request.Truth.DONE),
                coordinator -> coordinator.resolveBranch(statement.build()));
    }
}
