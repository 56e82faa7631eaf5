package dev.entente.server.app;

import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Target;
import dev.entente.server.api.Directory;
import dev.entente.server.connector.Connector;
import dev.entente.server.participant.AdmissionSnapshot;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.Participants;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.participant.broker.BrokerParticipants;
import dev.entente.server.participant.grpc.Descriptors;
import dev.entente.server.participant.grpc.GrpcParticipants;
import dev.entente.server.participant.guard.AllowedAddresses;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.participant.http.HttpParticipants;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.ParticipantRegister;
import dev.entente.server.participant.reflection.Methods;
import dev.entente.server.participant.signing.JoinTokens;
import dev.entente.server.telemetry.Metrics;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** All participants of a coordinator, over all protocols. Thread-safe; does not block. */
public final class CalledParticipants implements Participants, Directory, AutoCloseable {
    private static final String CHANGED = "the configuration of the participant changes";
    private static final String REMOVED = "the participant was removed from the configuration";

    private final TargetGuard guard;
    private final Metrics metrics;
    private final GrpcParticipants grpc;
    private final HttpParticipants http;
    private final BrokerParticipants brokers;
    private final Descriptors descriptors;
    private volatile @Nullable AnnouncedParticipants announcements;
    private volatile @Nullable JoinTokens joins;

    /**
     * Opens no connection yet.
     *
     * @param allowedTargets the targets besides the configured participants: see {@link TargetGuard}
     * @param allowedNetworks private networks to which the names of allowed targets may resolve
     * @param connect how long a call waits for a connection
     * @param loops shared with the server; not closed here
     * @param connectors opens the connector of a participant that is a broker
     * @throws IllegalArgumentException if a target or a network is malformed
     */
    public CalledParticipants(
            Collection<ParticipantConfig> configs,
            List<String> allowedTargets,
            List<String> allowedNetworks,
            Duration connect,
            EventLoops loops,
            Metrics metrics,
            Function<ParticipantConfig, Connector> connectors) {
        this(
                configs,
                allowedTargets,
                guard -> new AllowedAddresses(guard, allowedNetworks, InetAddress::getAllByName),
                loops,
                metrics,
                Circuit.Rules.standard(connect),
                connectors);
    }

    /** @param addresses makes the check of the addresses of allowed names */
    public CalledParticipants(
            Collection<ParticipantConfig> configs,
            List<String> allowedTargets,
            Function<TargetGuard, AllowedAddresses> addresses,
            EventLoops loops,
            Metrics metrics,
            Circuit.Rules rules,
            Function<ParticipantConfig, Connector> connectors) {
        List<ParticipantConfig> overHttp =
                configs.stream().filter(ParticipantConfig::isHttp).toList();
        List<ParticipantConfig> overGrpc =
                configs.stream().filter(ParticipantConfig::isGrpc).toList();
        List<ParticipantConfig> toBrokers =
                configs.stream().filter(config -> config.broker() != null).toList();
        this.metrics = metrics;
        this.guard = new TargetGuard(configs, allowedTargets);
        AllowedAddresses allowed = addresses.apply(guard);
        this.http = new HttpParticipants(overHttp, guard, allowed, loops, metrics, rules);
        this.grpc = new GrpcParticipants(overGrpc, guard, allowed, loops, metrics, rules);
        this.brokers = new BrokerParticipants(toBrokers, guard, loops, metrics, rules, connectors);
        this.descriptors = new Descriptors(grpc);
    }

    @Override
    public void call(BranchCall call, Consumer<Outcome> answer) {
        switch (call.target()) {
            case Target.Grpc _ -> grpc.call(call, answer);
            case Target.Http _ -> http.call(call, answer);
            case Target.Kafka _ -> brokers.call(call, answer);
        }
    }

    /** Adds join tokens to try calls from now on. */
    public void joinBy(JoinTokens tokens) {
        joins = tokens;
    }

    @Override
    public @Nullable String joinToken(String gid, String branch, long fence) {
        JoinTokens tokens = joins;
        return tokens == null ? null : tokens.of(gid, branch, fence);
    }

    /** Accepts announcements of participants on this machine from now on. */
    public void takeAnnouncements() {
        List<String> byHand = statuses().stream().map(ParticipantStatus::name).toList();
        guard.takeAnnouncements();
        announcements = new AnnouncedParticipants(byHand);
    }

    @Override
    public synchronized void announce(String name, String target, String application, String peer) {
        AnnouncedParticipants taking = announcements;
        if (taking == null) {
            throw AnnouncedParticipants.refused(
                    "this coordinator accepts no announcements; configure participants." + name + ".target there");
        }
        ParticipantConfig config = taking.changed(name, target, application, peer);
        if (config != null) {
            // The order matters: an allowed call must find its participant.
            (config.isHttp() ? http : grpc).open(List.of(config));
            guard.permit(config);
            (config.isHttp() ? grpc : http).withdraw(name);
        }
    }

    /**
     * Opens new and changed participants, and removes others. Calls in flight keep their outcome, waiting calls are
     * NotSent. After an exception, such as for a malformed target, nothing has changed.
     */
    synchronized void change(Collection<ParticipantConfig> opened, Collection<String> removed) {
        prepared(opened).forEach(participant -> participant.use().run()); // the order matters, as for announcements
        opened.forEach(config -> descriptors.forget(config.name()));
        opened.forEach(guard::permit);
        removed.forEach(guard::remove);
        for (ParticipantRegister<?> register : List.of(grpc, http, brokers)) {
            for (ParticipantConfig config : opened) {
                if (!register.equals(registerOf(config))) {
                    register.retire(config.name(), CHANGED);
                }
            }
            removed.forEach(name -> register.retire(name, REMOVED));
        }
        removed.forEach(metrics::hideParticipant);
    }

    private List<ParticipantRegister.Prepared> prepared(Collection<ParticipantConfig> configs) {
        List<ParticipantRegister.Prepared> prepared = new ArrayList<>();
        try {
            for (ParticipantConfig config : configs) {
                prepared.add(registerOf(config).prepare(config, CHANGED));
            }
            return prepared;
        } catch (RuntimeException | Error unusable) {
            prepared.forEach(participant -> participant.discard().run());
            throw unusable;
        }
    }

    private ParticipantRegister<?> registerOf(ParticipantConfig config) {
        return config.broker() != null ? brokers : config.isHttp() ? http : grpc;
    }

    @Override
    public int capacity(String participant) {
        return register(participant).capacity(participant);
    }

    @Override
    public AdmissionSnapshot admission(String participant, Set<String> gids) {
        return register(participant).admission(participant, gids);
    }

    private ParticipantRegister<?> register(String participant) {
        if (brokers.isConfigured(participant)) {
            return brokers;
        }
        return http.isKnown(participant) ? http : grpc;
    }

    @Override
    public TargetGuard guard() {
        return guard;
    }

    @Override
    public Methods methods() {
        return descriptors;
    }

    /**
     * Returns the state of each participant: gRPC first, then HTTP, then brokers. In each group configured participants
     * come first, by name, then participants that are called by address.
     */
    @Override
    public List<ParticipantStatus> statuses() {
        List<ParticipantStatus> all = new ArrayList<>(grpc.statuses());
        all.addAll(http.statuses());
        all.addAll(brokers.statuses());
        return List.copyOf(all);
    }

    /**
     * Checks that a participant is available, and reads its methods; takes up to some seconds.
     *
     * @return fails with {@link Refusal} (ENT-014, ENT-015) if the participant may not be called
     */
    @Override
    public CompletableFuture<ProbeResult> probe(String name) {
        Refusal refusal = guard.probeRefusal(name);
        if (refusal != null) {
            return CompletableFuture.failedFuture(refusal);
        }
        if (brokers.isConfigured(name)) {
            return brokers.probe(name);
        }
        return http.isConfigured(name) ? http.probe(name) : grpc.probe(name);
    }

    /** Cancels all calls in flight, with the outcome Unknown. Waiting calls have the outcome NotSent. */
    @Override
    public void close() {
        grpc.close();
        http.close();
        brokers.close();
    }
}
