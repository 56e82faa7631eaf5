package dev.entente.server.participant.broker;

import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Target;
import dev.entente.server.connector.OutgoingRecord;
import dev.entente.server.connector.SendResult;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.broker.BrokerParticipants.Broker;
import dev.entente.server.participant.grpc.OutcomeTable;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.Dispatch;
import dev.entente.server.participant.limit.InFlightLimit;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One record from waiting to its acknowledgement. A broker says neither yes nor no to what a record means: it has it,
 * would never take it, or nobody knows. So a record is never rejected.
 */
final class RecordCall implements InFlightLimit.Entrant {
    private final Broker broker;
    private final BranchCall call;
    private final Consumer<Outcome> answer;
    private final Dispatch dispatch;
    private final AtomicBoolean isEnded = new AtomicBoolean();
    /** Until when it may wait for its turn. */
    private final long untilNanos;

    private volatile long leftNanos;
    private volatile @Nullable Future<?> alarm;

    RecordCall(Broker broker, BranchCall call, Consumer<Outcome> answer) {
        this.broker = broker;
        this.call = call;
        this.answer = answer;
        this.dispatch = broker.dispatch();
        this.untilNanos = System.nanoTime() + call.timeout().toNanos();
    }

    // ---- before it leaves

    @Override
    public boolean isTooLate(long nanoTime) {
        return nanoTime - untilNanos >= 0;
    }

    @Override
    public boolean isUnwanted() {
        return !call.permit().mayWait();
    }

    @Override
    public void turnAway(String why) {
        dispatch.notSent(call, answer, why);
    }

    @Override
    public Instant createdAt() {
        return call.createdAt();
    }

    @Override
    public void enter() {
        try {
            broker.blocking().execute(this::setOut);
        } catch (RejectedExecutionException closed) {
            dispatch.refused(call, answer, "this coordinator is shutting down");
        } catch (RuntimeException | Error defect) { // no thread could be made, for instance
            dispatch.caught(call, "a record for participant {} could not be started", defect);
            dispatch.refused(call, answer, "it could not be started: " + defect);
        }
    }

    private void setOut() {
        String refusal = dispatch.refusal(call);
        if (isTooLate(System.nanoTime())) {
            dispatch.refused(call, answer, "its time was up while it waited");
        } else if (refusal != null) {
            dispatch.refused(call, answer, refusal);
        } else {
            leave();
        }
    }

    // ---- on its way

    private void leave() {
        leftNanos = System.nanoTime();
        alarm = broker.gate()
                .alarm(
                        call.timeout().toNanos(),
                        () -> finish(new Outcome.Unknown("no acknowledgement in time", null), Circuit.Link.SILENT));
        try {
            var _ = broker.connector().send(record(), call.timeout()).whenComplete(this::ended);
        } catch (RuntimeException | Error defect) {
            // Whatever is thrown, the call must not hold its place for ever.
            ended(null, defect);
        }
    }

    private OutgoingRecord record() {
        if (!(call.target() instanceof Target.Kafka target)) {
            throw new IllegalArgumentException(call.target().text() + " is no record");
        }
        Map<String, String> headers = new LinkedHashMap<>(target.headers());
        broker.metadata().recordHeaders(call, headers::put);
        return new OutgoingRecord(target.topic(), target.key(), headers, call.request());
    }

    // ---- its end

    private void ended(@Nullable SendResult result, @Nullable Throwable defect) {
        if (result == null) {
            dispatch.caught(
                    call,
                    "a record for participant {} could not be sent",
                    defect == null ? new IllegalStateException("no result") : defect);
            finish(new Outcome.Unknown("the record could not be sent: " + defect, null), Circuit.Link.SILENT);
            return;
        }
        switch (result) {
            case SendResult.Acknowledged(var response) ->
                finish(new Outcome.Succeeded(response), Circuit.Link.ANSWERED);
            case SendResult.Refused(String why) ->
                finish(Outcome.Misconfigured.forNow(OutcomeTable.shortened(why)), Circuit.Link.ANSWERED);
            case SendResult.Unanswered(String why) ->
                finish(new Outcome.Unknown(OutcomeTable.shortened(why), null), Circuit.Link.SILENT);
        }
    }

    private void finish(Outcome outcome, Circuit.Link link) {
        if (!isEnded.compareAndSet(false, true)) {
            return;
        }
        Future<?> set = alarm;
        if (set != null) {
            set.cancel(false);
        }
        dispatch.finished(call, answer, outcome, link, leftNanos);
    }
}
