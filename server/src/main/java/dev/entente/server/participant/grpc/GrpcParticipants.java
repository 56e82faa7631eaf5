package dev.entente.server.participant.grpc;

import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.guard.AllowedAddresses;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.participant.limit.CalledParticipant.SharedParts;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.ParticipantRegister;
import dev.entente.server.telemetry.Metrics;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;

/**
 * Participants that are called over gRPC, with raw bytes, asynchronously and on gRPC's own threads. An additional
 * thread or executor cost six to eight times the CPU in a measurement. Thread-safe; no method blocks.
 */
public final class GrpcParticipants extends ParticipantRegister<GrpcParticipant> {
    private final AllowedAddresses addresses;
    private final Metrics metrics;

    /**
     * @param guard also knows participants of other protocols
     * @param addresses the allowed addresses of names on the allow-list
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

    /** Creates a register that permits calls to the configured participants only. */
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
    protected GrpcParticipant configured(ParticipantConfig config, SharedParts shared) {
        return GrpcParticipant.open(config, null, shared);
    }

    @Override
    protected GrpcParticipant direct(String address, SharedParts shared) {
        GuardedNames names = new GuardedNames(address, addresses, () -> metrics.caught("participant-look-up"));
        return GrpcParticipant.open(ParticipantConfig.plaintext(address, address), names, shared);
    }

    /** Returns whether a participant is configured with a descriptor set. */
    boolean hasDescriptorSet(String name) {
        GrpcParticipant participant = isConfigured(name) ? find(name) : null;
        return participant != null && participant.config().descriptorSet() != null;
    }

    /** Returns whether any participant is configured with a descriptor set. */
    boolean haveDescriptorSets() {
        return configured().stream()
                .anyMatch(participant -> participant.config().descriptorSet() != null);
    }
}
