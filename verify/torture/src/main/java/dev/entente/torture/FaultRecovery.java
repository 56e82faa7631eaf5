package dev.entente.torture;

import dev.entente.torture.inject.Struck;
import dev.entente.torture.load.Job;
import java.util.List;

/**
 * The effect of one fault on clients.
 *
 * @param submits begun while it lasted, or within a second
 * @param answered how many of them were answered within {@link #PATIENCE_MILLIS}
 * @param recoveryMillis from the fault's beginning until everything that was open then had ended, or stood parked. What
 *     other faults did meanwhile, and the time that transactions take anyway, is in it
 */
record FaultRecovery(Struck struck, long submits, long answered, long recoveryMillis) {
    /** The time after which a client without an answer counts as not answered. */
    static final long PATIENCE_MILLIS = 5000;

    private static final long AFTERMATH_MILLIS = 1000;

    static FaultRecovery of(Struck struck, List<Job> jobs) {
        long from = struck.atMillis();
        long until = Math.max(struck.mendedAtMillis(), from + AFTERMATH_MILLIS);
        List<Job> begun = jobs.stream()
                .filter(job -> job.begunAt() >= from && job.begunAt() <= until)
                .toList();
        long recovered = jobs.stream()
                .filter(job -> job.answeredAt() > 0 && job.answeredAt() <= from && job.endedAt() > from)
                .mapToLong(job -> job.endedAt() - from)
                .max()
                .orElse(0);
        return new FaultRecovery(
                struck,
                begun.size(),
                begun.stream().filter(FaultRecovery::isAnswered).count(),
                recovered);
    }

    /** Tells whether its client was answered in time. */
    static boolean isAnswered(Job job) {
        return Cost.Asked.by(job).isAnsweredInTime();
    }

    /** A percentile of these, 0 where there are none. */
    static long percentile(List<FaultRecovery> recoveries, int percent) {
        long[] sorted = recoveries.stream()
                .mapToLong(FaultRecovery::recoveryMillis)
                .sorted()
                .toArray();
        return sorted.length == 0 ? 0 : sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)];
    }

    /** The share of submits that were answered, 1 where there were none. */
    static double answeredRatio(List<FaultRecovery> recoveries) {
        long all = recoveries.stream().mapToLong(FaultRecovery::submits).sum();
        long answered = recoveries.stream().mapToLong(FaultRecovery::answered).sum();
        return all == 0 ? 1 : Math.round(1000.0 * answered / all) / 1000.0;
    }
}
