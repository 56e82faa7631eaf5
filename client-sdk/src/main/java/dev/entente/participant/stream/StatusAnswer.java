package dev.entente.participant.stream;

import com.google.protobuf.ByteString;
import dev.entente.v1.BranchAnswer;
import dev.entente.wire.BranchMetadata;
import io.grpc.Metadata;
import io.grpc.Status;

/** Creates the {@link BranchAnswer}s of calls. */
final class StatusAnswer {
    private static final Metadata.Key<byte[]> DETAILS =
            Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);
    /** The default limit of HTTP/2 peers for one call's trailers. */
    private static final int MAX_BYTES = 8192;

    private StatusAnswer() {}

    static BranchAnswer of(long id, Status status) {
        return of(id, status, new Metadata());
    }

    static BranchAnswer of(long id, Status status, Metadata trailers) {
        BranchAnswer.Builder answer =
                BranchAnswer.newBuilder().setId(id).setCode(status.getCode().value());
        String description = status.getDescription();
        if (description != null) {
            answer.setMessage(description.length() > MAX_BYTES ? description.substring(0, MAX_BYTES) : description);
        }
        byte[] details = trailers.get(DETAILS);
        if (details != null && details.length <= MAX_BYTES) {
            answer.setDetails(ByteString.copyFrom(details));
        }
        return answer.setSettled(trailers.containsKey(BranchMetadata.SETTLED)).build();
    }

    static BranchAnswer ok(long id, ByteString payload, Metadata trailers) {
        BranchAnswer.Builder answer = BranchAnswer.newBuilder().setId(id).setPayload(payload);
        String tried = trailers.get(BranchMetadata.TRIED);
        return tried == null ? answer.build() : answer.setTried(tried).build();
    }

    static BranchAnswer tooLarge(long id, int bytes) {
        return BranchAnswer.newBuilder()
                .setId(id)
                .setCode(Status.Code.RESOURCE_EXHAUSTED.value())
                .setMessage("the response has " + bytes + " bytes")
                .setTooLarge(true)
                .build();
    }
}
