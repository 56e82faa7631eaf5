package dev.entente.bench;

import dev.entente.bench.load.ClosedLoop;
import dev.entente.bench.process.BenchDatabase;
import dev.entente.rig.ProcFs;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * The values of all counters at one instant. A window's figures are the difference of two marks.
 *
 * @param nanos the monotonic clock
 * @param succeeded transactions that succeeded according to the client
 */
record Mark(
        long nanos,
        long succeeded,
        Map<String, Long> cpuMicros,
        long machineBusyMicros,
        BenchDatabase.Counters database) {
    static Mark take(SubjectProcesses processes, BenchDatabase counting, Subject subject, ClosedLoop loop)
            throws SQLException {
        long nanos = System.nanoTime();
        long succeeded = loop.succeeded();
        return new Mark(
                nanos, succeeded, processes.cpuMicros(subject), ProcFs.machineBusyMicros(), counting.counters());
    }

    /** Returns the figures between this mark and {@code end}. At least one transaction must have succeeded. */
    Figures until(Mark end, Histogram latencies, Map<String, Double> rssMb) {
        double transactions = (double) end.succeeded - succeeded;
        double micros = (end.nanos - nanos) / 1e3;
        Map<String, Double> cpuByProcess = new TreeMap<>();
        cpuMicros.forEach((name, before) ->
                cpuByProcess.put(name, (end.cpuMicros.getOrDefault(name, before) - before) / transactions));
        double cpu =
                cpuByProcess.values().stream().mapToDouble(Double::doubleValue).sum();
        double outside = end.machineBusyMicros - machineBusyMicros - cpu * transactions;
        return new Figures(
                transactions / micros * 1e6,
                latencies.getValueAtPercentile(50) / 1e6,
                latencies.getValueAtPercentile(99) / 1e6,
                latencies.getValueAtPercentile(99.9) / 1e6,
                cpu,
                cpuByProcess,
                rssMb,
                (end.database.walBytes() - database.walBytes()) / transactions,
                (end.database.transactionIds() - database.transactionIds()) / transactions,
                Math.max(0, outside / (micros * Runtime.getRuntime().availableProcessors())));
    }
}
