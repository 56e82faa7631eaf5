package dev.entente.server.api.connect;

import com.google.protobuf.Message;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.wire.JsonRequests;
import dev.entente.server.http.UnreadBody;
import dev.entente.server.http.WebResponse;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** One call over HTTP, on a virtual thread that waits for the request body and for the response. */
final class ConnectCall extends ClientCall.Listener<Message> {
    private static final int MESSAGES = 2;

    private final Request request;
    private final ClientCall<InputStream, Message> call;
    private final int maxBodyBytes;
    private final CompletableFuture<Boolean> isLetIn = new CompletableFuture<>();
    private final CompletableFuture<WebResponse> answer = new CompletableFuture<>();
    private @Nullable Message message;

    ConnectCall(Request request, ClientCall<InputStream, Message> call, int maxBodyBytes) {
        this.request = request;
        this.call = call;
        this.maxBodyBytes = maxBodyBytes;
    }

    /** Makes the call, and writes its response. Blocks. */
    void make(Metadata headers, Response response, Callback callback) {
        request.addFailureListener(_ -> cancel());
        // A call may take longer than the connection's idle timeout, which applies only while the body is read.
        request.addIdleTimeoutListener(_ -> false);
        call.start(this, headers);
        call.request(MESSAGES);
        if (isLetIn.join()) {
            WebResponse refusal = send();
            if (refusal != null) {
                UnreadBody.refuse(request, response);
            }
            (refusal == null ? answer.join() : refusal).write(response, callback);
        } else {
            UnreadBody.skip(request, response, () -> answer.join().write(response, callback));
        }
    }

    /** Sends the request. Returns the refusal, or null after a successful send. */
    private @Nullable WebResponse send() {
        try {
            if (request.getLength() <= maxBodyBytes) {
                byte[] body = Content.Source.asInputStream(request).readNBytes(maxBodyBytes + 1);
                if (body.length <= maxBodyBytes) {
                    call.sendMessage(new JsonRequests.Text(body));
                    call.halfClose();
                    return null;
                }
            }
            cancel();
            return ConnectResponse.of(
                    413,
                    Refusal.of(
                            ErrorCode.TOO_LARGE,
                            "the request has more than " + maxBodyBytes + " bytes; send less, or raise limits.plan"));
        } catch (IOException | RuntimeException broken) { // the client receives the error, if still connected
            cancel();
            return broken instanceof HttpException
                    ? ConnectResponse.malformed(400, "body", "the chunks or the length of the body are not valid HTTP")
                    : ConnectResponse.malformed(408, "body", "the body was not complete in time");
        }
    }

    private void cancel() {
        call.cancel("the client is disconnected", null);
    }

    /** The interceptors have accepted the call and wait for its request. Until then no part of the body is read. */
    @Override
    public void onReady() {
        isLetIn.complete(true);
    }

    @Override
    public void onMessage(Message received) {
        message = received;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        answer.complete(
                status.isOk() && message != null ? ConnectResponse.of(message) : ConnectResponse.of(status, trailers));
        isLetIn.complete(false);
    }
}
