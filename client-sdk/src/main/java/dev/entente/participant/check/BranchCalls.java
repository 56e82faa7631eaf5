package dev.entente.participant.check;

import com.google.protobuf.ByteString;
import dev.entente.participant.check.CheckedBranch.Role;
import dev.entente.wire.ErrorDetails;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Calls a branch of one transaction as a coordinator does, again and again until the answer settles it. Thread-safe.
 */
final class BranchCalls {
    /** How a participant refuses a coordinator that was superseded. */
    static final String STALE = "STALE_FENCE";

    private static final Duration PAUSE = Duration.ofMillis(50);
    static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Answers after which the coordinator does not repeat a call. */
    private static final Set<String> SETTLED = Set.of(
            "REJECTED",
            "BARRIER_EXPIRED",
            STALE,
            "FAILED_PRECONDITION",
            "INVALID_ARGUMENT",
            "NOT_FOUND",
            "ALREADY_EXISTS",
            "OUT_OF_RANGE",
            "UNIMPLEMENTED",
            "UNAUTHENTICATED",
            "PERMISSION_DENIED");

    private final String gid;
    private final CheckedBranch branch;
    private final AttemptCaller caller;
    private final int fence;
    private final Instant created;

    BranchCalls(String gid, CheckedBranch branch, AttemptCaller caller) {
        this(gid, branch, caller, CheckedCall.FIRST_FENCE, Instant.now());
    }

    private BranchCalls(String gid, CheckedBranch branch, AttemptCaller caller, int fence, Instant created) {
        this.gid = gid;
        this.branch = branch;
        this.caller = caller;
        this.fence = fence;
        this.created = created;
    }

    /** Returns those of the coordinator that takes the transaction over. */
    BranchCalls superseding() {
        return new BranchCalls(gid, branch, caller, fence + 1, created);
    }

    Answer call(Role role, int attempt) {
        return call(role, attempt, Optional.empty());
    }

    /** @param forwardResponse what the operation's bindings read, if it is known */
    Answer call(Role role, int attempt, Optional<ByteString> forwardResponse) {
        CheckedOperation operation = Objects.requireNonNull(branch.at(role));
        ByteString request = operation.request().apply(forwardResponse);
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            ErrorDetails said;
            try {
                return new Answer(once(operation, role, attempt, request), null, null);
            } catch (StatusRuntimeException failed) {
                said = ErrorDetails.of(failed);
            }
            if (SETTLED.contains(said.name())) {
                return new Answer(null, said, null);
            }
            if (System.nanoTime() > until) {
                return new Answer(null, null, said.describe());
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private ByteString once(CheckedOperation operation, Role role, int attempt, ByteString request) {
        CheckedCall call = new CheckedCall(
                gid, branch.name(), branch.operation(role), attempt, fence, branch.pattern(), created.toString());
        return caller.call(operation, call, request, PATIENCE);
    }
}
