package dev.entente.server.api.connect;

import dev.entente.server.http.WebResponse;
import io.grpc.CallOptions;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** Checks the headers of Connect's unary requests, required and optional. Pure. */
final class ConnectHead {
    private static final String TIMEOUT = "connect-timeout-ms";
    private static final String VERSION = "connect-protocol-version";
    private static final Pattern JSON = Pattern.compile("application/json *(; *charset *= *\"?utf-8\"? *)?");

    private ConnectHead() {}

    /**
     * Returns null for valid headers.
     *
     * @param isUnary whether the method has one request and one response
     */
    static @Nullable WebResponse refusal(Request request, boolean isUnary) {
        HttpFields headers = request.getHeaders();
        if (!request.getMethod().equals("POST")) {
            return ConnectResponse.unimplemented(
                    405, "the method " + request.getMethod() + " is not supported; send the call with POST");
        }
        if (!isUnary) {
            return ConnectResponse.unimplemented(501, "this call is a stream; use gRPC");
        }
        String type = only(headers, HttpHeader.CONTENT_TYPE.asString());
        if (!JSON.matcher(type.toLowerCase(Locale.ROOT)).matches()) {
            return ConnectResponse.unimplemented(
                    415, "the Content-Type '" + type + "' is not supported; send application/json in UTF-8");
        }
        if (!only(headers, HttpHeader.CONTENT_ENCODING.asString()).matches("(?i)(identity)?")) {
            return ConnectResponse.unimplemented(501, "this Content-Encoding is not supported; use identity");
        }
        HttpURI uri = request.getHttpURI();
        if (uri.getQuery() != null || uri.getFragment() != null) {
            return ConnectResponse.malformed(
                    400, "path", "a call must not have a query or a fragment; send all values in the body");
        }
        if (!only(headers, VERSION).matches("1?")) {
            return ConnectResponse.malformed(400, VERSION, "must be 1");
        }
        return only(headers, TIMEOUT).matches("[0-9]{0,10}")
                ? null
                : ConnectResponse.malformed(400, TIMEOUT, "must be a whole number of at most ten digits");
    }

    /** Returns a header's value, or the empty text. A repeated header yields a value that no check accepts. */
    private static String only(HttpFields headers, String name) {
        return String.join(", ", headers.getValuesList(name));
    }

    /** Returns the call options with the client's timeout, for a request that was not refused. */
    static CallOptions options(Request request) {
        String timeout = only(request.getHeaders(), TIMEOUT);
        return timeout.isEmpty()
                ? CallOptions.DEFAULT
                : CallOptions.DEFAULT.withDeadlineAfter(Long.parseLong(timeout), TimeUnit.MILLISECONDS);
    }
}
