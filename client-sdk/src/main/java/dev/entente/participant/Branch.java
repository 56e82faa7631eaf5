package dev.entente.participant;

import com.google.protobuf.Message;
import dev.entente.jdbc.OwnTransaction;
import dev.entente.participant.barrier.BarrierKey;
import dev.entente.participant.barrier.CallFence;
import dev.entente.wire.StoredAnswer;
import io.grpc.Context;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * The branch and the global transaction of the current call. {@link BranchInterceptor} puts the branch into the gRPC
 * {@link Context}. Code that switches threads must propagate the context ({@code Context.current().wrap(task)}).
 * Immutable.
 */
public final class Branch {
    private static final Context.Key<Branch> CURRENT = Context.key("entente-branch");

    private final String gid;
    private final String name;
    private final BranchOp op;
    private final int attempt;
    private final CallFence fence;
    private final @Nullable Instant created;
    private final String pattern;
    private final String submitter;
    private final @Nullable StoredAnswer forwardResponse;

    private Branch(
            String gid,
            String name,
            BranchOp op,
            int attempt,
            CallFence fence,
            @Nullable Instant created,
            String pattern,
            String submitter,
            @Nullable StoredAnswer forwardResponse) {
        this.gid = gid;
        this.name = name;
        this.op = op;
        this.attempt = attempt;
        this.fence = fence;
        this.created = created;
        this.pattern = pattern;
        this.submitter = submitter;
        this.forwardResponse = forwardResponse;
    }

    /**
     * Returns the branch of a first attempt without a fence, for servers other than gRPC's and for tests; see {@link
     * #call}.
     *
     * @throws IllegalArgumentException if gid or name is empty
     */
    public static Branch of(String gid, String name, BranchOp op) {
        if (gid.isEmpty() || name.isEmpty()) {
            throw new IllegalArgumentException("gid '" + gid + "' and branch '" + name + "' must not be empty");
        }
        return new Branch(gid, name, op, 1, CallFence.UNKNOWN, null, "", "", null);
    }

    /**
     * Returns the current call's branch; empty if the call carries no metadata of Entente, such as a call from grpcurl.
     */
    public static Optional<Branch> current() {
        return Optional.ofNullable(CURRENT.get());
    }

    /**
     * Returns the current call's branch, for code that requires a branch.
     *
     * @throws IllegalStateException if the call has none, or if this thread is outside the call's gRPC context
     */
    public static Branch required() {
        return current()
                .orElseThrow(() -> new IllegalStateException(
                        "no Entente branch in the current gRPC context; check that BranchInterceptor is installed, that"
                                + " the call has entente-gid, entente-branch and entente-op, and that this thread runs"
                                + " inside Context.current().wrap(…)"));
    }

    /** Returns the global transaction's id. */
    public String gid() {
        return gid;
    }

    /** Returns the branch's name within its transaction; {@code parent/child} for nested branches. */
    public String name() {
        return name;
    }

    /** Returns the operation that is called. */
    public BranchOp op() {
        return op;
    }

    /** Returns the number of this attempt of {@link #op}, from 1. An attempt may arrive late, twice or never. */
    public int attempt() {
        return attempt;
    }

    /** Returns the fence, which grows when another coordinator takes over the transaction; 0 if unknown. */
    public long fence() {
        return fence.number();
    }

    /**
     * Returns the base of the fence: the number from which the fence counts; 0 if the call has no base. A {@link
     * Barrier} compares only fences with the same base.
     */
    public int fenceBase() {
        return fence.base();
    }

    CallFence callFence() {
        return fence;
    }

    /**
     * Returns the time at which the transaction was accepted, by the clock of the coordinator's database; empty if
     * unknown.
     */
    public Optional<Instant> created() {
        return Optional.ofNullable(created);
    }

    /** Returns the pattern, such as {@code saga} or {@code tcc}; empty if unknown. */
    public String pattern() {
        return pattern;
    }

    /**
     * Returns the principal that submitted the transaction; empty if the coordinator requires no authentication. Trust
     * the value only if the call's signature was checked: {@link CallSignature}.
     */
    public String submitter() {
        return submitter;
    }

    /** Returns {@code gid/branch/op}: equal for every attempt of this operation, and unique to the operation. */
    public String idempotencyKey() {
        return gid + "/" + name + "/" + op;
    }

    /**
     * Returns the response of this branch's forward call, inside a {@link Barrier}'s body of a completion or undo.
     * Empty in any other place.
     *
     * @param prototype the forward response's default instance
     * @throws IllegalArgumentException if the stored response is not of that type
     */
    public <R extends Message> Optional<R> forwardResponse(R prototype) {
        return forwardResponse(AnswerFormat.protobuf(prototype));
    }

    /** As {@link #forwardResponse(Message)}, for a response that was stored in the given format. */
    public <R> Optional<R> forwardResponse(AnswerFormat<R> format) {
        return Optional.ofNullable(forwardResponse).map(format::restore);
    }

    /** Returns a copy with the given attempt, at least 1. */
    public Branch withAttempt(int attempt) {
        return new Branch(gid, name, op, attempt, fence, created, pattern, submitter, forwardResponse);
    }

    /**
     * Returns a copy with the given fence.
     *
     * @param fence the value of {@code entente-fence}; 0 for unknown
     * @param base the value of {@code entente-fence-base}; 0 if there is none
     */
    public Branch withFence(long fence, int base) {
        return new Branch(
                gid, name, op, attempt, new CallFence(base, fence), created, pattern, submitter, forwardResponse);
    }

    /** Returns a copy with the time at which the transaction was accepted. */
    public Branch withCreated(Instant created) {
        return new Branch(gid, name, op, attempt, fence, created, pattern, submitter, forwardResponse);
    }

    /** Returns a copy with the given pattern. */
    public Branch withPattern(String pattern) {
        return new Branch(gid, name, op, attempt, fence, created, pattern, submitter, forwardResponse);
    }

    /** Returns a copy with the principal that submitted the transaction. */
    public Branch withSubmitter(String principal) {
        return new Branch(gid, name, op, attempt, fence, created, pattern, principal, forwardResponse);
    }

    /** Runs the work with this branch as {@link #current()}. */
    public <T> T call(Callable<T> work) throws Exception {
        return in(Context.current()).call(work);
    }

    /** As {@link #call}, for work on a database. */
    <T> T within(OwnTransaction.Work<T> work) throws SQLException {
        Context inside = in(Context.current());
        Context before = inside.attach();
        try {
            return work.run();
        } finally {
            inside.detach(before);
        }
    }

    /** Returns a copy of the given context with this branch as {@link #current()}. */
    public Context in(Context context) {
        return context.withValue(CURRENT, this);
    }

    Branch withForwardResponse(StoredAnswer response) {
        return new Branch(gid, name, op, attempt, fence, created, pattern, submitter, response);
    }

    /** Returns {@link #idempotencyKey} and the attempt, for logs. */
    @Override
    public String toString() {
        return idempotencyKey() + " attempt " + attempt;
    }

    /** Returns the key of the barrier's row for this operation. */
    BarrierKey key() {
        return new BarrierKey(gid, name, op.text(), op.forward().text(), fence);
    }
}
