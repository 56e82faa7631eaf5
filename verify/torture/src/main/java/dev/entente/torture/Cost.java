package dev.entente.torture;

import dev.entente.torture.load.Job;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * The cost of one fault, where nothing else went wrong.
 *
 * <p>A transaction has met it if it was open at any moment while it lasted. What was open when it began is counted from
 * then on, and what began later from its own beginning: else a fault that lasts long would seem to cost its own length.
 *
 * @param submits begun from its beginning until a second after it was over
 * @param answered how many of them were answered within {@link FaultRecovery#PATIENCE_MILLIS}
 * @param answeredAgainMillis from when it was over until the first answer to anything that was begun while it lasted,
 *     or after; 0 where answers went on all the while
 * @param recoveryMillis the longest that a transaction which met it took to end or to be parked, on record
 * @param afterMillis from when it was over until the last of them had; 0 where all had before
 * @param toldMillis the longest that a client waited to be told that its transaction, which met the fault, had ended
 * @param unended what had not ended when nobody waited any longer
 */
record Cost(
        Lonely what,
        long submits,
        long answered,
        long answeredAgainMillis,
        long recoveryMillis,
        long afterMillis,
        long toldMillis,
        long unended) {
    private static final long AFTERMATH_MILLIS = 1000;

    /**
     * A client's times, in milliseconds since the epoch, 0 for never.
     *
     * @param answeredAt when it knew that its transaction is durable
     * @param toldAt when it was told its end
     */
    record Asked(long begunAt, long answeredAt, long toldAt) {
        static Asked by(Job job) {
            return new Asked(job.begunAt(), job.answeredAt(), job.endedAt());
        }

        boolean isAnsweredInTime() {
            return answeredAt > 0 && answeredAt - begunAt <= FaultRecovery.PATIENCE_MILLIS;
        }

        boolean hasMet(long from, long until) {
            return begunAt <= until && toldAt > from;
        }

        /** Tells whether it knows that its transaction, begun by then, is durable, and not yet that it has ended. */
        boolean awaitsEnd(long begunBy) {
            return begunAt > 0 && begunAt <= begunBy && answeredAt > 0 && toldAt == 0;
        }
    }

    /**
     * Computes the cost of a fault from the clients' answers and the records.
     *
     * @param from milliseconds since the epoch, when it began
     * @param until when it was over
     */
    static Cost of(Lonely what, List<Asked> clients, List<Lifespans.Span> onRecord, long from, long until) {
        List<Asked> begun = clients.stream()
                .filter(asked -> asked.begunAt() >= from && asked.begunAt() <= until + AFTERMATH_MILLIS)
                .toList();
        List<Lifespans.Span> met =
                onRecord.stream().filter(span -> span.hasMet(from, until)).toList();
        List<Asked> told =
                clients.stream().filter(asked -> asked.hasMet(from, until)).toList();
        return new Cost(
                what,
                begun.size(),
                begun.stream().filter(Asked::isAnsweredInTime).count(),
                answeredAgain(begun, until),
                longest(met, span -> span.millisSince(from)),
                longest(met, span -> Math.max(0, span.endedAt() - until)),
                longest(told, asked -> asked.toldAt() - Math.max(from, asked.begunAt())),
                met.stream().filter(span -> span.endedAt() == 0).count());
    }

    private static <T> long longest(List<T> all, ToLongFunction<T> millis) {
        return all.stream().mapToLong(millis).max().orElse(0);
    }

    private static long answeredAgain(List<Asked> begun, long until) {
        boolean wentOn = begun.stream()
                .anyMatch(asked -> asked.answeredAt() > 0
                        && asked.begunAt() > until - AFTERMATH_MILLIS
                        && asked.answeredAt() < until);
        long first = begun.stream()
                .mapToLong(Asked::answeredAt)
                .filter(at -> at >= until)
                .min()
                .orElse(until);
        return wentOn ? 0 : first - until;
    }
}
