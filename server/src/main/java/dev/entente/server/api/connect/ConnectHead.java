package dev.entente.server.api.connect;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.http.WebAnswer;
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
    private static final String TIMEOUT = "connect-timeout-ms";
    private static final Pattern MILLIS = Pattern.compile("[0-9]{1,10}");
    private static final Pattern JSON = Pattern.compile("application/json *(; *charset *= *\"?utf-8\"? *)?");

    private ConnectHead() {}

    /**
     * Null for one that is as it should be.
     *
     * @param isUnary whether the method has one request and one answer
     */
    static @Nullable WebAnswer refusal(Request request, boolean isUnary) {
        HttpFields headers = request.getHeaders();
        if (!request.getMethod().equals("POST")) {
            return ConnectAnswer.unimplemented(405, "POST only");
        }
        if (!isUnary) {
            return ConnectAnswer.unimplemented(501, "this call is a stream; make it over gRPC");
        }
        String type = String.valueOf(headers.get(HttpHeader.CONTENT_TYPE)).toLowerCase(Locale.ROOT);
        if (!JSON.matcher(type).matches()) {
            return ConnectAnswer.unimplemented(415, "the Content-Type must be application/json");
        }
        String encoding = headers.get(HttpHeader.CONTENT_ENCODING);
        if (encoding != null && !encoding.equals("identity")) {
            return ConnectAnswer.unimplemented(501, "this Content-Encoding is not supported; the only one is identity");
        }
        String timeout = headers.get(TIMEOUT);
        return timeout == null || MILLIS.matcher(timeout).matches()
                ? null
                : ConnectAnswer.of(Refusal.malformed(List.of(new Refusal.Violation(
                        ErrorCode.MALFORMED, TIMEOUT, "it is no whole number of at most ten digits"))));
    }

    /** Returns how long the client waits, of a request that was not refused. */
    static CallOptions options(Request request) {
        String timeout = request.getHeaders().get(TIMEOUT);
        return timeout == null
                ? CallOptions.DEFAULT
                : CallOptions.DEFAULT.withDeadlineAfter(Long.parseLong(timeout), TimeUnit.MILLISECONDS);
    }
}
