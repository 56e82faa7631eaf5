package dev.entente.server.api.access;

import io.grpc.ForwardingServerCallListener;
import io.grpc.ServerCall;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Lets the one request of a call through whose bytes a coordinator has signed. Anything else is refused, and nothing of
 * the call is heard any more. Used by one thread at a time.
 */
final class ProvenRequest<Q> extends ForwardingServerCallListener<Q> {
    private final String digest;
    private final Runnable refuse;
    private ServerCall.Listener<Q> service;

    /**
     * @param digest of the request that was signed
     * @param refuse closes the call of another request
     */
    ProvenRequest(ServerCall.Listener<Q> service, String digest, Runnable refuse) {
        this.service = service;
        this.digest = digest;
        this.refuse = refuse;
    }

    @Override
    protected ServerCall.Listener<Q> delegate() {
        return service;
    }

    /** Requests come unparsed: {@code RequestParsing} reads them behind this. */
    @Override
    @SuppressWarnings("unchecked")
    public void onMessage(Q message) {
        byte[] bytes = bytes(message);
        if (PeerProof.digest(bytes).equals(digest)) {
            super.onMessage((Q) new ByteArrayInputStream(bytes));
            return;
        }
        ServerCall.Listener<Q> served = service;
        service = new ServerCall.Listener<>() {};
        refuse.run();
        served.onCancel();
    }

    /** Nothing where they cannot be read: it passes only where nothing is what was signed. */
    private static byte[] bytes(Object message) {
        try {
            return message instanceof InputStream stream ? stream.readAllBytes() : new byte[0];
        } catch (IOException | RuntimeException unreadable) {
            return new byte[0];
        }
    }
}
