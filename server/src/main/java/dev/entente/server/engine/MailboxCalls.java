package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import dev.entente.core.decision.Decider;
import dev.entente.core.decision.Effect;
import dev.entente.core.decision.Event;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import dev.entente.core.transaction.Unsent;
import dev.entente.server.participant.AdmissionSnapshot;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.WaitKind;
import dev.entente.wire.TraceParent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one transaction: makes them, decides whether they may still leave, and records what holds them back.
 *
 * <p>Runs inside the mailbox. Any thread may use the permits and the methods marked thread-safe.
 */
final class MailboxCalls {
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private final MailboxPorts ports;
    private final Mailbox mailbox;
    /** The waiting calls; null until a call waits for a connection, which is rare. */
    private volatile @Nullable CallsAwaitingConnection heldBack;
    /** The wait for capacity; null until a call is refused for lack of capacity. */
    private volatile @Nullable CapacityWait capacityWait;
    /** The transaction's places at participants that are called now or again later; usually one. */
    private final List<ParticipantShares.Place> places = new ArrayList<>(0);

    private boolean hasProgressed;

    MailboxCalls(MailboxPorts ports, Mailbox mailbox) {
        this.ports = ports;
        this.mailbox = mailbox;
    }

    // ---- making calls

    void call(Effect.Call call) {
        GlobalTransaction transaction = mailbox.transaction();
        if (capacityWait != null) {
            capacityWait.end(call.branch());
        }
        if (!ports.calls().lease().isHeld()) {
            finished(call, new Outcome.NotSent("the lease has expired", TRY_AGAIN));
        } else if (isByChild(transaction, call)) {
            ports.calls().children().accept(transaction, call, outcome -> finished(call, outcome));
        } else {
            ParticipantShares.Place place = place(call.target().participant());
            if (place == null) {
                waitForCapacity(
                        call, new Outcome.NotSent("too many transactions wait for this participant", TRY_AGAIN));
            } else {
                Permit permit = new Permit(call, place);
                ports.calls().participants().call(request(transaction, call, permit), permit);
            }
        }
    }

    /** Returns the place at that participant, or null if too many transactions wait there. */
    private ParticipantShares.@Nullable Place place(String participant) {
        places.removeIf(ParticipantShares.Place::isLeft); // left when a call was cancelled
        ParticipantShares.Place taken = taken(participant);
        if (taken == null ? ports.calls().shares().rejects(participant) : taken.yields()) {
            places.remove(taken);
            return null;
        }
        if (taken == null) {
            taken = ports.calls().shares().enter(participant, mailbox.weight().bytes());
            places.add(taken);
        }
        return taken;
    }

    private ParticipantShares.@Nullable Place taken(String participant) {
        for (int i = 0; i < places.size(); i++) {
            if (places.get(i).participant.equals(participant)) {
                return places.get(i);
            }
        }
        return null;
    }

    private void answered(Effect.Call call, Outcome outcome) {
        if (outcome instanceof Outcome.StaleFence stale) {
            stale(call, stale);
        } else if (outcome instanceof Outcome.NotSent why
                && ports.calls().shares().isPressed()) {
            waitForCapacity(call, why);
        } else {
            finished(call, outcome);
        }
    }

    /** Returns whether a child transaction executes the call. */
    private static boolean isByChild(GlobalTransaction transaction, Effect.Call call) {
        Operation operation = transaction.plan().branches().get(call.branch()).operation(call.role());
        return operation != null && operation.child() != null;
    }

    private BranchCall request(GlobalTransaction transaction, Effect.Call call, Permit permit) {
        Plan plan = transaction.plan();
        Branch branch = plan.branches().get(call.branch());
        String operation = plan.operationName(call.branch(), call.role());
        long fence = mailbox.fence();
        ByteString trace = plan.trace();
        boolean isTry = plan.pattern() == Pattern.TCC && call.role() == Role.FORWARD;
        return new BranchCall(
                transaction.gid(),
                branch.shownId(),
                operation,
                call.attempt(),
                fence,
                plan.pattern(),
                transaction.createdAt(),
                call.target(),
                call.request(),
                call.timeout(),
                permit,
                trace == null ? null : TraceParent.of(trace.toByteArray()).header(),
                ports.environment()
                        .traces()
                        .call(
                                transaction,
                                branch.shownId(),
                                operation,
                                call.attempt(),
                                fence,
                                call.target().participant()),
                plan.submitter(),
                isTry ? ports.calls().participants().joinToken(transaction.gid(), branch.shownId(), fence) : null);
    }

    /**
     * Checks the row after a participant has seen a higher fence: either this coordinator was replaced, or the
     * participant is wrong.
     */
    private void stale(Effect.Call call, Outcome.StaleFence stale) {
        Callbacks.when(RowState.at(mailbox.gid(), ports.store()), (row, failure) -> {
            if (failure != null || row instanceof RowState.Ours) {
                finished(call, new Outcome.Unknown("stale fence: " + stale.detail(), null));
            } else {
                mailbox.abandon();
            }
        });
    }

    /** Lets the transaction wait in its row instead of in memory, where other transactions may need the capacity. */
    private void waitForCapacity(Effect.Call call, Outcome.NotSent why) {
        mailbox.post(() -> {
            CapacityWait waiting = capacityWait == null ? new CapacityWait() : capacityWait;
            capacityWait = waiting;
            leave(call);
            mailbox.step(new Event.CallFinished(call.branch(), call.role(), waiting.begin(call.branch(), why)));
        });
    }

    private void finished(Effect.Call call, Outcome outcome) {
        mailbox.post(() -> {
            waits(call, null, false);
            hasProgressed |= !(outcome instanceof Outcome.NotSent);
            if (!isRepeated(outcome)) {
                leave(call);
            }
            mailbox.step(new Event.CallFinished(call.branch(), call.role(), outcome));
        });
    }

    private static boolean isRepeated(Outcome outcome) {
        return switch (outcome) {
            case Outcome.NotSent _, Outcome.Unknown _, Outcome.InProgress _ -> true;
            case Outcome.Succeeded _,
                    Outcome.Rejected _,
                    Outcome.Failed _,
                    Outcome.Misconfigured _,
                    Outcome.StaleFence _ -> false;
        };
    }

    /** Returns whether another branch calls the same participant now. */
    private boolean isCalledByOthers(Effect.Call call) {
        GlobalTransaction transaction = mailbox.transaction();
        List<BranchProgress> branches = transaction.progress().branches();
        for (int i = 0; i < branches.size(); i++) {
            if (i != call.branch() && branches.get(i).isInFlight()) {
                Operation operation = transaction
                        .plan()
                        .branches()
                        .get(i)
                        .operation(branches.get(i).role());
                if (operation != null
                        && operation.target().participant().equals(call.target().participant())) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Leaves the place at that participant, unless another branch still uses the place. */
    private void leave(Effect.Call call) {
        ParticipantShares.Place place =
                isCalledByOthers(call) ? null : taken(call.target().participant());
        if (place != null) {
            places.remove(place);
            place.leave();
        }
    }

    /** Leaves the places at all participants. */
    void leaveAll() {
        places.forEach(ParticipantShares.Place::leave);
        places.clear();
    }

    /** Returns whether a sent call has finished since the row was claimed. */
    boolean haveProgressed() {
        return hasProgressed;
    }

    // ---- waiting calls

    /** Returns the transaction to write: a branch that waits for capacity has no next attempt time. */
    GlobalTransaction written() {
        GlobalTransaction transaction = mailbox.transaction();
        return capacityWait == null ? transaction : capacityWait.written(transaction);
    }

    /** Returns the participant that holds back the transaction that this write puts to rest, or null. */
    @Nullable
    String heldBackBy(Effect effect) {
        return capacityWait == null ? null : capacityWait.participant(mailbox.transaction(), effect);
    }

    /** Returns the progress to show: a call that waits has not left. */
    Progress shown() {
        return shown(mailbox.transaction());
    }

    /** Returns the progress to show for another state of the transaction. Thread-safe. */
    Progress shown(GlobalTransaction transaction) {
        CallsAwaitingConnection known = heldBack;
        return known == null ? transaction.progress() : known.shown(transaction);
    }

    /**
     * Returns the reasons that keep calls from leaving, by branch. Thread-safe.
     *
     * @param transaction a state of this mailbox's transaction
     * @param admissions the connection state and limits of each participant
     */
    Map<Integer, WaitKind> holds(GlobalTransaction transaction, Function<String, AdmissionSnapshot> admissions) {
        Map<Integer, WaitKind> holds = new HashMap<>();
        for (int i = 0; i < transaction.progress().branches().size(); i++) {
            BranchProgress progress = transaction.progress().branch(i);
            Branch branch = transaction.plan().branches().get(i);
            Operation operation = branch.operation(progress.role());
            boolean isToLeave = progress.isInFlight() || progress.next().unsent() != null;
            WaitKind hold = operation == null || operation.child() != null || !isToLeave
                    ? null
                    : hold(
                            branch,
                            i,
                            progress,
                            admissions.apply(operation.target().participant()));
            if (hold != null) {
                holds.put(i, hold);
            }
        }
        return holds;
    }

    /** Returns false if an operator's park, a pause, a switch to undo or the exit from memory stops waiting calls. */
    static boolean mayStillLeave(GlobalTransaction transaction) {
        Ownership ownership = transaction.ownership();
        boolean isStaying = ownership.isHeld() && !ownership.isLeaving() && ownership.pause() == null;
        return isStaying
                && ownership.switchToUndo() == null
                && !transaction.progress().isParkedByOperator();
    }

    /** Returns the transaction after an action has cancelled the calls that wait to leave. Thread-safe. */
    GlobalTransaction calledBack(GlobalTransaction seen, Instant now) {
        Set<String> gid = Set.of(seen.gid());
        Map<String, AdmissionSnapshot> admissions = new HashMap<>();
        CallsAwaitingConnection known = heldBack;
        GlobalTransaction transaction = seen;
        for (int branch : holds(
                        seen,
                        name -> admissions.computeIfAbsent(
                                name, one -> ports.calls().participants().admission(one, gid)))
                .keySet()) {
            BranchProgress progress = seen.progress().branch(branch);
            if (progress.isInFlight() && (known == null || !known.makesConnection(branch))) {
                Outcome outcome = new Outcome.NotSent("the call was cancelled while it waited", TRY_AGAIN);
                Event back = new Event.CallFinished(branch, progress.role(), outcome);
                transaction = ports.decider().decide(transaction, back, now, 0).next();
            }
        }
        return transaction;
    }

    private @Nullable WaitKind hold(Branch branch, int index, BranchProgress progress, AdmissionSnapshot admission) {
        CapacityWait waiting = capacityWait;
        CallsAwaitingConnection known = heldBack;
        Unsent unsent = progress.isInFlight() ? null : progress.next().unsent();
        boolean isUnconnected =
                (known != null && known.hasBranch(index)) || (unsent != null && unsent.unreachableSince() != null);
        if (waiting != null && unsent != null && waiting.hasBranch(index)) {
            return WaitKind.NO_CAPACITY;
        } else if (isUnconnected) {
            return admission.isCircuitOpen() ? WaitKind.CIRCUIT_OPEN : WaitKind.CONNECTING;
        }
        boolean isBehindLimit =
                unsent == null ? admission.hasQueued(mailbox.gid(), branch.shownId()) : admission.isFull();
        return isBehindLimit ? WaitKind.IN_FLIGHT_LIMIT : null;
    }

    private void waits(Effect.Call call, @Nullable String why, boolean makesConnection) {
        CallsAwaitingConnection known = heldBack;
        if (known != null || why != null) {
            (known == null ? firstHeldBack() : known).waits(call.branch(), call.role(), why, makesConnection);
        }
    }

    private synchronized CallsAwaitingConnection firstHeldBack() {
        CallsAwaitingConnection known = heldBack;
        if (known == null) {
            known = new CallsAwaitingConnection();
            heldBack = known;
        }
        return known;
    }

    /**
     * The permit of one call, which also receives the outcome. A waiting call does not leave once its deadline or a
     * later event forbids it. A waiting check-back does not leave once the client has decided.
     */
    private final class Permit implements BranchCall.Permit, Consumer<Outcome> {
        private final Effect.Call call;
        private final ParticipantShares.Place place;

        Permit(Effect.Call call, ParticipantShares.Place place) {
            this.call = call;
            this.place = place;
        }

        @Override
        public void accept(Outcome outcome) {
            answered(call, outcome);
        }

        @Override
        public boolean mayLeave() {
            mailbox.leaves(call);
            return ports.calls().lease().isHeld() && mailbox.isStaying() && isStillWanted();
        }

        @Override
        public boolean mayWait() {
            return mailbox.isStaying() && isStillWanted() && !place.yields();
        }

        @Override
        public void waits(@Nullable String why, boolean makesConnection) {
            MailboxCalls.this.waits(call, why, makesConnection);
        }

        @Override
        public Instant now() {
            return ports.environment().now();
        }

        private boolean isStillWanted() {
            GlobalTransaction transaction = mailbox.transaction();
            if (call.branch() == transaction.plan().checkBack()) {
                return transaction.state() == TransactionState.BEGUN;
            }
            boolean mayBecomeUnwanted = call.role() == Role.FORWARD
                    && (transaction.deadlineAt() != null
                            || transaction.plan().branches().get(call.branch()).pivot());
            return !mayBecomeUnwanted || Decider.mayStillLeave(transaction, call.branch(), now());
        }
    }
}
