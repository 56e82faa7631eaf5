package dev.entente.client;

import dev.entente.wire.ErrorDetails;
import io.grpc.Status;
import java.io.IOException;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Describes the failure of an attempt. For a broken link gRPC reports only {@code io exception}; the causes contain the
 * reason.
 */
final class LinkFailure {
    static final String NO_CONNECTION_IN_TIME = "no connection in time";
    private static final Pattern SYSTEM_CALL = Pattern.compile("^(\\w+\\(\\.\\.\\) failed[^:]*: )+");

    private LinkFailure() {}

    /** @param isSent whether a part of the call may have been sent */
    static String describe(ErrorDetails answer, Throwable thrown, boolean isSent) {
        if (answer.isFromEntente()) {
            return firstLine(answer.describe());
        }
        if (answer.code() == Status.Code.DEADLINE_EXCEEDED) {
            return isSent ? "no response in time" : NO_CONNECTION_IN_TIME;
        }
        Throwable status = thrown.getCause() == null ? thrown : thrown.getCause();
        return find(status, SSLException.class)
                .map(refused -> "TLS: " + firstLine(refused.getMessage()))
                .or(() -> find(status, UnknownHostException.class)
                        .map(unknown -> "unknown host: " + firstLine(unknown.getMessage())))
                .or(() -> find(status, IOException.class).map(broken -> withoutSystemCall(broken.getMessage())))
                .filter(text -> !text.isBlank())
                .orElseGet(() -> firstLine(answer.describe()));
    }

    private static <T extends Throwable> Optional<T> find(Throwable thrown, Class<T> kind) {
        Throwable next = thrown;
        for (int depth = 0; next != null && depth < 10; depth++) { // causes may be cyclic
            if (kind.isInstance(next)) {
                return Optional.of(kind.cast(next));
            }
            next = next.getCause();
        }
        return Optional.empty();
    }

    /** Removes the name of the system call that Netty's native transports put before the message. */
    private static String withoutSystemCall(@Nullable String message) {
        return SYSTEM_CALL.matcher(firstLine(message)).replaceFirst("");
    }

    private static String firstLine(@Nullable String text) {
        return text == null ? "" : text.lines().findFirst().orElse("").strip();
    }
}
