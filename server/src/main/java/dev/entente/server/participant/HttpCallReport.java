package dev.entente.server.participant;

import dev.entente.server.telemetry.LogContext;
import dev.entente.server.transaction.Outcome;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports the end of one call over HTTP: to the engine, to the participant's circuit and to the meters. A call that had
 * its place among those under way gives it back.
 */
final class HttpCallReport {
    private static final Logger LOG = LoggerFactory.getLogger(HttpCallReport.class);
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final HttpParticipant participant;
    private final BranchCall call;
    private final Consumer<Outcome> answer;

    HttpCallReport(HttpParticipant participant, BranchCall call, Consumer<Outcome> answer) {
        this.participant = participant;
        this.call = call;
        this.answer = answer;
    }

    // ---- without a place

    /** It was turned away before it left. */
    void notSent(String why) {
        tellNotSent(new Outcome.NotSent(unsent(why), SHORTLY));
    }

    /** There was no connection for it. */
    void unreachable(String why, Duration rest) {
        tellNotSent(Outcome.NotSent.unreachable(unsent(why), rest));
    }

    // ---- with a place

    /** It had its place, and may not leave after all. */
    void refused(String why) {
        try {
            notSent(why);
        } finally {
            participant.gate().limit().release();
        }
    }

    /** It had its place, and no connection could be made. */
    void notConnected(String why, Circuit.Link link) {
        try {
            participant.gate().circuit().report(link);
            participant.gate().noteUnreachable(why);
            unreachable(why, participant.gate().circuit().pause());
        } finally {
            participant.gate().limit().release();
        }
    }

    /** It has left, or may have. */
    void finished(Outcome outcome, Circuit.Link link, long leftNanos) {
        try {
            note(outcome, link, leftNanos);
            tell(outcome);
        } finally {
            participant.gate().limit().release();
        }
    }

    /**
     * An answer that nobody can make anything of is one all the same: else the transaction would wait for it for ever.
     */
    Outcome classified(HttpResponse<CappedBody.Read> response) {
        try {
            return participant
                    .table()
                    .classify(response.statusCode(), response.headers(), response.body(), call.pattern());
        } catch (RuntimeException | Error e) {
            caught("an answer of participant {} could not be read", e);
            return new Outcome.Unknown("its answer could not be read: " + e, null);
        }
    }

    /** Counts and logs a defect. */
    void caught(String what, Throwable defect) {
        participant.gate().caught();
        try (LogContext _ = LogContext.of(call.gid(), call.branch(), call.op(), call.attempt())) {
            LOG.error(what, participant.name(), defect);
        }
    }

    /** Updates circuit and meters. A defect here must not keep the outcome from the engine. */
    private void note(Outcome outcome, Circuit.Link link, long leftNanos) {
        try {
            participant.gate().circuit().report(link);
            participant.gate().note(outcome);
            participant.gate().meters().answered(call.op(), outcome, System.nanoTime() - leftNanos);
        } catch (RuntimeException | Error e) {
            caught("an answer of participant {} could not be counted", e);
        }
    }

    private String unsent(String why) {
        return "no call left for participant '%s': %s".formatted(participant.name(), why);
    }

    private void tellNotSent(Outcome outcome) {
        participant.gate().meters().notSent(call.op(), outcome);
        tell(outcome);
    }

    /** Tells the engine. It runs on a thread that others need, so whatever it throws ends here. */
    private void tell(Outcome outcome) {
        try {
            answer.accept(outcome);
        } catch (RuntimeException | Error e) {
            caught("an answer of participant {} could not be taken in", e);
        }
    }
}
