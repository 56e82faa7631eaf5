package dev.entente.server.participant.broker;

import dev.entente.server.connector.Connector;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.participant.limit.CalledParticipant.SharedParts;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.ParticipantRegister;
import dev.entente.server.telemetry.Metrics;
import java.util.Collection;
import java.util.function.Function;

/** Participants that are brokers. Thread-safe; no method blocks. */
public final class BrokerParticipants extends ParticipantRegister<BrokerParticipant> {
    private final Function<ParticipantConfig, Connector> connectors;

    /**
     * @param connectors opens the connector of each broker
     * @throws IllegalArgumentException if a connector cannot be opened
     */
    public BrokerParticipants(
            Collection<ParticipantConfig> configs,
            TargetGuard guard,
            EventLoops loops,
            Metrics metrics,
            Circuit.Rules rules,
            Function<ParticipantConfig, Connector> connectors) {
        super(guard, guard::brokerRefusal, loops, metrics, rules);
        this.connectors = connectors;
        open(configs);
    }

    @Override
    protected BrokerParticipant configured(ParticipantConfig config, SharedParts shared) {
        return new BrokerParticipant(config, connectors.apply(config), shared);
    }

    @Override
    protected BrokerParticipant direct(String address, SharedParts shared) {
        throw new IllegalStateException("a broker cannot be called by its address " + address);
    }
}
