package dev.entente.server.api;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** An error as a client reads it. */
record Refused(
        Status.Code status,
        String message,
        ErrorInfo info,
        List<BadRequest.FieldViolation> violations,
        boolean hasRetryInfo) {

    static Refused by(ThrowingCallable call) throws InvalidProtocolBufferException {
        StatusRuntimeException thrown = Assertions.catchThrowableOfType(StatusRuntimeException.class, call);
        Assertions.assertThat(thrown).as("it was not refused").isNotNull();
        com.google.rpc.Status details = Objects.requireNonNull(StatusProto.fromThrowable(thrown));
        ErrorInfo info = ErrorInfo.getDefaultInstance();
        List<BadRequest.FieldViolation> violations = List.of();
        boolean retry = false;
        for (Any detail : details.getDetailsList()) {
            if (detail.is(ErrorInfo.class)) {
                info = detail.unpack(ErrorInfo.class);
            } else if (detail.is(BadRequest.class)) {
                violations = detail.unpack(BadRequest.class).getFieldViolationsList();
            } else {
                retry = detail.is(RetryInfo.class);
            }
        }
        return new Refused(thrown.getStatus().getCode(), details.getMessage(), info, violations, retry);
    }

    String code() {
        Assertions.assertThat(info.getDomain()).isEqualTo("entente.dev");
        return info.getReason();
    }
}
