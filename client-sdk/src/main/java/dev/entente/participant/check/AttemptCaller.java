package dev.entente.participant.check;

import com.google.protobuf.ByteString;
import java.time.Duration;

/** Makes one attempt of a call in one of the ways that coordinators have. Thread-safe. */
interface AttemptCaller {
    /**
     * Calls and waits for the answer.
     *
     * @throws io.grpc.StatusRuntimeException for every answer but OK, and for none in time
     */
    ByteString call(CheckedOperation operation, CheckedCall call, ByteString request, Duration patience);
}
