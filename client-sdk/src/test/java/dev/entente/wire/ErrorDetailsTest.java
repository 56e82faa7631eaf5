package dev.entente.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.BadRequest;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import org.junit.jupiter.api.Test;

class ErrorDetailsTest {
    private static final Metadata.Key<byte[]> DETAILS =
            Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

    @Test
    void malformed_details_leave_the_status_readable() {
        Metadata trailers = new Metadata();
        trailers.put(DETAILS, new byte[] {(byte) 0xff, 0x7f, 0x0a});
        ErrorDetails details =
                ErrorDetails.of(Status.UNAVAILABLE.withDescription("babble").asRuntimeException(trailers));
        assertThat(details.code()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(details.message()).isEqualTo("babble");
        assertThat(details.isFromEntente()).isFalse();
        assertThat(details.retryAfter()).isEmpty();
    }

    @Test
    void an_excessive_retry_delay_is_limited_to_24_hours() {
        com.google.rpc.Status status = com.google.rpc.Status.newBuilder()
                .setCode(Status.Code.UNAVAILABLE.value())
                .addDetails(Any.pack(RetryInfo.newBuilder()
                        .setRetryDelay(
                                Duration.newBuilder().setSeconds(Long.MAX_VALUE).setNanos(-1))
                        .build()))
                .build();
        ErrorDetails details = ErrorDetails.of(StatusProto.toStatusRuntimeException(status));
        assertThat(details.retryAfter()).contains(java.time.Duration.ofHours(24));
    }

    @Test
    void the_description_does_not_repeat_a_violation_of_the_message() {
        com.google.rpc.Status status = com.google.rpc.Status.newBuilder()
                .setCode(Status.Code.INVALID_ARGUMENT.value())
                .setMessage("ENT-014: steps[0].action: participant 'x' is not configured (and 1 more)")
                .addDetails(Any.pack(BadRequest.newBuilder()
                        .addFieldViolations(BadRequest.FieldViolation.newBuilder()
                                .setField("steps[0].action")
                                .setDescription("ENT-014: participant 'x' is not configured"))
                        .addFieldViolations(BadRequest.FieldViolation.newBuilder()
                                .setField("steps[1]")
                                .setDescription("ENT-020: neither compensate nor no_undo"))
                        .build()))
                .build();
        assertThat(ErrorDetails.of(StatusProto.toStatusRuntimeException(status)).describe())
                .isEqualTo("INVALID_ARGUMENT: ENT-014: steps[0].action: participant 'x' is not configured (and 1 more)"
                        + "\n  steps[1]: ENT-020: neither compensate nor no_undo");
    }
}
