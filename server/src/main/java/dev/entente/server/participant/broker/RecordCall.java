package dev.entente.server.participant.broker;

import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Target;
import dev.entente.server.connector.OutgoingRecord;
import dev.entente.server.connector.SendResult;
import dev.entente.server.participant.Answer;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.PendingCall;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One record from waiting to its acknowledgement. A broker says neither yes nor no to what a record means: it has it,
 * would never take it, or nobody knows. So a record is never rejected.
 */
final class RecordCall extends PendingCall {
    private final BrokerParticipant broker;

    RecordCall(BrokerParticipant broker, BranchCall call, Consumer<Outcome> answer) {
        super(broker, call, answer);
        this.broker = broker;
    }

    @Override
    public void enter() {
        try {
            broker.blocking().execute(this::leave);
        } catch (RuntimeException | Error defect) { // no thread could be made, for instance
            caught("a record for participant {} could not be started", defect);
            refuse("it could not be started: " + defect);
        }
    }

    private void leave() {
        if (!mayLeave(System.nanoTime())) {
            return;
        }
        setAlarm(
                call().timeout().toNanos(),
                () -> finish(new Outcome.Unknown("no acknowledgement in time", null), Circuit.Link.SILENT));
        try {
            var _ = broker.connector().send(record(), call().timeout()).whenComplete(this::ended);
        } catch (RuntimeException | Error defect) {
            // Whatever is thrown, the call must not hold its place for ever.
            ended(null, defect);
        }
    }

    private OutgoingRecord record() {
        if (!(call().target() instanceof Target.Kafka target)) {
            throw new IllegalArgumentException(call().target().text() + " is no record");
        }
        Map<String, String> headers = new LinkedHashMap<>(target.headers());
        broker.metadata().recordHeaders(call(), headers::put);
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
                finish(Outcome.Misconfigured.forNow(Answer.shortened(why)), Circuit.Link.ANSWERED);
            case SendResult.Unanswered(String why) ->
                finish(new Outcome.Unknown(Answer.shortened(why), null), Circuit.Link.SILENT);
        }
    }
}
