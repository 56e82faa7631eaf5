package dev.entente.server.api.access;

import dev.entente.server.store.AuditRecord;
import io.grpc.Metadata;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The id of a call, with which a client finds the call in the audit. */
public final class RequestId {
    /** Clients set this header. Coordinators forward the header. */
    public static final Metadata.Key<String> HEADER =
            Metadata.Key.of("entente-request-id", Metadata.ASCII_STRING_MARSHALLER);

    static final int MAX_LENGTH = 64;
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._:@/-]{1," + MAX_LENGTH + "}");

    private RequestId() {}

    /** Returns the client's id if its format is valid and not that of a bulk operation, otherwise null. */
    static @Nullable String given(Metadata headers) {
        String given = passedOn(headers);
        return given == null || given.startsWith(AuditRecord.BULK) ? null : given;
    }

    /** Returns the id that another coordinator sent if its format is valid, otherwise null. */
    static @Nullable String passedOn(Metadata headers) {
        String given = headers.get(HEADER);
        return given != null && FORM.matcher(given).matches() ? given : null;
    }

    static String orMadeUp(@Nullable String given) {
        return given != null
                ? given
                : HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }
}
