package dev.entente.participant.check;

import com.google.protobuf.ByteString;
import dev.entente.wire.ErrorDetails;
import io.grpc.Status;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a call was answered in the end.
 *
 * @param response of an OK; null else
 * @param refusal of a definite no; null else
 * @param open what was said last where it was never settled; null else
 */
record Answer(
        @Nullable ByteString response,
        @Nullable ErrorDetails refusal,
        @Nullable String open) {
    boolean isOk() {
        return response != null;
    }

    boolean isRefused() {
        return refusal != null;
    }

    boolean isNotFound() {
        return refusal != null && refusal.code() == Status.Code.NOT_FOUND;
    }

    boolean isStale() {
        return refusal != null && refusal.name().equals(BranchCalls.STALE);
    }

    Optional<ByteString> known() {
        return Optional.ofNullable(response);
    }

    boolean isSameAs(Answer other) {
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
        return refusal != null ? refusal.describe() : "no answer that settles it: " + open;
    }
}
