package dev.entente.server.api.connect;

import com.google.protobuf.Message;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.http.UnreadBody;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.List;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/**
 * One call over HTTP: no thread waits for its body, for its answer, or for a client that takes neither. What gRPC tells
 * comes in turn, what Jetty tells at any time.
 */
final class ConnectCall extends ClientCall.Listener<Message> {
    private static final int MESSAGES = 2;

    private final Request request;
    private final Response response;
    private final Callback callback;
    private final ClientCall<InputStream, Message> call;
    private final int maxBodyBytes;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private volatile boolean isAsked;
    private volatile boolean isRead;
    private boolean isCancelled;
    private boolean isAnswered;
    private @Nullable Message message;

    ConnectCall(
            Request request,
            Response response,
            Callback callback,
            ClientCall<InputStream, Message> call,
            int maxBodyBytes) {
        this.request = request;
        this.response = response;
        this.callback = callback;
        this.call = call;
        this.maxBodyBytes = maxBodyBytes;
    }

    void start(Metadata headers) {
        request.addFailureListener(this::breakOff);
        // A call may wait longer than a connection may be silent. While its body is read, silence ends it.
        request.addIdleTimeoutListener(_ -> false);
        call.start(this, headers);
        call.request(MESSAGES);
    }

    /** The interceptors have let it through: nothing of the body was read before. */
    @Override
    public void onReady() {
        if (!isAsked) {
            isAsked = true;
            if (request.getLength() > maxBodyBytes) {
                refuseLarge();
            } else {
                read();
            }
        }
    }

    private void read() {
        for (Content.Chunk chunk = request.read(); chunk != null; chunk = request.read()) {
            if (Content.Chunk.isFailure(chunk)) {
                breakOff(chunk.getFailure());
                return;
            }
            byte[] bytes = new byte[chunk.remaining()];
            chunk.get(bytes, 0, bytes.length);
            body.write(bytes, 0, bytes.length);
            chunk.release();
            if (body.size() > maxBodyBytes) {
                refuseLarge();
                return;
            }
            if (chunk.isLast()) {
                send();
                return;
            }
        }
        request.demand(Invocable.from(Invocable.InvocationType.NON_BLOCKING, this::read));
    }

    private void send() {
        isRead = true;
        synchronized (this) {
            if (!isCancelled) {
                call.sendMessage(new ByteArrayInputStream(body.toByteArray()));
                call.halfClose();
            }
        }
    }

    private void refuseLarge() {
        answer(ConnectAnswer.of(Refusal.of(
                ErrorCode.TOO_LARGE,
                "the request has more than " + maxBodyBytes + " bytes; send less, or raise limits.plan")));
        cancel();
    }

    /** Ends it with its connection, with an answer where the body is not as HTTP has it. */
    private void breakOff(Throwable failure) {
        if (failure instanceof HttpException) {
            answer(ConnectAnswer.of(Refusal.malformed(List.of(new Refusal.Violation(
                    ErrorCode.MALFORMED, "body", "its chunks, or its length, are not as HTTP has them")))));
        }
        cancel();
    }

    private synchronized void cancel() {
        isCancelled = true;
        call.cancel("the client has gone", null);
    }

    @Override
    public void onMessage(Message answer) {
        message = answer;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        answer(status.isOk() && message != null ? ConnectAnswer.of(message) : ConnectAnswer.of(status, trailers));
    }

    private void answer(ConnectAnswer answer) {
        synchronized (this) {
            if (isAnswered) {
                return;
            }
            isAnswered = true;
        }
        if (isRead) {
            answer.write(response, callback);
        } else if (isAsked) {
            UnreadBody.refuse(request, response);
            answer.write(response, callback);
        } else {
            UnreadBody.skip(request, response, () -> answer.write(response, callback));
        }
    }
}
