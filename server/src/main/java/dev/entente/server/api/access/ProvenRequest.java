package dev.entente.server.api.access;

import dev.entente.server.transaction.Refusal;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.ServerCall;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets the one request of a call through whose bytes a coordinator has signed. Anything else is refused, and nothing of
 * the call is heard any more. Used by one thread at a time.
 */
final class ProvenRequest<Q> extends SimpleForwardingServerCallListener<Q> {
    private final String digest;
    private final Supplier<Refusal> refusal;
    private final Consumer<Refusal> refuse;
    private boolean hasCome;
    private boolean isRefused;

    /**
     * @param digest of the request that was signed
     * @param refusal makes the answer to another request
     * @param refuse closes the call with it
     */
    ProvenRequest(ServerCall.Listener<Q> service, String digest, Supplier<Refusal> refusal, Consumer<Refusal> refuse) {
        super(service);
        this.digest = digest;
        this.refusal = refusal;
        this.refuse = refuse;
    }

    /** Requests come unparsed: {@code RequestParsing} reads them behind this. */
    @Override
    @SuppressWarnings("unchecked")
    public void onMessage(Q message) {
        if (isRefused) {
            return;
        }
        byte[] bytes = hasCome ? null : bytes(message);
        hasCome = true;
        if (bytes == null || !PeerProof.digest(bytes).equals(digest)) {
            isRefused = true;
            refuse.accept(refusal.get());
            super.onCancel();
            return;
        }
        super.onMessage((Q) new ByteArrayInputStream(bytes));
    }

    private static byte @Nullable [] bytes(Object message) {
        try {
            return message instanceof InputStream stream ? stream.readAllBytes() : null;
        } catch (IOException | RuntimeException unreadable) {
            return null;
        }
    }

    @Override
    public void onHalfClose() {
        if (!isRefused) {
            super.onHalfClose();
        }
    }

    @Override
    public void onCancel() {
        if (!isRefused) {
            super.onCancel();
        }
    }

    @Override
    public void onComplete() {
        if (!isRefused) {
            super.onComplete();
        }
    }

    @Override
    public void onReady() {
        if (!isRefused) {
            super.onReady();
        }
    }
}
