package dev.entente.server.engine;

import dev.entente.core.decision.Decider;
import dev.entente.core.decision.Effect;
import dev.entente.core.decision.Event;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Fence;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.participant.BranchCall;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Makes the calls of one transaction, says whether they may still leave, and knows what holds them back.
 *
 * <p>Runs inside its mailbox; what is public, and {@link #shown}, may be called from anywhere.
 */
final class MailboxCalls implements BranchCall.Permit {
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private final Host host;
    private final Mailbox mailbox;
    /**
     * The trace of the request that brought it: not stored, so calls after a takeover belong to traces of their own.
     */
    private @Nullable String traceparent;
    /** Null while none has waited for a connection yet, as for nearly all transactions. */
    private volatile @Nullable HeldBack heldBack;
    /** Null until a call was turned away for want of room. */
    private @Nullable RoomWait roomWait;
    /** The participant on which it waited when it was counted last, or null. */
    private volatile @Nullable String countedFor;

    private boolean hasProgressed;

    MailboxCalls(Host host, Mailbox mailbox) {
        this.host = host;
        this.mailbox = mailbox;
    }

    /** Its calls belong to this trace. Before it begins only. */
    void trace(@Nullable String parent) {
        traceparent = parent;
    }

    // ---- on their way

    void call(Effect.Call call) {
        GlobalTransaction transaction = mailbox.transaction();
        if (roomWait != null) {
            roomWait.end(call.branch());
        }
        if (!host.lease.isHeld()) {
            finished(call, new Outcome.NotSent("the lease has lapsed", TRY_AGAIN));
        } else if (isByChild(transaction, call)) {
            host.children.accept(transaction, call, traceparent, outcome -> finished(call, outcome));
        } else if (host.shares.turnsAway(mailbox, call.target().participant())) {
            waitForRoom(call, new Outcome.NotSent("too many wait on this participant", TRY_AGAIN));
        } else {
            host.participants.call(request(transaction, call), outcome -> answered(call, outcome));
        }
    }

    private void answered(Effect.Call call, Outcome outcome) {
        if (outcome instanceof Outcome.StaleFence stale) {
            stale(call, stale);
        } else if (outcome instanceof Outcome.NotSent why && host.shares.isPressed()) {
            waitForRoom(call, why);
        } else {
            finished(call, outcome);
        }
    }

    /** Tells whether another transaction makes the call. */
    private static boolean isByChild(GlobalTransaction transaction, Effect.Call call) {
        Operation operation = transaction.plan().branches().get(call.branch()).operation(call.role());
        return operation != null && operation.child() != null;
    }

    private BranchCall request(GlobalTransaction transaction, Effect.Call call) {
        Plan plan = transaction.plan();
        Branch branch = plan.branches().get(call.branch());
        long fence = Fence.of(mailbox.claimedRev());
        boolean isTry = plan.pattern() == Pattern.TCC && call.role() == Role.FORWARD;
        return new BranchCall(
                transaction.gid(),
                branch.shownId(),
                plan.operationName(call.branch(), call.role()),
                call.attempt(),
                fence,
                plan.pattern(),
                transaction.createdAt(),
                call.target(),
                call.request(),
                call.timeout(),
                permit(call),
                traceparent,
                plan.submitter(),
                isTry ? host.participants.joinToken(transaction.gid(), branch.shownId(), fence) : null);
    }

    /**
     * A participant has seen a higher fence: either this coordinator was superseded, or the participant is wrong. The
     * row knows.
     */
    private void stale(Effect.Call call, Outcome.StaleFence stale) {
        Callbacks.when(RowLook.at(mailbox.gid(), host.store), (row, failure) -> {
            if (failure != null || row instanceof RowLook.Ours) {
                finished(call, new Outcome.Unknown("stale fence: " + stale.detail(), null));
            } else {
                mailbox.abandon();
            }
        });
    }

    /** Makes it wait in its row instead of in memory, where others may need the room. */
    private void waitForRoom(Effect.Call call, Outcome.NotSent why) {
        mailbox.post(() -> {
            RoomWait waiting = roomWait == null ? new RoomWait() : roomWait;
            roomWait = waiting;
            mailbox.step(new Event.CallFinished(call.branch(), call.role(), waiting.begin(call.branch(), why)));
        });
    }

    private void finished(Effect.Call call, Outcome outcome) {
        mailbox.post(() -> {
            waits(mailbox.transaction().plan().branches().get(call.branch()).id(), null);
            hasProgressed |= !(outcome instanceof Outcome.NotSent);
            mailbox.step(new Event.CallFinished(call.branch(), call.role(), outcome));
        });
    }

    /** Tells whether an answer has come since the row was claimed. */
    boolean haveProgressed() {
        return hasProgressed;
    }

    // ---- held back

    /** The transaction as it is written: what waits for room waits for no time. */
    GlobalTransaction written() {
        GlobalTransaction transaction = mailbox.transaction();
        return roomWait == null ? transaction : roomWait.written(transaction);
    }

    /** The participant that holds back what that write puts to rest, or null. */
    @Nullable
    String heldBackBy(Effect effect) {
        return roomWait == null ? null : roomWait.participant(mailbox.transaction(), effect);
    }

    /** The participant on which it waits, or null. */
    @Nullable
    String waitsOn() {
        return ParticipantShares.participant(mailbox.transaction());
    }

    /** The same, and remembers it. */
    @Nullable
    String count() {
        String participant = waitsOn();
        countedFor = participant;
        return participant;
    }

    @Nullable
    String countedFor() {
        return countedFor;
    }

    /** The progress as it is to be shown: a call that waits has not left. */
    Progress shown() {
        GlobalTransaction transaction = mailbox.transaction();
        HeldBack known = heldBack;
        return known == null ? transaction.progress() : known.shown(transaction);
    }

    @Override
    public void waits(String branch, @Nullable String why) {
        HeldBack known = heldBack;
        if (known != null || why != null) {
            (known == null ? firstHeldBack() : known).waits(branch, why);
        }
    }

    private synchronized HeldBack firstHeldBack() {
        HeldBack known = heldBack;
        if (known == null) {
            known = new HeldBack();
            heldBack = known;
        }
        return known;
    }

    // ---- permits

    @Override
    public boolean mayLeave() {
        return host.lease.isHeld() && mailbox.isStaying();
    }

    @Override
    public boolean mayWait() {
        return mailbox.isStaying() && !host.shares.callsBack(mailbox);
    }

    @Override
    public Instant now() {
        return host.world.now();
    }

    private BranchCall.Permit permit(Effect.Call call) {
        GlobalTransaction transaction = mailbox.transaction();
        if (call.branch() == transaction.plan().checkBack()) {
            return new OpenQuestion();
        }
        boolean mayBecomeUnwanted = call.role() == Role.FORWARD
                && (transaction.deadlineAt() != null
                        || transaction.plan().branches().get(call.branch()).pivot());
        return mayBecomeUnwanted ? new ForwardCall(call.branch()) : this;
    }

    /**
     * Keeps a forward call that waits to leave from leaving, once its deadline or what else has happened meanwhile
     * forbids it.
     */
    private final class ForwardCall implements BranchCall.Permit {
        private final int branch;

        ForwardCall(int branch) {
            this.branch = branch;
        }

        @Override
        public boolean mayLeave() {
            return MailboxCalls.this.mayLeave() && isStillWanted();
        }

        @Override
        public boolean mayWait() {
            return MailboxCalls.this.mayWait() && isStillWanted();
        }

        @Override
        public void waits(String shownBranch, @Nullable String why) {
            MailboxCalls.this.waits(shownBranch, why);
        }

        @Override
        public Instant now() {
            return MailboxCalls.this.now();
        }

        private boolean isStillWanted() {
            return Decider.mayStillLeave(mailbox.transaction(), branch, now());
        }
    }

    /** Keeps a question from being asked that the client has answered meanwhile. */
    private final class OpenQuestion implements BranchCall.Permit {
        @Override
        public boolean mayLeave() {
            return mayWait() && MailboxCalls.this.mayLeave();
        }

        @Override
        public boolean mayWait() {
            return mailbox.transaction().state() == TransactionState.BEGUN && MailboxCalls.this.mayWait();
        }

        @Override
        public void waits(String branch, @Nullable String why) {
            MailboxCalls.this.waits(branch, why);
        }

        @Override
        public Instant now() {
            return MailboxCalls.this.now();
        }
    }
}
