package dev.entente.server.participant.http;

import dev.entente.core.plan.HttpHeaders;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Target;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.Participants;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.participant.grpc.GrpcParticipants;
import dev.entente.server.participant.grpc.OutcomeTable;
import dev.entente.server.participant.guard.AllowedAddresses;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.ConnectionSource;
import dev.entente.server.participant.limit.Gate;
import dev.entente.server.telemetry.CallMeters;
import dev.entente.server.telemetry.Metrics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpMethod;
import org.jspecify.annotations.Nullable;

/**
 * Participants that are called over HTTP. Each has its own limit and circuit, so a dead or hung one slows nobody else.
 * Thread-safe; nothing blocks but {@link #probe} and {@link #close}.
 */
public final class HttpParticipants implements Participants, AutoCloseable {
    private static final long PROBE_SECONDS = 5;

    private final Map<String, HttpParticipant> configured;
    private final Map<String, HttpParticipant> direct = new ConcurrentHashMap<>();
    private final TargetGuard targets;
    private final AllowedAddresses addresses;
    private final EventLoops loops;
    private final Circuit.Rules rules;
    private final Metrics metrics;
    private final CallMeters directMeters;
    /** Null where nobody can be called with it. */
    private final @Nullable HttpLink link;

    /** @param addresses what names from the allow-list may turn out to be */
    public HttpParticipants(
            Collection<ParticipantConfig> configs,
            TargetGuard targets,
            AllowedAddresses addresses,
            EventLoops loops,
            Metrics metrics,
            Circuit.Rules rules) {
        this.targets = targets;
        this.addresses = addresses;
        this.loops = loops;
        this.rules = rules;
        this.metrics = metrics;
        this.directMeters = metrics.calls(GrpcParticipants.DIRECT_LABEL);
        this.link = targets.allowsAddresses() || !configs.isEmpty() ? new HttpLink(rules.connect()) : null;
        Map<String, HttpParticipant> made = new LinkedHashMap<>();
        configs.forEach(config -> made.put(config.name(), open(config)));
        this.configured = Map.copyOf(made);
        configured.forEach((name, participant) -> participant.gate().show(name));
    }

    private HttpLink link() {
        return Objects.requireNonNull(link, "nobody may be called with it");
    }

    private HttpParticipant open(ParticipantConfig config) {
        ParticipantConfig.Tls tls = config.tls();
        HttpParticipant participant = new HttpParticipant(
                config,
                HttpAddress.of(config.target()),
                link(),
                tls == null ? null : HttpLink.encryption(tls),
                gate(config, metrics.calls(config.name())));
        if (tls != null) {
            tls.whenRenewed(() -> participant.callWith(HttpLink.encryption(tls)));
        }
        return participant;
    }

    private Gate gate(ParticipantConfig config, CallMeters meters) {
        return new Gate(config.maxInFlight(), loops, rules, metrics, meters, ConnectionSource.UNSEEN);
    }

    @Override
    public void call(BranchCall call, Consumer<Outcome> answer) {
        String name = call.target().participant();
        HttpParticipant participant = find(name);
        String header = call.target() instanceof Target.Http target ? targets.untakenHeader(target) : null;
        if (participant == null) {
            answer.accept(GrpcParticipants.unsent(name, targets.httpRefusal(name)));
        } else if (header != null) {
            // It was taken when the plan, or the subscription, was accepted.
            String why = "participant '%s' takes no %s from a plan any more; add it to participants.%s.headers"
                    .formatted(name, HttpHeaders.shown(header), name);
            answer.accept(new Outcome.Misconfigured(why, false));
        } else {
            participant.call(call, answer);
        }
    }

    /** Tells whether it is configured, or was called by address. */
    public boolean isKnown(String name) {
        return configured.containsKey(name) || direct.containsKey(name);
    }

    @Override
    public int room(String name) {
        HttpParticipant known = configured.getOrDefault(name, direct.get(name));
        return known == null ? Integer.MAX_VALUE : known.gate().room();
    }

    /** How the configured participants look, by name, and those called by address. */
    public List<ParticipantStatus> statuses() {
        List<ParticipantStatus> all = new ArrayList<>(configured.values().stream()
                .map(HttpParticipant::status)
                .sorted(Comparator.comparing(ParticipantStatus::name))
                .toList());
        direct.values().forEach(participant -> all.add(participant.status()));
        return List.copyOf(all);
    }

    public boolean isConfigured(String name) {
        return configured.containsKey(name);
    }

    /** Looks whether a configured participant answers at all. Blocks for up to some seconds. */
    public ProbeResult probe(String name) {
        HttpParticipant participant = configured.get(name);
        if (participant == null) {
            throw new IllegalArgumentException("participant '" + name + "' is not configured");
        }
        String error = "it is called over HTTP, which has no list of methods";
        boolean isReachable = true;
        try {
            var _ = participant
                    .request(participant.address().uri("/"))
                    .method(HttpMethod.HEAD)
                    .timeout(PROBE_SECONDS, TimeUnit.SECONDS)
                    .send();
            participant.gate().circuit().report(Circuit.Link.ANSWERED);
        } catch (ExecutionException | TimeoutException unreachable) {
            isReachable = false;
            Throwable cause = unreachable instanceof ExecutionException ? unreachable.getCause() : unreachable;
            error = OutcomeTable.shortened("it cannot be reached: " + cause);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            isReachable = false;
            error = "the look at it was interrupted";
        }
        return new ProbeResult(name, participant.config().target(), isReachable, false, List.of(), error);
    }

    private @Nullable HttpParticipant find(String name) {
        HttpParticipant found = configured.get(name);
        if (found == null) {
            found = direct.get(name);
        }
        return found != null || targets.httpRefusal(name) != null ? found : openDirect(name);
    }

    private @Nullable HttpParticipant openDirect(String target) {
        if (direct.size() >= GrpcParticipants.MAX_DIRECT) {
            direct.entrySet().removeIf(entry -> entry.getValue().gate().isIdle());
        }
        if (direct.size() >= GrpcParticipants.MAX_DIRECT) {
            return direct.get(target);
        }
        return direct.computeIfAbsent(target, this::direct);
    }

    private HttpParticipant direct(String target) {
        ParticipantConfig config = ParticipantConfig.plaintext(target, target);
        HttpLink.LookUp judged = host -> addresses.of(target, host);
        return new HttpParticipant(config, HttpAddress.direct(target), link(), judged, gate(config, directMeters));
    }

    /** Breaks off all calls under way: their answers are Unknown. Those that wait are answered as not sent. */
    @Override
    public void close() {
        configured.values().forEach(HttpParticipant::close);
        direct.values().forEach(HttpParticipant::close);
        if (link != null) {
            link.close();
        }
    }
}
