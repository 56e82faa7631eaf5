package dev.entente.server.participant.broker;

import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Target;
import dev.entente.server.connector.Connector;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.CallMetadata;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.Participants;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.participant.grpc.GrpcParticipants;
import dev.entente.server.participant.grpc.OutcomeTable;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.ConnectionSource;
import dev.entente.server.participant.limit.Dispatch;
import dev.entente.server.participant.limit.Gate;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Participants that are brokers: what is called there is a record sent, through a connector. Each has its own limit.
 * Thread-safe; nothing blocks but {@link #probe}.
 */
public final class BrokerParticipants implements Participants, AutoCloseable {
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(5);

    private final Map<String, Broker> configured;
    private final TargetGuard targets;
    private final ExecutorService blocking = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("entente-broker-", 0).factory());

    /** One of them. */
    record Broker(
            ParticipantConfig config,
            Connector connector,
            Gate gate,
            Dispatch dispatch,
            CallMetadata metadata,
            ExecutorService blocking) {}

    /**
     * @param connectors opens the connector of each
     * @throws IllegalArgumentException if one cannot be opened
     */
    public BrokerParticipants(
            Collection<ParticipantConfig> configs,
            TargetGuard targets,
            EventLoops loops,
            Metrics metrics,
            Circuit.Rules rules,
            Function<ParticipantConfig, Connector> connectors) {
        this.targets = targets;
        Map<String, Broker> made = new LinkedHashMap<>();
        for (ParticipantConfig config : configs) {
            Gate gate = new Gate(
                    config.maxInFlight(), loops, rules, metrics, metrics.calls(config.name()), ConnectionSource.UNSEEN);
            CallMetadata metadata = new CallMetadata(config, config.target());
            Dispatch dispatch = new Dispatch(config.name(), gate);
            made.put(config.name(), new Broker(config, connectors.apply(config), gate, dispatch, metadata, blocking));
            gate.show(config.name());
        }
        this.configured = Map.copyOf(made);
    }

    @Override
    public void call(BranchCall call, Consumer<Outcome> answer) {
        String name = call.target().participant();
        Broker broker = configured.get(name);
        // It was permitted when the plan, or the subscription, was accepted; the configuration may be another one now.
        if (broker == null) {
            answer.accept(GrpcParticipants.unsent(name, targets.refusal(call.target())));
        } else if (call.target() instanceof Target.Kafka record && !targets.isTopicOf(record)) {
            answer.accept(new Outcome.Misconfigured(TargetGuard.notATopic(record), false));
        } else {
            broker.gate().submit(new RecordCall(broker, call, answer));
        }
    }

    public boolean isConfigured(String name) {
        return configured.containsKey(name);
    }

    @Override
    public int room(String name) {
        Broker broker = configured.get(name);
        return broker == null ? Integer.MAX_VALUE : broker.gate().room();
    }

    /** How they look, by name. */
    public List<ParticipantStatus> statuses() {
        return configured.values().stream()
                .map(broker -> broker.gate().status(broker.config(), false))
                .sorted(Comparator.comparing(ParticipantStatus::name))
                .toList();
    }

    /** Looks whether a configured broker answers. Blocks for up to some seconds. */
    public ProbeResult probe(String name) {
        Broker broker = configured.get(name);
        if (broker == null) {
            throw new IllegalArgumentException("participant '" + name + "' is not configured");
        }
        String error = "it is a broker, which has no list of methods";
        boolean isReachable = true;
        try {
            broker.connector().probe(PROBE_TIMEOUT);
        } catch (IOException unreachable) {
            isReachable = false;
            error = OutcomeTable.shortened("it cannot be reached: " + unreachable.getMessage());
        }
        return new ProbeResult(name, broker.config().target(), isReachable, false, List.of(), error);
    }

    /** Lets nothing more leave. Records under way are answered as unknown, at the latest when their time is up. */
    @Override
    public void close() {
        configured.values().forEach(broker -> {
            broker.dispatch().close();
            broker.connector().close();
        });
    }
}
