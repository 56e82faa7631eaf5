package dev.entente.client.tries;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** The body of an answer, up to 1 MiB; with a larger one the exchange fails, and its connection ends. */
final class BoundedBody implements BodySubscriber<byte[]> {
    static final int MOST_BYTES = 1 << 20;

    private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
    private final ByteArrayOutputStream read = new ByteArrayOutputStream();
    private Flow.@Nullable Subscription subscription;

    /** An answer that nobody keeps: asked again it would be as large. */
    static final class TooLarge extends IOException {
        private static final long serialVersionUID = 1;

        TooLarge() {
            super("the answer has more than " + MOST_BYTES + " bytes");
        }
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return whole;
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
            if (buffer.remaining() > MOST_BYTES - read.size()) {
                source.cancel();
                onError(new TooLarge());
                return;
            }
            byte[] some = new byte[buffer.remaining()];
            buffer.get(some);
            read.writeBytes(some);
        }
        source.request(1);
    }

    @Override
    public void onError(Throwable broken) {
        whole.completeExceptionally(broken);
    }

    @Override
    public void onComplete() {
        whole.complete(read.toByteArray());
    }
}
