package dev.entente.bench;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * The figures of one window, or the medians over several windows of one subject.
 *
 * @param perSecond transactions that succeeded per second
 * @param p50Millis the median latency, from the request to the response after the transaction's end
 * @param p99Millis the 99th percentile of the latency
 * @param p999Millis the 99.9th percentile of the latency
 * @param cpuMicros CPU time per transaction of all processes that take part, in microseconds
 * @param cpuMicrosByProcess CPU time per transaction by process, in microseconds
 * @param rssMbByProcess memory at the window's end, in MiB
 * @param walBytes bytes of write-ahead log per transaction
 * @param commits commits that wrote something, per transaction
 * @param outsideCpuShare the share of the machine's CPU that other processes used meanwhile, 0 to 1: a disturbance
 */
record Figures(
        double perSecond,
        double p50Millis,
        double p99Millis,
        double p999Millis,
        double cpuMicros,
        Map<String, Double> cpuMicrosByProcess,
        Map<String, Double> rssMbByProcess,
        double walBytes,
        double commits,
        double outsideCpuShare) {

    /** Returns each figure's median, computed separately; {@code windows} must not be empty. */
    static Figures median(List<Figures> windows) {
        return new Figures(
                median(windows, Figures::perSecond),
                median(windows, Figures::p50Millis),
                median(windows, Figures::p99Millis),
                median(windows, Figures::p999Millis),
                median(windows, Figures::cpuMicros),
                medians(windows, Figures::cpuMicrosByProcess),
                medians(windows, Figures::rssMbByProcess),
                median(windows, Figures::walBytes),
                median(windows, Figures::commits),
                median(windows, Figures::outsideCpuShare));
    }

    private static Map<String, Double> medians(List<Figures> windows, Function<Figures, Map<String, Double>> figure) {
        Map<String, Double> medians = new TreeMap<>();
        for (String process : figure.apply(windows.getFirst()).keySet()) {
            medians.put(process, median(windows, window -> figure.apply(window).getOrDefault(process, 0.0)));
        }
        return medians;
    }

    static <T> double median(Collection<T> windows, ToDoubleFunction<T> figure) {
        double[] sorted = windows.stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
