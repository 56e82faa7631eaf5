package dev.entente.server.api.access;

import io.grpc.ForwardingServerCallListener;
import io.grpc.ServerCall;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Accepts the one request of a call that a coordinator signed. Another request is refused, and later events of the call
 * are ignored. Used by one thread at a time.
 */
final class ProvenRequest<Q> extends ForwardingServerCallListener<Q> {
    private final String digest;
    private final Runnable refuse;
    private ServerCall.Listener<Q> service;

    /**
     * @param digest of the signed request
     * @param refuse closes a call with another request
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

    /** Receives an unparsed request: {@code RequestParsing} parses the request later. */
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

    /** Returns no bytes if the request is unreadable. Such a request passes only if the signed request was empty. */
    private static byte[] bytes(Object message) {
        try {
            return message instanceof InputStream stream ? stream.readAllBytes() : new byte[0];
        } catch (IOException | RuntimeException unreadable) {
            return new byte[0];
        }
    }
}
