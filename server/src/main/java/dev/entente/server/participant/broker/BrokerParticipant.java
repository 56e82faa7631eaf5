package dev.entente.server.participant.broker;

import dev.entente.core.transaction.Outcome;
import dev.entente.server.connector.Connector;
import dev.entente.server.participant.Answer;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.participant.limit.CalledParticipant;
import dev.entente.server.participant.limit.ConnectionSource;
import dev.entente.server.participant.limit.PendingCall;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** One broker: what is called there is a record sent, through a connector. Thread-safe. */
final class BrokerParticipant extends CalledParticipant {
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(5);

    private final Connector connector;
    private final ExecutorService blocking = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("entente-broker-", 0).factory());

    BrokerParticipant(ParticipantConfig config, Connector connector, Surroundings around) {
        super(config, config.target(), around, ConnectionSource.UNSEEN);
        this.connector = connector;
    }

    @Override
    protected PendingCall pending(BranchCall call, Consumer<Outcome> answer) {
        return new RecordCall(this, call, answer);
    }

    /** Looks whether it answers. */
    @Override
    protected ProbeResult probe() {
        try {
            connector.probe(PROBE_TIMEOUT);
            return found(true, false, List.of(), "it is a broker, which has no list of methods");
        } catch (IOException unreachable) {
            String error = Answer.shortened("it cannot be reached: " + unreachable.getMessage());
            return found(false, false, List.of(), error);
        }
    }

    /** Records under way are answered as unknown, at the latest when their time is up. */
    @Override
    protected void close() {
        super.close();
        connector.close();
    }

    Connector connector() {
        return connector;
    }

    /** Runs what may block. */
    ExecutorService blocking() {
        return blocking;
    }
}
