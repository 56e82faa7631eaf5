package dev.entente.participant;

import dev.entente.trace.Tracing;
import dev.entente.wire.BranchMetadata;
import dev.entente.wire.CallMark;
import dev.entente.wire.JoinToken;
import dev.entente.wire.TraceParent;
import dev.entente.wire.TriedChildren;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Stores the branch and the trace of a coordinator's call in the gRPC context ({@link Branch#current()}, {@link
 * TraceParent#current()}). The interceptor answers with the matching status when a handler throws a {@link
 * BranchException} or passes one to {@code onError}. A try's answer names the children that were tried with success
 * ({@code entente-tried}). A coordinator's call has a span.
 *
 * <pre>{@code ServerBuilder.forPort(7801).addService(service).intercept(new BranchInterceptor())}</pre>
 *
 * <p>{@code ParticipantWiring} adds the interceptor for every call of a server, including streamed calls. A {@link
 * Barrier} refuses a call that has not passed the interceptor (ENT-095).
 *
 * <p>A call without Entente's metadata passes unchanged. A call with only a part of gid, branch and op, or with
 * malformed metadata, gets INVALID_ARGUMENT. Thread-safe.
 */
public final class BranchInterceptor implements ServerInterceptor {
    private final Function<Throwable, Optional<BranchException>> verdicts;
    private final Tracing tracing;

    /** Creates an interceptor, which can serve any number of servers. */
    public BranchInterceptor() {
        this(failure -> Optional.empty(), Tracing.found());
    }

    private BranchInterceptor(Function<Throwable, Optional<BranchException>> verdicts, Tracing tracing) {
        this.verdicts = verdicts;
        this.tracing = tracing;
    }

    /**
     * Returns an interceptor that also translates the application's exceptions to verdicts, in coordinators' calls
     * only.
     *
     * @param verdicts called for each failure without a {@link BranchException} among its causes; returns the verdict,
     *     empty for any other failure; thread-safe
     */
    public static BranchInterceptor recognizing(Function<Throwable, Optional<BranchException>> verdicts) {
        return new BranchInterceptor(verdicts, Tracing.found());
    }

    /** Returns a copy with another tracing than {@link Tracing#found}. */
    public BranchInterceptor tracing(Tracing tracing) {
        return new BranchInterceptor(verdicts, tracing);
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        Context context;
        TriedChildren tried;
        Optional<Branch> branch;
        try {
            branch = branch(headers);
            tried = branch.filter(one -> one.op() == BranchOp.TRY)
                    .map(one -> new TriedChildren(one.gid(), one.name()))
                    .orElse(null);
            context = CallLog.traced(context(headers, branch, tried), tracing);
        } catch (IllegalArgumentException malformed) {
            call.close(Status.INVALID_ARGUMENT.withDescription(malformed.getMessage()), new Metadata());
            return new ServerCall.Listener<>() {};
        }
        MappedStatusCall<Q, R> answering = new MappedStatusCall<>(call, branch.orElse(null), tried, verdicts, context);
        return Contexts.interceptCall(
                context, answering, headers, (inner, same) -> answering.listening(next.startCall(inner, same)));
    }

    static Context context(Metadata headers, Optional<Branch> branch, @Nullable TriedChildren tried) {
        Context context = CallMark.set(Context.current());
        if (branch.isPresent()) {
            String join = value(headers, BranchMetadata.JOIN);
            context = new JoinToken(branch.get().gid(), join).in(branch.get().in(context));
        }
        if (tried != null) {
            context = tried.in(context);
        }
        Optional<TraceParent> trace =
                Optional.ofNullable(headers.get(TraceParent.KEY)).flatMap(TraceParent::parse);
        return trace.isPresent() ? trace.get().in(context) : context;
    }

    static Optional<Branch> branch(Metadata headers) {
        String gid = value(headers, BranchMetadata.GID);
        String name = value(headers, BranchMetadata.BRANCH);
        String op = value(headers, BranchMetadata.OPERATION);
        if (gid.isEmpty() && name.isEmpty() && op.isEmpty()) {
            return Optional.empty();
        }
        if (gid.isEmpty() || name.isEmpty() || op.isEmpty()) {
            throw new IllegalArgumentException("entente-gid, entente-branch and entente-op must be set together; got"
                    + " gid '"
                    + gid + "', branch '" + name + "', op '" + op + "'");
        }
        Branch branch = Branch.of(gid, name, op(op))
                .withAttempt((int) number(headers, BranchMetadata.ATTEMPT, 1, Integer.MAX_VALUE))
                .withFence(number(headers, BranchMetadata.FENCE, 0, Long.MAX_VALUE), (int)
                        number(headers, BranchMetadata.FENCE_BASE, 0, Short.MAX_VALUE))
                .withPattern(value(headers, BranchMetadata.PATTERN))
                .withSubmitter(value(headers, BranchMetadata.SUBMITTER));
        return Optional.of(created(headers).map(branch::withCreated).orElse(branch));
    }

    private static BranchOp op(String text) {
        return BranchOp.of(text)
                .orElseThrow(() -> new IllegalArgumentException(
                        "entente-op '" + text + "' is unknown; use one of " + Arrays.toString(BranchOp.values())));
    }

    /** Returns the smallest value if the header is absent. */
    private static long number(Metadata headers, Metadata.Key<String> key, long smallest, long largest) {
        String text = value(headers, key);
        if (text.isEmpty()) {
            return smallest;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= smallest && number <= largest) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // reported below, as for a number out of range
        }
        throw new IllegalArgumentException(
                key.name() + " '" + text + "' is not a whole number of at least " + smallest);
    }

    private static Optional<Instant> created(Metadata headers) {
        String text = value(headers, BranchMetadata.CREATED);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            boolean digits = text.chars().allMatch(Character::isDigit);
            return Optional.of(digits ? Instant.ofEpochMilli(Long.parseLong(text)) : Instant.parse(text));
        } catch (DateTimeException | NumberFormatException malformed) {
            throw new IllegalArgumentException(
                    "entente-created '" + text + "' is neither an ISO-8601 instant nor milliseconds since 1970",
                    malformed);
        }
    }

    private static String value(Metadata headers, Metadata.Key<String> key) {
        String value = headers.get(key);
        return value == null ? "" : value;
    }
}
