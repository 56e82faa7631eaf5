package dev.entente.faults;

import dev.entente.faults.load.Job;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The cost of one fault, where nothing else went wrong.
 *
 * @param submits begun from its beginning until a second after it was mended
 * @param answered how many of them were answered within {@link Recovery#PATIENCE_MILLIS}
 * @param recoveryMillis from its beginning until all that was open then, or was begun while it lasted, had ended or stood parked
 * @param afterMillis the same from when it was over; 0 where all had ended before
 * @param answeredAgainMillis from when it was over until the first answer to anything that was begun while it lasted, or after; 0 where answers went on all the while
 * @param unended what had not ended when nobody waited any longer
 */
record Cost(
        Lonely what,
        long submits,
        long answered,
        long recoveryMillis,
        long afterMillis,
        long answeredAgainMillis,
        long unended) {
    private static final long AFTERMATH_MILLIS = 1000;

    /**
     * From what clients saw.
     *
     * @param from milliseconds since the epoch, when it began
     * @param until when it was over
     */
    static Cost of(Lonely what, List<Job> jobs, long from, long until) {
        List<Job> begun = jobs.stream()
                .filter(job -> job.begunAt() >= from && job.begunAt() <= until + AFTERMATH_MILLIS)
                .toList();
        List<Job> met = jobs.stream().filter(job -> hasMet(job, from, until)).toList();
        long lastEnd = met.stream().mapToLong(Job::endedAt).max().orElse(from);
        return new Cost(
                what,
                begun.size(),
                begun.stream().filter(Recovery::isAnswered).count(),
                Math.max(0, lastEnd - from),
                Math.max(0, lastEnd - until),
                answeredAgain(begun, until),
                met.stream().filter(job -> job.endedAt() == 0).count());
    }

    /** Known to be durable, and open at any moment while it lasted. */
    static boolean hasMet(Job job, long from, long until) {
        boolean isOpen = job.endedAt() == 0 || job.endedAt() > from;
        return job.answeredAt() > 0 && job.begunAt() <= until && isOpen;
    }

    private static long answeredAgain(List<Job> begun, long until) {
        LongStream after = begun.stream().mapToLong(Job::answeredAt).filter(at -> at >= until);
        boolean wentOn = begun.stream()
                .anyMatch(job ->
                        job.answeredAt() > 0 && job.begunAt() > until - AFTERMATH_MILLIS && job.answeredAt() < until);
        return wentOn ? 0 : after.min().orElse(until) - until;
    }
}
