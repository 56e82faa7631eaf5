package dev.entente.server.participant.http;

import com.google.protobuf.ByteString;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Reads a response up to a limit, and no further: a larger one is broken off. For one response. */
public final class CappedBody implements HttpResponse.BodySubscriber<CappedBody.Read> {
    /**
     * The result of reading the body.
     *
     * @param bytes empty if it was too large
     */
    public record Read(ByteString bytes, boolean isTooLarge) {}

    private final int maxBytes;
    private final CompletableFuture<Read> read = new CompletableFuture<>();
    private ByteString bytes = ByteString.EMPTY;
    private Flow.@Nullable Subscription subscription;

    public CappedBody(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    @Override
    public CompletionStage<Read> getBody() {
        return read;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            if (read.isDone()) {
                return;
            }
            if (buffer.remaining() > maxBytes - bytes.size()) {
                giveUp();
            } else {
                bytes = bytes.concat(ByteString.copyFrom(buffer));
            }
        }
    }

    private void giveUp() {
        bytes = ByteString.EMPTY;
        if (subscription != null) {
            subscription.cancel();
        }
        read.complete(new Read(ByteString.EMPTY, true));
    }

    @Override
    public void onError(Throwable broken) {
        read.completeExceptionally(broken);
    }

    @Override
    public void onComplete() {
        read.complete(new Read(bytes, false));
    }
}
