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
 * The branch and the global transaction that the current call belongs to. {@link BranchInterceptor} puts it into the
 * gRPC {@link Context}; code that hops threads takes the context along ({@code Context.current().wrap(task)}).
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
     * A first attempt without a fence, for servers other than gRPC's and for tests; see {@link #call}.
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
     * The current call's branch; empty if the call carries no metadata of Entente's, as when a person calls with
     * grpcurl.
     */
    public static Optional<Branch> current() {
        return Optional.ofNullable(CURRENT.get());
    }

    /**
     * The current call's branch, where there is no working without.
     *
     * @throws IllegalStateException if the call has none, or if this thread is outside the call's gRPC context
     */
    public static Branch required() {
        return current()
                .orElseThrow(() -> new IllegalStateException(
                        "no Entente branch in the current gRPC context: is BranchInterceptor installed, did the call"
                                + " carry entente-gid, entente-branch and entente-op, and does this thread run inside"
                                + " Context.current().wrap(…)?"));
    }

    /** The global transaction's id. */
    public String gid() {
        return gid;
    }

    /** The branch's name within its transaction; {@code parent/child} where branches are nested. */
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

    /** Grows whenever another coordinator takes the transaction over; 0 if unknown. */
    public long fence() {
        return fence.number();
    }

    /**
     * The fence of whoever accepted a transaction, as the caller counts; 0 if it does not say. A {@link Barrier}
     * compares fences of one base only.
     */
    public int fenceBase() {
        return fence.base();
    }

    CallFence callFence() {
        return fence;
    }

    /** When the transaction was accepted, by the coordinator's database; empty if unknown. */
    public Optional<Instant> created() {
        return Optional.ofNullable(created);
    }

    /** {@code saga}, {@code tcc} and so on; empty if unknown. */
    public String pattern() {
        return pattern;
    }

    /**
     * The principal that submitted the transaction; empty where nobody had to say who they are. Believe it only where
     * the call's signature was checked: {@link CallSignature}.
     */
    public String submitter() {
        return submitter;
    }

    /** {@code gid/branch/op}: the same for every attempt of this operation, and for no other. */
    public String idempotencyKey() {
        return gid + "/" + name + "/" + op;
    }

    /**
     * Returns the answer of this branch's forward call, inside a {@link Barrier}'s body of a completion or undo. Empty
     * anywhere else.
     *
     * @param prototype the forward response's default instance
     * @throws IllegalArgumentException if the stored response is not of that type
     */
    public <R extends Message> Optional<R> forwardResponse(R prototype) {
        return forwardResponse(AnswerFormat.protobuf(prototype));
    }

    /** As {@link #forwardResponse(Message)}, for an answer that was stored in that format. */
    public <R> Optional<R> forwardResponse(AnswerFormat<R> format) {
        return Optional.ofNullable(forwardResponse).map(format::restore);
    }

    /** This branch at the given attempt, at least 1. */
    public Branch withAttempt(int attempt) {
        return new Branch(gid, name, op, attempt, fence, created, pattern, submitter, forwardResponse);
    }

    /**
     * Returns a copy with the given fence.
     *
     * @param fence as {@code entente-fence} says it; 0 for unknown
     * @param base as {@code entente-fence-base} says it; 0 where it says none
     */
    public Branch withFence(long fence, int base) {
        return new Branch(
                gid, name, op, attempt, new CallFence(base, fence), created, pattern, submitter, forwardResponse);
    }

    /** This branch of a transaction accepted at that time. */
    public Branch withCreated(Instant created) {
        return new Branch(gid, name, op, attempt, fence, created, pattern, submitter, forwardResponse);
    }

    /** This branch of a transaction of that pattern. */
    public Branch withPattern(String pattern) {
        return new Branch(gid, name, op, attempt, fence, created, pattern, submitter, forwardResponse);
    }

    /** This branch of a transaction that this principal submitted. */
    public Branch withSubmitter(String principal) {
        return new Branch(gid, name, op, attempt, fence, created, pattern, principal, forwardResponse);
    }

    /** Runs the work with this as its {@link #current()} branch. */
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

    /** The given context with this as its {@link #current()} branch. */
    public Context in(Context context) {
        return context.withValue(CURRENT, this);
    }

    Branch withForwardResponse(StoredAnswer response) {
        return new Branch(gid, name, op, attempt, fence, created, pattern, submitter, response);
    }

    /** {@link #idempotencyKey} and the attempt, for logs. */
    @Override
    public String toString() {
        return idempotencyKey() + " attempt " + attempt;
    }

    /** Returns the key of the barrier's row that stands for this operation. */
    BarrierKey key() {
        return new BarrierKey(gid, name, op.text(), op.forward().text(), fence);
    }
}
