package dev.entente.server.participant.grpc;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.Participants;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.participant.guard.AddressGuard;
import dev.entente.server.participant.guard.AllowedAddresses;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.telemetry.CallMeters;
import dev.entente.server.telemetry.Metrics;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Participants that are called over gRPC, with raw bytes, asynchronously and on gRPC's own threads. A thread or an
 * executor between cost six to eight times the CPU when it was measured. Each has its own connections, limit and
 * circuit, so a dead or hung one slows nobody else. Thread-safe; nothing blocks.
 */
public final class GrpcParticipants implements Participants, AutoCloseable {
    /** Each has connections, a limit and a circuit, and whoever submits chooses how many there are. */
    public static final int MAX_DIRECT = 256;

    private static final Duration SHORTLY = Duration.ofSeconds(1);
    /** Metrics know all participants that are called by address as this one. */
    public static final String DIRECT_LABEL = "(direct)";

    private final Map<String, GrpcParticipant> configured;
    private final Map<String, GrpcParticipant> direct = new ConcurrentHashMap<>();
    private final TargetGuard guard;
    private final AllowedAddresses addresses;
    private final EventLoops loops;
    private final Circuit.Rules rules;
    private final Metrics metrics;
    private final CallMeters directMeters;

    /**
     * @param allowedTargets what may be called beside those configured: see {@link TargetGuard}
     * @param loops shared with the server; not closed here
     */
    public GrpcParticipants(
            Collection<ParticipantConfig> configs, List<String> allowedTargets, EventLoops loops, Metrics metrics) {
        this(configs, allowedTargets, loops, metrics, Circuit.Rules.standard(Circuit.CONNECT));
    }

    public GrpcParticipants(
            Collection<ParticipantConfig> configs,
            List<String> allowedTargets,
            EventLoops loops,
            Metrics metrics,
            Circuit.Rules rules) {
        this(
                configs,
                new TargetGuard(
                        configs.stream().map(ParticipantConfig::name).collect(Collectors.toSet()), allowedTargets),
                loops,
                metrics,
                rules);
    }

    private GrpcParticipants(
            Collection<ParticipantConfig> configs,
            TargetGuard guard,
            EventLoops loops,
            Metrics metrics,
            Circuit.Rules rules) {
        this(
                configs,
                guard,
                new AllowedAddresses(guard, new AddressGuard(List.of()), InetAddress::getAllByName),
                loops,
                metrics,
                rules);
    }

    /**
     * @param guard knows the participants that are called over something else, too
     * @param addresses what names from the allow-list may turn out to be
     */
    public GrpcParticipants(
            Collection<ParticipantConfig> configs,
            TargetGuard guard,
            AllowedAddresses addresses,
            EventLoops loops,
            Metrics metrics,
            Circuit.Rules rules) {
        this.guard = guard;
        this.addresses = addresses;
        this.loops = loops;
        this.rules = rules;
        this.metrics = metrics;
        this.directMeters = metrics.calls(DIRECT_LABEL);
        Map<String, GrpcParticipant> made = new LinkedHashMap<>();
        configs.forEach(config -> made.put(config.name(), open(config, metrics.calls(config.name()))));
        this.configured = Map.copyOf(made);
        configured.forEach((name, participant) -> {
            participant.gate().show(name);
            metrics.showStream(name, participant::isStreaming);
        });
    }

    private GrpcParticipant open(ParticipantConfig config, CallMeters meters) {
        return new GrpcParticipant(config, null, loops, rules, metrics, meters);
    }

    /** Returns the guard that permits calls: to configured participants, and to addresses on the allow-list. */
    public TargetGuard guard() {
        return guard;
    }

    @Override
    public void call(BranchCall call, Consumer<Outcome> answer) {
        String name = call.target().participant();
        GrpcParticipant participant = find(name);
        if (participant == null) {
            answer.accept(unsent(name, guard.refusal(name)));
        } else {
            participant.gate().submit(new OutgoingCall(participant, call, answer));
        }
    }

    /**
     * Answers a call for which there is no participant.
     *
     * @param refusal null where it may be called, and too many others are
     */
    public static Outcome unsent(String name, @Nullable Refusal refusal) {
        // It was configured when the plan was accepted: an operator must say what to do.
        return refusal == null
                ? new Outcome.NotSent(full(name), SHORTLY)
                : new Outcome.Misconfigured(String.valueOf(refusal.getMessage()), false);
    }

    private static String full(String name) {
        return "no call left for participant '%s': %d others are called by address at this moment"
                .formatted(name, MAX_DIRECT);
    }

    /** One that was never called, or may not be, learns by a call. */
    @Override
    public int room(String name) {
        GrpcParticipant known = configured.getOrDefault(name, direct.get(name));
        return known == null ? Integer.MAX_VALUE : known.gate().room();
    }

    /** How the configured participants look, by name, and those called by address. */
    public List<ParticipantStatus> statuses() {
        List<ParticipantStatus> all = new ArrayList<>();
        configured.values().stream()
                .map(GrpcParticipant::status)
                .sorted(Comparator.comparing(ParticipantStatus::name))
                .forEach(all::add);
        direct.values().forEach(participant -> all.add(participant.status()));
        return List.copyOf(all);
    }

    /**
     * Looks whether a participant is there and what it offers; takes up to some seconds.
     *
     * @return fails with {@link Refusal} (ENT-014, ENT-015) if it may not be called
     */
    public CompletableFuture<ProbeResult> probe(String name) {
        GrpcParticipant participant = find(name);
        if (participant == null) {
            return CompletableFuture.failedFuture(refusalOf(name));
        }
        CompletableFuture<ProbeResult> found = new CompletableFuture<>();
        Thread.ofVirtual().name("entente-probe").start(() -> {
            try {
                found.complete(new Probe(participant).look());
            } catch (RuntimeException | Error e) {
                found.completeExceptionally(e);
            }
        });
        return found;
    }

    /** The participant of that name or address, or null if it may not be called, or not now. */
    @Nullable
    GrpcParticipant find(String name) {
        GrpcParticipant found = configured.get(name);
        if (found == null) {
            found = direct.get(name);
        }
        return found != null || guard.refusal(name) != null ? found : openDirect(name);
    }

    /** Tells whether it is configured with a descriptor set. */
    boolean hasDescriptorSet(String name) {
        GrpcParticipant participant = configured.get(name);
        return participant != null && participant.config().descriptorSet() != null;
    }

    /** Tells whether any is. */
    boolean haveDescriptorSets() {
        return configured.keySet().stream().anyMatch(this::hasDescriptorSet);
    }

    /** Why that participant may not be called. */
    Refusal refusalOf(String name) {
        Refusal refusal = guard.refusal(name);
        return refusal != null ? refusal : Refusal.temporary(ErrorCode.OVERLOADED, full(name), SHORTLY);
    }

    private @Nullable GrpcParticipant openDirect(String address) {
        if (direct.size() >= MAX_DIRECT) {
            direct.entrySet().removeIf(entry -> {
                boolean idle = entry.getValue().isIdle();
                if (idle) {
                    entry.getValue().close();
                }
                return idle;
            });
        }
        if (direct.size() >= MAX_DIRECT) {
            return direct.get(address);
        }
        return direct.computeIfAbsent(
                address,
                target -> new GrpcParticipant(
                        ParticipantConfig.plaintext(target, target),
                        new GuardedNames(target, addresses, () -> metrics.caught("participant-look-up")),
                        loops,
                        rules,
                        metrics,
                        directMeters));
    }

    /** Breaks off all calls under way: their answers are Unknown. Those that wait are answered as not sent. */
    @Override
    public void close() {
        configured.values().forEach(GrpcParticipant::close);
        direct.values().forEach(GrpcParticipant::close);
    }
}
