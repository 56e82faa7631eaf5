package dev.entente.server.participant.broker;

import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Target;
import dev.entente.server.connector.Connector;
import dev.entente.server.connector.OutgoingRecord;
import dev.entente.server.connector.SendResult;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.CallResponse;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.participant.limit.CalledParticipant;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.ConnectionSource;
import dev.entente.server.participant.limit.PendingCall;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One broker. A call sends a record through a connector. Thread-safe. */
final class BrokerParticipant extends CalledParticipant {
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(5);

    private final Connector connector;
    private final ExecutorService blocking = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("entente-broker-", 0).factory());

    BrokerParticipant(ParticipantConfig config, Connector connector, SharedParts shared) {
        super(config, config.target(), shared, ConnectionSource.UNSEEN);
        this.connector = connector;
    }

    @Override
    protected PendingCall pending(BranchCall call, Consumer<Outcome> answer) {
        return new RecordCall(call, answer);
    }

    /** Checks whether the broker responds. */
    @Override
    protected ProbeResult probe() {
        try {
            connector.probe(PROBE_TIMEOUT);
            return found(true, false, List.of(), "it is a broker, which has no list of methods");
        } catch (IOException unreachable) {
            return found(false, false, List.of(), CallResponse.shortened(String.valueOf(unreachable.getMessage())));
        }
    }

    /** The outcome of records in flight is Unknown, at the latest after their timeout. */
    @Override
    protected void close() {
        super.close();
        connector.close();
    }

    /**
     * One record from its wait to its acknowledgement. A broker does not interpret a record. The broker stores the
     * record, or refuses it for a technical reason, or gives no answer. Therefore the outcome is never Rejected.
     */
    private final class RecordCall extends PendingCall {
        RecordCall(BranchCall call, Consumer<Outcome> answer) {
            super(BrokerParticipant.this, call, answer);
        }

        @Override
        public void enter() {
            try {
                blocking.execute(this::leave);
            } catch (RuntimeException | Error defect) { // for example, no thread could be created
                caught("a record for participant {} could not be started", defect);
                refuse("it could not be started: " + defect);
            }
        }

        private void leave() {
            if (!mayLeave(System.nanoTime())) {
                return;
            }
            leaves();
            setAlarm(
                    call().timeout().toNanos(),
                    () -> finish(new Outcome.Unknown("no acknowledgement in time", null), Circuit.Link.SILENT));
            try {
                var _ = connector.send(record(), call().timeout()).whenComplete(this::ended);
            } catch (RuntimeException | Error defect) {
                // After any exception, the call must release its place.
                ended(null, defect);
            }
        }

        private OutgoingRecord record() {
            if (!(call().target() instanceof Target.Kafka target)) {
                throw new IllegalArgumentException(call().target().text() + " is not a record");
            }
            Map<String, String> headers = new LinkedHashMap<>(target.headers());
            metadata().recordHeaders(call(), headers::put);
            return new OutgoingRecord(target.topic(), target.key(), headers, call().request());
        }

        private void ended(@Nullable SendResult result, @Nullable Throwable defect) {
            switch (result) {
                case null -> {
                    caught(
                            "a record for participant {} could not be sent",
                            defect == null ? new IllegalStateException("no result") : defect);
                    finish(new Outcome.Unknown("the record could not be sent: " + defect, null), Circuit.Link.SILENT);
                }
                case SendResult.Acknowledged(var response) ->
                    finish(new Outcome.Succeeded(response), Circuit.Link.ANSWERED);
                case SendResult.Refused(String why) ->
                    finish(Outcome.Misconfigured.forNow(CallResponse.shortened(why)), Circuit.Link.ANSWERED);
                case SendResult.Unanswered(String why) ->
                    finish(new Outcome.Unknown(CallResponse.shortened(why), null), Circuit.Link.SILENT);
            }
        }
    }
}
