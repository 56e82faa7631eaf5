package dev.entente.torture;

import dev.entente.torture.inject.InjectedFault;
import dev.entente.torture.load.Job;
import java.util.List;

/**
 * The effect of one fault on clients.
 *
 * @param submits begun during the fault, or within a second after its beginning
 * @param answered the number of these submits with an answer within {@link #TIMEOUT_MILLIS}
 * @param recoveryMillis from the fault's beginning until all transactions that were open then had finished or were
 *     parked; includes the effect of other faults and the usual duration of transactions
 */
record FaultRecovery(InjectedFault injected, long submits, long answered, long recoveryMillis) {
    /** The time after which a client without an answer counts as not answered. */
    static final long TIMEOUT_MILLIS = 5000;

    private static final long AFTERMATH_MILLIS = 1000;

    static FaultRecovery of(InjectedFault injected, List<Job> jobs) {
        long from = injected.atMillis();
        long until = Math.max(injected.repairedAtMillis(), from + AFTERMATH_MILLIS);
        List<Job> begun = jobs.stream()
                .filter(job -> job.begunAt() >= from && job.begunAt() <= until)
                .toList();
        long recovered = jobs.stream()
                .filter(job -> job.answeredAt() > 0 && job.answeredAt() <= from && job.endedAt() > from)
                .mapToLong(job -> job.endedAt() - from)
                .max()
                .orElse(0);
        return new FaultRecovery(
                injected,
                begun.size(),
                begun.stream().filter(FaultRecovery::isAnswered).count(),
                recovered);
    }

    /** Returns whether the client of a job was answered in time. */
    static boolean isAnswered(Job job) {
        return Cost.Asked.by(job).isAnsweredInTime();
    }

    /** Returns a percentile of the recovery times; 0 without recoveries. */
    static long percentile(List<FaultRecovery> recoveries, int percent) {
        long[] sorted = recoveries.stream()
                .mapToLong(FaultRecovery::recoveryMillis)
                .sorted()
                .toArray();
        return sorted.length == 0 ? 0 : sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)];
    }

    /** Returns the share of submits that were answered; 1 without submits. */
    static double answeredRatio(List<FaultRecovery> recoveries) {
        long all = recoveries.stream().mapToLong(FaultRecovery::submits).sum();
        long answered = recoveries.stream().mapToLong(FaultRecovery::answered).sum();
        return all == 0 ? 1 : Math.round(1000.0 * answered / all) / 1000.0;
    }
}
