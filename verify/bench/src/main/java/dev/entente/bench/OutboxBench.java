package dev.entente.bench;

import dev.entente.bench.outbox.OutboxQueue;
import dev.entente.bench.outbox.OutboxSubject;
import dev.entente.bench.process.BenchProcess;
import dev.entente.rig.AskedDatabase;
import dev.entente.rig.Wait;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Measures the messages that leave an outbox per second, by each {@link OutboxSubject} in turn. One window follows
 * another, so that a disturbance of the machine disturbs all alike. The same participant answers all of them; a full
 * queue is waiting before each window.
 */
final class OutboxBench implements Mode.Question {
    private static final Duration LONGEST_START = Duration.ofMinutes(1);

    @Override
    public void ask(Trial trial) throws IOException, SQLException, InterruptedException {
        List<OutboxSubject> subjects = OutboxSubject.named(trial.effort().subjects());
        BenchProcess participant = trial.bed().participant("answering");
        BenchProcess hanging = trial.bed().participant("hanging");
        hanging.hang();
        trial.note("payload_bytes", OutboxQueue.PAYLOAD_BYTES);
        List<OutboxQueue> queues = queues(trial, subjects, participant, hanging);
        // One window of each warms up and does not count.
        for (int repeat = -1; repeat < trial.effort().repeats(); repeat++) {
            List<OutboxQueue> order = new ArrayList<>(queues);
            Collections.rotate(order, Math.max(0, repeat));
            for (OutboxQueue queue : order) {
                queue.fill(trial.effort().window().plus(Schedule.RAMP));
                trial.bed().database().checkpoint();
                double rate = window(trial, queue, participant);
                if (repeat >= 0) {
                    trial.add(queue.subject().printed(), Trial.figures("per_s", rate));
                }
            }
        }
        ratios(trial, subjects);
    }

    /** Sent messages are made once; each further subject that has any gets a copy of the database. */
    private static List<OutboxQueue> queues(
            Trial trial, List<OutboxSubject> subjects, BenchProcess participant, BenchProcess hanging)
            throws SQLException {
        List<OutboxQueue> queues = new ArrayList<>();
        Optional<String> original = Optional.empty();
        for (OutboxSubject subject : subjects) {
            boolean isCopy = subject.hasSentBehind() && original.isPresent();
            trial.say((isCopy ? "copying " : "making ")
                    + subject.printed()
                    + (subject.hasSentBehind() ? " with " + trial.effort().finished() + " sent messages behind" : ""));
            AskedDatabase database = isCopy
                    ? trial.bed().database().copy(subject.database(), original.orElseThrow())
                    : trial.bed().database().create(subject.database());
            OutboxQueue queue = new OutboxQueue(subject, database, participant.channel(), hanging.channel());
            if (!isCopy) {
                queue.create(trial.effort().finished());
            }
            if (subject.hasSentBehind() && !isCopy) {
                original = Optional.of(subject.database());
            }
            queues.add(queue);
        }
        return queues;
    }

    private static double window(Trial trial, OutboxQueue queue, BenchProcess participant)
            throws InterruptedException, SQLException {
        String name = queue.subject().printed();
        long sentBefore = queue.sent();
        long callsBefore = participant.calls();
        double rate;
        try (OutboxQueue.Emptying _ = queue.start()) {
            if (!Wait.until(LONGEST_START, () -> participant.calls() > callsBefore)) {
                trial.problem(name + ": nothing was delivered within " + LONGEST_START);
            }
            Thread.sleep(Schedule.RAMP);
            long first = participant.calls();
            long start = System.nanoTime();
            Thread.sleep(trial.effort().window());
            rate = (participant.calls() - first) / ((System.nanoTime() - start) / 1e9);
        }
        long calls = participant.calls() - callsBefore;
        long sent = queue.sent() - sentBefore;
        if (calls != sent) {
            trial.problem(name + ": " + calls + " calls, but " + sent + " messages marked as sent");
        }
        if (queue.ranDry()) {
            trial.problem(name + ": the queue ran dry within the window");
        }
        return rate;
    }

    private static void ratios(Trial trial, List<OutboxSubject> measured) {
        ratio(trial, measured, OutboxSubject.RELAY, OutboxSubject.ONE_ROW);
        ratio(trial, measured, OutboxSubject.RELAY_BEHIND, OutboxSubject.RELAY);
        ratio(trial, measured, OutboxSubject.RELAY_KEYED, OutboxSubject.RELAY);
        ratio(trial, measured, OutboxSubject.RELAY_TEN, OutboxSubject.BATCH_TEN);
        ratio(trial, measured, OutboxSubject.RELAY_HANGING, OutboxSubject.BATCH_HANGING);
        ratio(trial, measured, OutboxSubject.RELAY_HANGING, OutboxSubject.RELAY_TEN);
    }

    private static void ratio(Trial trial, List<OutboxSubject> measured, OutboxSubject one, OutboxSubject other) {
        if (measured.contains(one) && measured.contains(other)) {
            trial.ratio(
                    one.printed() + ":" + other.printed(),
                    trial.tally().ratio(one.printed(), other.printed(), "per_s"));
        }
    }
}
