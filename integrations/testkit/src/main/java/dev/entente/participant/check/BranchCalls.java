package dev.entente.participant.check;

import com.google.protobuf.ByteString;
import dev.entente.participant.check.CheckedBranch.Role;
import dev.entente.v1.BranchCall;
import dev.entente.wire.ErrorDetails;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Calls a branch of one transaction as a coordinator does, and repeats a call until the answer is final. Thread-safe.
 *
 * @param fence of the calling coordinator: {@link #FIRST_FENCE} for the coordinator that accepted the transaction
 */
record BranchCalls(String gid, CheckedBranch branch, CallKind callKind, int fence, Instant created) {
    static final int FIRST_FENCE = 1;
    static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(50);
    /** The answer to a superseded coordinator. */
    private static final String STALE = "STALE_FENCE";

    private static final String NOT_FOUND = "NOT_FOUND";
    /** Answers after which the coordinator does not repeat a call. */
    private static final Set<String> SETTLED = Set.of(
            "REJECTED",
            "BARRIER_EXPIRED",
            "MISCONFIGURED",
            "GONE",
            STALE,
            "FAILED_PRECONDITION",
            "INVALID_ARGUMENT",
            NOT_FOUND,
            "ALREADY_EXISTS",
            "OUT_OF_RANGE",
            "UNIMPLEMENTED",
            "UNAUTHENTICATED",
            "PERMISSION_DENIED");

    /**
     * The final answer of a call.
     *
     * @param response of an OK, otherwise null
     * @param refusal of a final refusal, otherwise null
     * @param open the last answer if no answer was final, otherwise null
     */
    record Response(
            @Nullable ByteString response,
            @Nullable ErrorDetails refusal,
            @Nullable String open) {
        boolean isOk() {
            return response != null;
        }

        boolean isRefused() {
            return refusal != null;
        }

        boolean isOkOrNotFound() {
            return isOk() || (refusal != null && refusal.name().equals(NOT_FOUND));
        }

        boolean isStale() {
            return refusal != null && refusal.name().equals(STALE);
        }

        Optional<ByteString> known() {
            return Optional.ofNullable(response);
        }

        boolean isSameAs(Response other) {
            if (response != null) {
                return response.equals(other.response);
            }
            return refusal != null && other.refusal != null && refusal.name().equals(other.refusal.name());
        }

        @Override
        public String toString() {
            if (response != null) {
                return "OK";
            }
            return refusal != null ? refusal.describe() : "no final response: " + open;
        }
    }

    /** Returns the calls of the coordinator that takes the transaction over. */
    BranchCalls superseding() {
        return new BranchCalls(gid, branch, callKind, fence + 1, created);
    }

    Response call(Role role, int attempt) {
        return call(role, attempt, Optional.empty());
    }

    /** @param forwardResponse for the operation's bindings, if it is known */
    Response call(Role role, int attempt, Optional<ByteString> forwardResponse) {
        CheckedOperation operation = Objects.requireNonNull(branch.at(role));
        ByteString request = operation.request().apply(forwardResponse);
        BranchCall identity = BranchCall.newBuilder()
                .setId(1)
                .setGid(gid)
                .setBranch(branch.name())
                .setOp(branch.operation(role))
                .setAttempt(attempt)
                .setFence(fence)
                .setFenceBase(FIRST_FENCE)
                .setPattern(branch.pattern())
                .setCreated(created.toString())
                .build();
        long until = System.nanoTime() + TIMEOUT.toNanos();
        while (true) {
            ErrorDetails said;
            try {
                return new Response(callKind.call(operation, identity, request, TIMEOUT), null, null);
            } catch (StatusRuntimeException failed) {
                said = ErrorDetails.of(failed);
            }
            if (SETTLED.contains(said.name())) {
                return new Response(null, said, null);
            }
            if (System.nanoTime() > until) {
                return new Response(null, null, said.describe());
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }
}
