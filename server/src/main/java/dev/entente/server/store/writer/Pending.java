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
 * One operation on its way through the writer. Touched by the writer's thread alone until its future is completed.
 *
 * <p>A statement marks it {@link #isApplied}; {@link #complete} then tells whoever waits.
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

    /** Before it is sent again. */
    void reset() {
        isApplied = false;
    }

    /** Tells whether its result is settled and on its way to the caller. */
    boolean isHandedOver() {
        return isHandedOver;
    }

    void handedOver() {
        isHandedOver = true;
    }

    /** The database refused it, alone or beside others. */
    void refused(long nowNanos) {
        if (!wasRefused) {
            wasRefused = true;
            refusedNanos = nowNanos;
        }
    }

    boolean wasRefused() {
        return wasRefused;
    }

    /** For how long the database has not taken it. */
    long nanosRefused(long nowNanos) {
        return nowNanos - refusedNanos;
    }

    /** It is sent again later. Returns how many times that was so. */
    int setAside() {
        return ++timesSetAside;
    }

    /** The database refused it alone for what it holds, while it wrote others. Returns how many times. */
    int blamed() {
        return ++timesBlamed;
    }

    void fail(RuntimeException cause) {
        failure = cause;
    }

    boolean hasFailed() {
        return failure != null;
    }

    /** Tells whether it may be refused under load or while the database is away: nothing was promised yet. */
    boolean isRefusable() {
        return !(this instanceof Write);
    }

    /** Returns roughly the bytes that it holds. */
    abstract int bytes();

    abstract CompletableFuture<?> answer();

    /** Completes the future. */
    final void complete() {
        if (failure != null) {
            answer().completeExceptionally(failure);
        } else {
            tell();
        }
    }

    /** Completes the future with the result. */
    abstract void tell();

    /** Tells the log of an act that is durable. */
    private static void note(@Nullable AuditRecord audit) {
        if (audit != null) {
            AuditLines.done(audit);
        }
    }

    /** A new transaction. */
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

        /** Tells whether it was neither written nor found, and is to be sent again. */
        boolean isOpen() {
            return !isApplied() && known == null && !hasFailed();
        }

        /** Settles it from its row, and tells whether the row shows the result. */
        boolean settle(Settlement settlement) {
            known = settlement.accepted(transaction);
            return known != null;
        }

        @Override
        int bytes() {
            return 256 + transaction.plan().size();
        }

        @Override
        void tell() {
            AcceptResult result = known == null ? new AcceptResult.Accepted() : known;
            note(result instanceof AcceptResult.Accepted ? transaction.audit() : null);
            answer.complete(result);
        }
    }

    /** An owner's or an act's write. */
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

        /** Settles it from its row, and tells whether the row shows the result. */
        boolean settle(Settlement settlement) {
            Settlement.Verdict verdict = settlement.written(write);
            if (verdict == Settlement.Verdict.WRITTEN) {
                applied();
            }
            return verdict != Settlement.Verdict.NOT_WRITTEN;
        }

        @Override
        int bytes() {
            return 256
                    + switch (write.change()) {
                        case RowWrite.Flush flush -> size(flush.progress()) + size(flush.planAppended());
                        case RowWrite.Rest rest -> size(rest.progress());
                        case RowWrite.Finish finish ->
                            size(finish.plan()) + size(finish.progress()) + size(finish.result());
                    };
        }

        private static int size(@Nullable ByteString bytes) {
            return bytes == null ? 0 : bytes.size();
        }

        @Override
        void tell() {
            note(isApplied() ? write.audit() : null);
            answer.complete(isApplied() ? new WriteResult.Written(write.rev() + 1) : new WriteResult.Lost());
        }
    }

    /** A branch for a BEGUN transaction. */
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

        /** Settles it from its row, and tells whether the row shows the result. */
        boolean settle(Settlement settlement) {
            Settlement.Verdict verdict = settlement.registered(branch);
            if (verdict == Settlement.Verdict.WRITTEN && settlement.row() instanceof OpenRow open) {
                registered(open.plan());
            }
            return verdict != Settlement.Verdict.NOT_WRITTEN;
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
        void tell() {
            answer.complete(plan);
        }
    }
}
