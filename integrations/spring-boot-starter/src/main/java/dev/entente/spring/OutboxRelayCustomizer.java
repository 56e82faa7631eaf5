package dev.entente.spring;

import dev.entente.outbox.OutboxRelay;

/** A bean that changes the relay before it starts: channels to gRPC methods, further carriers, the HTTP client. */
@FunctionalInterface
public interface OutboxRelayCustomizer {
    /** Changes the builder, which has the properties and the client already. */
    void customize(OutboxRelay.Builder builder);
}
