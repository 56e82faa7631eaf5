package dev.entente.wire;

import dev.entente.Internal;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** The first bytes of a response over HTTP. A long response is cut off, and its connection is closed. */
@Internal
public final class ResponseExcerpt implements BodySubscriber<byte[]> {
    private final int keptBytes;
    private final long readBytes;
    private final CompletableFuture<byte[]> excerpt = new CompletableFuture<>();
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private Flow.@Nullable Subscription subscription;
    private long read;

    /**
     * Makes a subscriber for one answer.
     *
     * @param keptBytes the number of bytes to keep
     * @param readBytes the number of bytes to read; an answer that is read completely keeps the connection
     */
    public ResponseExcerpt(int keptBytes, long readBytes) {
        this.keptBytes = keptBytes;
        this.readBytes = readBytes;
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return excerpt;
    }

    @Override
    public void onSubscribe(Flow.Subscription incoming) {
        subscription = incoming;
        incoming.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        Flow.Subscription source = Objects.requireNonNull(subscription);
        for (ByteBuffer buffer : buffers) {
            read += buffer.remaining();
            byte[] some = new byte[Math.min(keptBytes - kept.size(), buffer.remaining())];
            buffer.get(some);
            kept.writeBytes(some);
        }
        if (read > readBytes) {
            source.cancel();
            onComplete();
        } else {
            source.request(1);
        }
    }

    @Override
    public void onError(Throwable broken) {
        excerpt.completeExceptionally(broken);
    }

    @Override
    public void onComplete() {
        excerpt.complete(kept.toByteArray());
    }
}
