package dev.entente.server.participant.http;

import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.CallMetadata;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.limit.Dispatch;
import dev.entente.server.participant.limit.Gate;
import java.net.URI;
import java.time.Instant;
import java.util.function.Consumer;
import org.eclipse.jetty.client.Request;
import org.jspecify.annotations.Nullable;

/**
 * One participant that is called over HTTP: its address, limit, circuit, and what was last wrong with it. Thread-safe.
 */
final class HttpParticipant {
    private final ParticipantConfig config;
    private final HttpAddress address;
    private final HttpLink link;
    private volatile @Nullable Object tag;
    private final Gate gate;
    private final Dispatch dispatch;
    private final HttpOutcomeTable table;
    private final CallMetadata metadata;

    /** @param tag of its requests, see {@link HttpLink#request} */
    HttpParticipant(ParticipantConfig config, HttpAddress address, HttpLink link, @Nullable Object tag, Gate gate) {
        this.config = config;
        this.address = address;
        this.link = link;
        this.tag = tag;
        this.gate = gate;
        this.dispatch = new Dispatch(config.name(), gate);
        this.table = new HttpOutcomeTable(config.httpOverrides(), Instant::now);
        this.metadata = new CallMetadata(config, address.hostHeader());
    }

    void call(BranchCall call, Consumer<Outcome> answer) {
        gate.submit(new HttpOutgoingCall(this, call, answer));
    }

    Request request(URI uri) {
        return link.request(uri, tag);
    }

    /** Makes calls from now on over other connections; those under way stay on theirs. */
    void callWith(Object other) {
        tag = other;
    }

    ParticipantStatus status() {
        return gate.status(config, false);
    }

    /** Calls under way are broken off with their client; those that wait never leave. */
    void close() {
        dispatch.close();
    }

    ParticipantConfig config() {
        return config;
    }

    HttpAddress address() {
        return address;
    }

    Gate gate() {
        return gate;
    }

    Dispatch dispatch() {
        return dispatch;
    }

    HttpOutcomeTable table() {
        return table;
    }

    CallMetadata metadata() {
        return metadata;
    }
}
