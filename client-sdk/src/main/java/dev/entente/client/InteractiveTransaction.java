package dev.entente.client;

import com.google.protobuf.ByteString;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.Plan;
import dev.entente.v1.Transaction;
import io.grpc.Context;
import io.grpc.Deadline;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One interactive TCC transaction from Begin to its decision. Used by one thread; its scope by many. */
final class InteractiveTransaction {
    private static final int REASON_CHARS = 256;

    private final Coordinator coordinator;
    private final TrySession session;
    private final Tries tries;

    private InteractiveTransaction(Coordinator coordinator, TrySession session) {
        this.coordinator = coordinator;
        this.session = session;
        this.tries = new Tries(session.gid());
    }

    /** Blocks until the transaction is durable. */
    static InteractiveTransaction begin(
            Coordinator coordinator,
            Plan plan,
            Instant firstAttempt,
            @Nullable Duration timeout,
            @Nullable Retry retry) {
        long started = System.nanoTime();
        Transaction begun = Blocking.await(coordinator.begin(plan, firstAttempt), plan.getGid());
        if (begun.getState() != Transaction.State.BEGUN) {
            throw new TransactionRefused(
                    "ENT-040",
                    begun.getGid(),
                    "ENT-040: transaction '" + begun.getGid() + "' was begun before and is " + begun.getState()
                            + "; look how it ended, or begin under another gid",
                    List.of(),
                    null);
        }
        TrySession.Facts facts = new TrySession.Facts(
                begun.getGid(), Times.instant(begun.getCreateTime()), deadline(begun, started), timeout, retry);
        return new InteractiveTransaction(coordinator, new TrySession(coordinator, facts));
    }

    /** The length comes from the coordinator's clock, the start from ours: the two clocks are never compared. */
    private static @Nullable Deadline deadline(Transaction begun, long started) {
        if (!begun.hasDeadlineTime()) {
            return null;
        }
        Duration life = Duration.between(Times.instant(begun.getCreateTime()), Times.instant(begun.getDeadlineTime()));
        return Deadline.after(life.toNanos() - (System.nanoTime() - started), TimeUnit.NANOSECONDS);
    }

    <T, X extends Exception> T execute(Tcc.Body<T, X> body) throws X {
        T result;
        try {
            result = body.run(new TccScope(session, tries, ""));
        } catch (Throwable thrown) {
            abort(thrown);
            throw thrown;
        }
        tries.close();
        Optional<Tries.Doom> doom = tries.doom();
        if (doom.isPresent()) {
            throw lost(doom.get());
        }
        if (Context.current().isCancelled() || Thread.currentThread().isInterrupted()) {
            throw nobodyWaits();
        }
        commit();
        return result;
    }

    /** From here on nothing aborts any more: whether Commit arrived, only the coordinator knows. */
    private void commit() {
        Map<String, ByteString> succeeded = tries.succeeded();
        CommitTransactionRequest request = CommitTransactionRequest.newBuilder()
                .setGid(session.gid())
                .addAllBranches(tries.named())
                .putAllBranchResponses(succeeded)
                .build();
        Transaction decided;
        try {
            decided = Blocking.await(coordinator.commit(request), session.gid());
        } catch (CoordinatorUnavailable unanswered) {
            throw TransactionPending.undecided(session.gid(), unanswered);
        } catch (TransactionRefused refused) {
            throw refused.code().equals("ENT-040")
                    ? new TransactionAborted(
                            "ENT-040",
                            session.gid(),
                            "",
                            "it was decided before this commit came: " + refused.getMessage(),
                            refused)
                    : refused;
        }
        if (decided.getState() == Transaction.State.UNDOING || decided.getState() == Transaction.State.ABORTED) {
            throw TransactionAborted.of(decided);
        }
    }

    private TransactionAborted lost(Tries.Doom doom) {
        TransactionAborted aborted = new TransactionAborted(
                "BRANCH_FAILED",
                session.gid(),
                doom.branch(),
                "the body returned, but branch '" + doom.branch() + "' did not succeed",
                doom.cause());
        abort(aborted);
        return aborted;
    }

    private TransactionAborted nobodyWaits() {
        TransactionAborted aborted = new TransactionAborted(
                "CALLER_GONE",
                session.gid(),
                "",
                "whoever it was for went away before the commit was sent",
                Context.current().cancellationCause());
        abort(aborted);
        return aborted;
    }

    /**
     * Cancel must not overtake a try that is still under way, so those are awaited. Blocks, also through interrupts. An
     * abort that fails leaves the deadline to do it.
     */
    private void abort(Throwable why) {
        tries.close();
        try {
            coordinator.abortDetached(session.gid(), reason(why)).join();
        } catch (RuntimeException failed) {
            why.addSuppressed(Causes.unwrap(failed));
        }
    }

    private static String reason(Throwable why) {
        String reason = why.getMessage() == null ? why.getClass().getSimpleName() : why.getMessage();
        return reason.length() <= REASON_CHARS ? reason : reason.substring(0, REASON_CHARS);
    }
}
