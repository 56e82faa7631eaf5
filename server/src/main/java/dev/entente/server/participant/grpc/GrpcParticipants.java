package dev.entente.server.participant.grpc;

import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.guard.AllowedAddresses;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.participant.limit.CalledParticipant.Surroundings;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.ParticipantRegister;
import dev.entente.server.telemetry.Metrics;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;

/**
 * Participants that are called over gRPC, with raw bytes, asynchronously and on gRPC's own threads. A thread or an
 * executor between cost six to eight times the CPU when it was measured. Thread-safe; nothing blocks.
 */
public final class GrpcParticipants extends ParticipantRegister<GrpcParticipant> {
    private final AllowedAddresses addresses;
    private final Metrics metrics;

    /**
     * @param guard knows the participants that are called over something else, too
     * @param addresses what names from the allow-list may turn out to be
     * @param loops shared with the server; not closed here
     */
    public GrpcParticipants(
            Collection<ParticipantConfig> configs,
            TargetGuard guard,
            AllowedAddresses addresses,
            EventLoops loops,
            Metrics metrics,
            Circuit.Rules rules) {
        super(guard, guard::refusal, loops, metrics, rules);
        this.addresses = addresses;
        this.metrics = metrics;
        open(configs);
    }

    /** Only those configured may be called. */
    public static GrpcParticipants of(Collection<ParticipantConfig> configs, EventLoops loops) {
        TargetGuard guard = new TargetGuard(configs, List.of());
        return new GrpcParticipants(
                configs,
                guard,
                new AllowedAddresses(guard, List.of(), InetAddress::getAllByName),
                loops,
                Metrics.none(),
                Circuit.Rules.standard(Circuit.CONNECT));
    }

    @Override
    protected GrpcParticipant configured(ParticipantConfig config, Surroundings around) {
        return GrpcParticipant.open(config, null, around);
    }

    @Override
    protected GrpcParticipant direct(String address, Surroundings around) {
        GuardedNames names = new GuardedNames(address, addresses, () -> metrics.caught("participant-look-up"));
        return GrpcParticipant.open(ParticipantConfig.plaintext(address, address), names, around);
    }

    /** Tells whether it is configured with a descriptor set. */
    boolean hasDescriptorSet(String name) {
        GrpcParticipant participant = isConfigured(name) ? find(name) : null;
        return participant != null && participant.config().descriptorSet() != null;
    }

    /** Tells whether any is. */
    boolean haveDescriptorSets() {
        return configured().stream()
                .anyMatch(participant -> participant.config().descriptorSet() != null);
    }
}
