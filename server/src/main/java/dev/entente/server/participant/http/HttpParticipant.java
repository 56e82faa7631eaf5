package dev.entente.server.participant.http;

import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.CallResponse;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.participant.limit.CalledParticipant;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.ConnectionSource;
import dev.entente.server.participant.limit.PendingCall;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.http.HttpMethod;
import org.jspecify.annotations.Nullable;

/** One participant that is called over HTTP: its address, and its HTTP client. Thread-safe. */
final class HttpParticipant extends CalledParticipant {
    private static final long PROBE_SECONDS = 5;

    private final HttpAddress address;
    private final HttpLink link;
    private final HttpOutcomeTable table;
    private volatile @Nullable Object tag;

    /** @param tag of its requests, see {@link HttpLink#request} */
    HttpParticipant(
            ParticipantConfig config, HttpAddress address, HttpLink link, @Nullable Object tag, SharedParts shared) {
        super(config, address.hostHeader(), shared, ConnectionSource.UNSEEN);
        this.address = address;
        this.link = link;
        this.tag = tag;
        this.table = new HttpOutcomeTable(config, Instant::now);
    }

    @Override
    protected PendingCall pending(BranchCall call, Consumer<Outcome> answer) {
        return new HttpOutgoingCall(this, call, answer);
    }

    Request request(URI uri) {
        return link.request(uri, tag);
    }

    /** Uses other connections for later calls; calls in flight stay on their connections. */
    void callWith(Object other) {
        tag = other;
    }

    /** Checks whether the participant responds at all. */
    @Override
    protected ProbeResult probe() {
        try {
            var _ = request(address.uri("/"))
                    .method(HttpMethod.HEAD)
                    .timeout(PROBE_SECONDS, TimeUnit.SECONDS)
                    .send();
            circuit().report(Circuit.Link.ANSWERED);
            return found(true, false, List.of(), "it is called over HTTP, which has no list of methods");
        } catch (ExecutionException | TimeoutException unreachable) {
            Throwable cause = unreachable instanceof ExecutionException ? unreachable.getCause() : unreachable;
            return found(false, false, List.of(), CallResponse.shortened(HttpOutgoingCall.text(cause)));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return found(false, false, List.of(), "the probe was interrupted");
        }
    }

    HttpAddress address() {
        return address;
    }

    HttpOutcomeTable table() {
        return table;
    }
}
