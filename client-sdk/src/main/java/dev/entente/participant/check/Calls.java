package dev.entente.participant.check;

import com.google.protobuf.ByteString;
import dev.entente.participant.check.CheckedBranch.Role;
import dev.entente.wire.BranchMetadata;
import dev.entente.wire.ErrorDetails;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Calls a branch of one transaction as a coordinator does, again and again until the answer settles it. Thread-safe. */
final class Calls {
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** What the coordinator does not ask again. */
    private static final Set<String> SETTLED = Set.of(
            "REJECTED",
            "BARRIER_EXPIRED",
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
    private final Instant created = Instant.now();

    Calls(String gid, CheckedBranch branch) {
        this.gid = gid;
        this.branch = branch;
    }

    Answer call(Role role, int attempt) {
        return call(role, attempt, Optional.empty());
    }

    /** @param forwardResponse what the operation's bindings read, if it is known */
    Answer call(Role role, int attempt, Optional<ByteString> forwardResponse) {
        CheckedOperation operation = Objects.requireNonNull(branch.at(role));
        byte[] request = operation.request().apply(forwardResponse).toByteArray();
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

    private ByteString once(CheckedOperation operation, Role role, int attempt, byte[] request) {
        MethodDescriptor<byte[], byte[]> method = MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(operation.method())
                .setRequestMarshaller(Raw.BYTES)
                .setResponseMarshaller(Raw.BYTES)
                .build();
        return ByteString.copyFrom(ClientCalls.blockingUnaryCall(
                ClientInterceptors.intercept(
                        operation.channel(), MetadataUtils.newAttachHeadersInterceptor(headers(role, attempt))),
                method,
                CallOptions.DEFAULT.withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS),
                request));
    }

    private Metadata headers(Role role, int attempt) {
        String op = branch.operation(role);
        Metadata headers = new Metadata();
        headers.put(BranchMetadata.GID, gid);
        headers.put(BranchMetadata.BRANCH, branch.name());
        headers.put(BranchMetadata.OPERATION, op);
        headers.put(BranchMetadata.ATTEMPT, Integer.toString(attempt));
        headers.put(BranchMetadata.FENCE, "0");
        headers.put(BranchMetadata.PATTERN, branch.pattern());
        headers.put(BranchMetadata.CREATED, created.toString());
        headers.put(BranchMetadata.IDEMPOTENCY_KEY, gid + "/" + branch.name() + "/" + op);
        return headers;
    }

    private enum Raw implements MethodDescriptor.Marshaller<byte[]> {
        BYTES;

        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
