package dev.entente.server.http;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable;

/**
 * The bodies of requests whose responses do not need the body. A client that still sends when its connection closes may
 * miss the response. Therefore a body of known and moderate size is read to its end and discarded.
 */
public final class UnreadBody {
    private static final int MAX_SKIPPED_BYTES = 1 << 20;

    private UnreadBody() {}

    /** Runs {@code answer} now or later; the connection ends with the response if the body is not read. */
    public static void skip(Request request, Response response, Runnable answer) {
        HttpFields headers = request.getHeaders();
        long length = headers.getLongField(HttpHeader.CONTENT_LENGTH);
        if (length > 0 && length <= MAX_SKIPPED_BYTES && !headers.contains(HttpHeader.EXPECT)) {
            Content.Source.consumeAll(
                    request, Callback.from(Invocable.InvocationType.NON_BLOCKING, answer, _ -> answer.run()));
        } else {
            if (isThere(request)) {
                refuse(request, response);
            }
            answer.run();
        }
    }

    /** Ends the connection with the response. On HTTP/2 only the stream ends. */
    public static void refuse(Request request, Response response) {
        HttpVersion version = request.getConnectionMetaData().getHttpVersion();
        if (version.getVersion() < HttpVersion.HTTP_2.getVersion()) {
            response.getHeaders().put(HttpFields.CONNECTION_CLOSE).remove(HttpHeader.KEEP_ALIVE);
        }
    }

    static boolean isThere(Request request) {
        HttpFields headers = request.getHeaders();
        return headers.contains(HttpHeader.TRANSFER_ENCODING) || headers.getLongField(HttpHeader.CONTENT_LENGTH) > 0;
    }
}
