package dev.entente.server.store.writer;

import com.google.protobuf.ByteString;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.AuditLines;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.WriteResult;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One operation in the writer. Only the writer's thread uses it until its future is completed.
 *
 * <p>A statement marks the operation as applied ({@link #isApplied}); {@link #complete} then answers the caller.
 */
abstract sealed class Pending {
    private final String gid;
    private boolean isApplied;
    private boolean isHandedOver;
    private @Nullable RuntimeException failure;
    private boolean wasRefused;
    private long refusedNanos;
    private int timesSetAside;
    private int timesBlamed;

    private Pending(String gid) {
        this.gid = gid;
    }

    String gid() {
        return gid;
    }

    boolean isApplied() {
        return isApplied;
    }

    void applied() {
        isApplied = true;
    }

    /** Clears the mark before the operation is sent again. */
    void reset() {
        isApplied = false;
    }

    /** Returns whether the result is final and on its way to the caller. */
    boolean isHandedOver() {
        return isHandedOver;
    }

    void handedOver() {
        isHandedOver = true;
    }

    /** Records that the database refused the operation, alone or with others. */
    void refused(long nowNanos) {
        if (!wasRefused) {
            wasRefused = true;
            refusedNanos = nowNanos;
        }
    }

    boolean wasRefused() {
        return wasRefused;
    }

    /** Returns the time since the first refusal. */
    long nanosRefused(long nowNanos) {
        return nowNanos - refusedNanos;
    }

    /** Records that the operation is sent again later. Returns how many times this has happened. */
    int setAside() {
        return ++timesSetAside;
    }

    /** Records a refusal of the operation alone for its content, while others were written. Returns how many times. */
    int blamed() {
        return ++timesBlamed;
    }

    void fail(RuntimeException cause) {
        failure = cause;
    }

    boolean hasFailed() {
        return failure != null;
    }

    /**
     * Returns whether the operation may be refused under load or without the database, because no client has a promise
     * yet.
     */
    boolean isRefusable() {
        return !(this instanceof Write);
    }

    /** Returns the approximate size in bytes. */
    abstract int bytes();

    abstract CompletableFuture<?> answer();

    final void complete() {
        if (failure != null) {
            answer().completeExceptionally(failure);
        } else {
            report();
        }
    }

    /** Completes the future with the result. */
    abstract void report();

    /** Logs a durable action. */
    private static void note(@Nullable AuditRecord audit) {
        if (audit != null) {
            AuditLines.done(audit);
        }
    }

    /** The accept of a new transaction. */
    static final class Accept extends Pending {
        private final NewTransaction transaction;
        private final CompletableFuture<AcceptResult> answer = new CompletableFuture<>();
        private @Nullable AcceptResult known;

        Accept(NewTransaction transaction) {
            super(transaction.gid());
            this.transaction = transaction;
        }

        NewTransaction transaction() {
            return transaction;
        }

        @Override
        CompletableFuture<AcceptResult> answer() {
            return answer;
        }

        void known(AcceptResult.Known result) {
            known = result;
        }

        /** Returns whether the accept was neither written nor found, and must be sent again. */
        boolean isOpen() {
            return !isApplied() && known == null && !hasFailed();
        }

        /** Determines the result of the accept from its row. Returns whether the row shows the result. */
        boolean settle(InDoubtResult inDoubtResult) {
            known = inDoubtResult.accepted(transaction);
            return known != null;
        }

        @Override
        int bytes() {
            return 256 + transaction.plan().size();
        }

        @Override
        void report() {
            AcceptResult result = known == null ? new AcceptResult.Accepted() : known;
            note(result instanceof AcceptResult.Accepted ? transaction.audit() : null);
            answer.complete(result);
        }
    }

    /** The write of an owner or of an action. */
    static final class Write extends Pending {
        private final RowWrite write;
        private final CompletableFuture<WriteResult> answer = new CompletableFuture<>();

        Write(RowWrite write) {
            super(write.gid());
            this.write = write;
        }

        RowWrite write() {
            return write;
        }

        @Override
        CompletableFuture<WriteResult> answer() {
            return answer;
        }

        /** Determines the result of the write from its row. Returns whether the row shows the result. */
        boolean settle(InDoubtResult inDoubtResult) {
            InDoubtResult.Verdict verdict = inDoubtResult.written(write);
            if (verdict == InDoubtResult.Verdict.WRITTEN) {
                applied();
            }
            return verdict != InDoubtResult.Verdict.NOT_WRITTEN;
        }

        @Override
        int bytes() {
            return 256
                    + switch (write.change()) {
                        case RowWrite.Flush flush -> size(flush.progress()) + size(flush.planAppended());
                        case RowWrite.Release rest -> size(rest.progress());
                        case RowWrite.Finish finish ->
                            size(finish.plan()) + size(finish.progress()) + size(finish.result());
                    };
        }

        private static int size(@Nullable ByteString bytes) {
            return bytes == null ? 0 : bytes.size();
        }

        @Override
        void report() {
            note(isApplied() ? write.audit() : null);
            answer.complete(isApplied() ? new WriteResult.Written(write.rev() + 1) : new WriteResult.Lost());
        }
    }

    /** The registration of a branch of a BEGUN transaction. */
    static final class Register extends Pending {
        private final ByteString branch;
        private final int maxPlanBytes;
        private final CompletableFuture<@Nullable ByteString> answer = new CompletableFuture<>();
        private @Nullable ByteString plan;

        Register(String gid, ByteString branch, int maxPlanBytes) {
            super(gid);
            this.branch = branch;
            this.maxPlanBytes = maxPlanBytes;
        }

        ByteString branch() {
            return branch;
        }

        int maxPlanBytes() {
            return maxPlanBytes;
        }

        @Override
        CompletableFuture<@Nullable ByteString> answer() {
            return answer;
        }

        /** Determines the result of the registration from its row. Returns whether the row shows the result. */
        boolean settle(InDoubtResult inDoubtResult) {
            InDoubtResult.Verdict verdict = inDoubtResult.registered(branch);
            if (verdict == InDoubtResult.Verdict.WRITTEN && inDoubtResult.row() instanceof OpenRow open) {
                registered(open.plan());
            }
            return verdict != InDoubtResult.Verdict.NOT_WRITTEN;
        }

        void registered(ByteString wholePlan) {
            applied();
            plan = wholePlan;
        }

        @Override
        int bytes() {
            return 256 + branch.size();
        }

        @Override
        void report() {
            answer.complete(plan);
        }
    }
}
