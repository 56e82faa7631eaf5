package dev.entente.server.api.access;

import io.grpc.Metadata;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Names a call, so that its client finds it in the audit. */
public final class RequestId {
    /** Set by clients, and passed on to the coordinator that is asked. */
    public static final Metadata.Key<String> HEADER =
            Metadata.Key.of("entente-request-id", Metadata.ASCII_STRING_MARSHALLER);

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._:@/-]{1,64}");

    private RequestId() {}

    /** The client's, if it is of the form; else null. */
    static @Nullable String given(Metadata headers) {
        String given = headers.get(HEADER);
        return given != null && FORM.matcher(given).matches() ? given : null;
    }

    static String orMadeUp(@Nullable String given) {
        return given != null
                ? given
                : HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }
}
