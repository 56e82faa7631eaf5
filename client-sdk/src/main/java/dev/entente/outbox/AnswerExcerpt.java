package dev.entente.outbox;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** The first characters of an answer, for people. An answer that goes on for long is cut off, with its connection. */
final class AnswerExcerpt implements BodySubscriber<String> {
    static final int KEPT_BYTES = 512;
    /** A little more is read to its end: that keeps the connection. */
    static final int READ_BYTES = 1 << 16;

    private final CompletableFuture<String> text = new CompletableFuture<>();
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private Flow.@Nullable Subscription subscription;
    private long read;

    @Override
    public CompletionStage<String> getBody() {
        return text;
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
            byte[] some = new byte[Math.min(KEPT_BYTES - kept.size(), buffer.remaining())];
            buffer.get(some);
            kept.writeBytes(some);
        }
        if (read > READ_BYTES) {
            source.cancel();
            onComplete();
        } else {
            source.request(1);
        }
    }

    @Override
    public void onError(Throwable broken) {
        text.completeExceptionally(broken);
    }

    @Override
    public void onComplete() {
        text.complete(kept.toString(StandardCharsets.UTF_8));
    }
}
