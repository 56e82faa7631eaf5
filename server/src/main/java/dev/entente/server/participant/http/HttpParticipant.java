package dev.entente.server.participant.http;

import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.CallMetadata;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.guard.AllowedAddresses;
import dev.entente.server.participant.limit.Dispatch;
import dev.entente.server.participant.limit.Gate;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One participant that is called over HTTP: its address, limit, circuit, and what was last wrong with it. Thread-safe.
 */
final class HttpParticipant {
    private final ParticipantConfig config;
    private final HttpAddress address;
    private volatile HttpClient client;
    private final Gate gate;
    private final Dispatch dispatch;
    private final Executor blocking;
    private final HttpOutcomeTable table;
    private final CallMetadata metadata;
    /** Null for one that is configured: there an operator has said where it is. */
    private final @Nullable AllowedAddresses allowed;

    /**
     * @param blocking one virtual thread for each task
     * @param allowed null for one that is configured
     */
    HttpParticipant(
            ParticipantConfig config,
            HttpAddress address,
            HttpClient client,
            Gate gate,
            Executor blocking,
            @Nullable AllowedAddresses allowed) {
        this.config = config;
        this.address = address;
        this.client = client;
        this.gate = gate;
        this.blocking = blocking;
        this.dispatch = new Dispatch(config.name(), gate);
        this.table = new HttpOutcomeTable(config.httpOverrides(), Instant::now);
        this.metadata = new CallMetadata(config, address.hostHeader());
        this.allowed = allowed;
    }

    /** Runs what may block. */
    void execute(Runnable task) {
        blocking.execute(task);
    }

    void call(BranchCall call, Consumer<Outcome> answer) {
        gate.submit(new HttpOutgoingCall(this, call, answer));
    }

    /**
     * Returns the checked addresses of a participant that is not configured; it is then called by number. Empty for a
     * configured one, whose look-up is left to the client. Blocks.
     *
     * @throws AllowedAddresses.Forbidden if none of its addresses may be called
     */
    List<InetAddress> addresses() throws UnknownHostException, AllowedAddresses.Forbidden {
        return allowed == null ? List.of() : allowed.of(config.target(), address.host());
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

    HttpClient client() {
        return client;
    }

    /** Makes calls from now on with another client; those under way stay with theirs. */
    void callWith(HttpClient other) {
        client = other;
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
