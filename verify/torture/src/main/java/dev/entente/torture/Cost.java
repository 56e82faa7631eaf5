package dev.entente.torture;

import dev.entente.torture.load.Job;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * The cost of one fault without another fault.
 *
 * <p>A fault affects each transaction that is open at any moment of the fault. The time of an affected transaction
 * counts from the fault's beginning, or from its own if this is later: otherwise the length of a fault would count as
 * its cost.
 *
 * @param submits begun from the fault's beginning until a second after its end
 * @param answered the number of these submits with an answer within {@link FaultRecovery#TIMEOUT_MILLIS}
 * @param answeredAgainMillis from the fault's end until the first answer to a transaction that was begun during the
 *     fault or later; 0 if the answers never stopped
 * @param recoveryMillis the longest time until an affected transaction finished or was parked, on record
 * @param afterMillis from the fault's end until all affected transactions were finished or parked; 0 if they were
 *     before
 * @param reportedMillis the longest time that a client waited for the final state of an affected transaction
 * @param unended affected transactions that were neither finished nor parked when the measurement stopped
 */
record Cost(
        IsolatedFaults what,
        long submits,
        long answered,
        long answeredAgainMillis,
        long recoveryMillis,
        long afterMillis,
        long reportedMillis,
        long unended) {
    private static final long AFTERMATH_MILLIS = 1000;

    /**
     * A client's times, in milliseconds since the epoch, 0 for never.
     *
     * @param answeredAt when the client knew that its transaction is durable
     * @param reportedAt when the client learned the final state
     */
    record Asked(long begunAt, long answeredAt, long reportedAt) {
        static Asked by(Job job) {
            return new Asked(job.begunAt(), job.answeredAt(), job.endedAt());
        }

        boolean isAnsweredInTime() {
            return answeredAt > 0 && answeredAt - begunAt <= FaultRecovery.TIMEOUT_MILLIS;
        }

        boolean overlaps(long from, long until) {
            return begunAt <= until && reportedAt > from;
        }

        /** Returns whether a transaction, begun by then, is durable for its client, but has no known final state. */
        boolean awaitsEnd(long begunBy) {
            return begunAt > 0 && begunAt <= begunBy && answeredAt > 0 && reportedAt == 0;
        }
    }

    /**
     * Computes the cost of a fault from the clients' answers and the records.
     *
     * @param from the beginning of the fault, in milliseconds since the epoch
     * @param until the end of the fault
     */
    static Cost of(IsolatedFaults what, List<Asked> clients, List<Lifespans.Span> onRecord, long from, long until) {
        List<Asked> begun = clients.stream()
                .filter(asked -> asked.begunAt() >= from && asked.begunAt() <= until + AFTERMATH_MILLIS)
                .toList();
        List<Lifespans.Span> affected =
                onRecord.stream().filter(span -> span.overlaps(from, until)).toList();
        List<Asked> reported =
                clients.stream().filter(asked -> asked.overlaps(from, until)).toList();
        return new Cost(
                what,
                begun.size(),
                begun.stream().filter(Asked::isAnsweredInTime).count(),
                answeredAgain(begun, until),
                longest(affected, span -> span.millisSince(from)),
                longest(affected, span -> Math.max(0, span.endedAt() - until)),
                longest(reported, asked -> asked.reportedAt() - Math.max(from, asked.begunAt())),
                affected.stream().filter(span -> span.endedAt() == 0).count());
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
