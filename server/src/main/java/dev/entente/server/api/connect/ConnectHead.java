package dev.entente.server.api.connect;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import io.grpc.CallOptions;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** The heads of Connect's unary requests: what must stand in them, and what may. Pure. */
final class ConnectHead {
    private static final String VERSION = "connect-protocol-version";
    private static final String TIMEOUT = "connect-timeout-ms";
    private static final Pattern MILLIS = Pattern.compile("[0-9]{1,10}");
    private static final Pattern JSON = Pattern.compile("application/json *(; *charset *= *\"?utf-8\"? *)?");

    private ConnectHead() {}

    /**
     * Null for one that is as it should be.
     *
     * @param isUnary whether the method has one request and one answer
     */
    static @Nullable ConnectAnswer refusal(Request request, boolean isUnary) {
        HttpFields headers = request.getHeaders();
        String type = String.valueOf(headers.get(HttpHeader.CONTENT_TYPE)).toLowerCase(Locale.ROOT);
        if (!request.getMethod().equals("POST")) {
            return ConnectAnswer.unimplemented(405, "POST only").with("Allow", "POST");
        }
        if (!isUnary) {
            return ConnectAnswer.unimplemented(501, "this call is a stream; make it over gRPC");
        }
        if (!is(headers, VERSION, "1")) {
            return malformed(VERSION, "1 is the only version; send 1, or leave it out");
        }
        if (!JSON.matcher(type).matches()) {
            return ConnectAnswer.unimplemented(415, "the Content-Type must be application/json")
                    .with("Accept-Post", "application/json");
        }
        if (!is(headers, "content-encoding", "identity")) {
            return ConnectAnswer.unimplemented(501, "this Content-Encoding is not supported; the only one is identity");
        }
        String timeout = headers.get(TIMEOUT);
        return timeout == null || MILLIS.matcher(timeout).matches()
                ? null
                : malformed(TIMEOUT, "it is no whole number of at most ten digits");
    }

    private static boolean is(HttpFields headers, String name, String only) {
        String value = headers.get(name);
        return value == null || value.equals(only);
    }

    private static ConnectAnswer malformed(String header, String why) {
        return ConnectAnswer.of(Refusal.malformed(List.of(new Refusal.Violation(ErrorCode.MALFORMED, header, why))));
    }

    /** Returns how long the client waits, of a request that was not refused. */
    static CallOptions options(Request request) {
        String timeout = request.getHeaders().get(TIMEOUT);
        return timeout == null
                ? CallOptions.DEFAULT
                : CallOptions.DEFAULT.withDeadlineAfter(Long.parseLong(timeout), TimeUnit.MILLISECONDS);
    }
}
