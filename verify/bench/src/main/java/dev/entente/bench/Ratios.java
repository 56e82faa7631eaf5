package dev.entente.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * Entente's figures divided by the baselines' figures. A name contains the figure, the number in flight and the
 * divisor; bytes of log are not divided.
 */
final class Ratios {
    private final List<Table.Row> rows;
    private final Map<String, Double> ratios = new LinkedHashMap<>();

    private Ratios(List<Table.Row> rows) {
        this.rows = rows;
    }

    /**
     * Returns all ratios that {@code rows} allow.
     *
     * @param commitMillis the time of one durable commit on an idle machine
     */
    static Map<String, Double> of(List<Table.Row> rows, double commitMillis) {
        Ratios ratios = new Ratios(rows);
        rows.stream().map(Table.Row::inFlight).distinct().sorted().forEach(ratios::add);
        ratios.addLatency(commitMillis);
        return ratios.ratios;
    }

    private void add(int inFlight) {
        for (Subject baseline :
                List.of(Subject.HAND_NAIVE, Subject.HAND_GOOD, Subject.FLOOR_RELAY, Subject.BEFORE_SAGA)) {
            divide("saga", Subject.ENTENTE_SAGA, inFlight, baseline, Figures::perSecond);
        }
        divide("tcc", Subject.ENTENTE_TCC, inFlight, Subject.BEFORE_TCC, Figures::perSecond);
        divide("cpu", Subject.ENTENTE_SAGA, inFlight, Subject.BEFORE_SAGA, Figures::cpuMicros);
        divide("tcc-cpu", Subject.ENTENTE_TCC, inFlight, Subject.BEFORE_TCC, Figures::cpuMicros);
        divide("tcc", Subject.ENTENTE_TCC, inFlight, Subject.FLOOR_RELAY_TCC, Figures::perSecond);
        divide("stream", Subject.ENTENTE_STREAM, inFlight, Subject.ENTENTE_SAGA, "unary", Figures::perSecond);
        divide("stream-cpu", Subject.ENTENTE_STREAM, inFlight, Subject.ENTENTE_SAGA, "unary", Figures::cpuMicros);
        divide("cpu", Subject.ENTENTE_SAGA, inFlight, Subject.FLOOR_CALLS, Figures::cpuMicros);
        divide("cpu", Subject.ENTENTE_SAGA, inFlight, Subject.FLOOR_RELAY, Figures::cpuMicros);
        divide("tcc-cpu", Subject.ENTENTE_TCC, inFlight, Subject.FLOOR_RELAY_TCC, Figures::cpuMicros);
        tail("saga", Subject.ENTENTE_SAGA, inFlight);
        tail("stream", Subject.ENTENTE_STREAM, inFlight);
        tail("tcc", Subject.ENTENTE_TCC, inFlight);
        log("saga", Subject.ENTENTE_SAGA, inFlight);
        log("tcc", Subject.ENTENTE_TCC, inFlight);
    }

    /** Adds the latency of a single saga in flight, divided by its lower bound: its calls and two durable commits. */
    private void addLatency(double commitMillis) {
        Optional<Table.Row> saga = find(Subject.ENTENTE_SAGA, 1);
        Optional<Table.Row> relay = find(Subject.FLOOR_RELAY, 1);
        if (saga.isPresent() && relay.isPresent()) {
            double floor = relay.get().figures().p50Millis() + 2 * commitMillis;
            ratios.put("p50-saga1:floor-relay+2-commits", saga.get().figures().p50Millis() / floor);
        }
    }

    private void divide(
            String what, Subject subject, int inFlight, Subject baseline, ToDoubleFunction<Figures> figure) {
        divide(what, subject, inFlight, baseline, baseline.printed(), figure);
    }

    private void divide(
            String what,
            Subject subject,
            int inFlight,
            Subject baseline,
            String denominator,
            ToDoubleFunction<Figures> figure) {
        Optional<Table.Row> above = find(subject, inFlight);
        Optional<Table.Row> below = find(baseline, inFlight);
        if (above.isPresent() && below.isPresent()) {
            double ratio = figure.applyAsDouble(above.get().figures())
                    / figure.applyAsDouble(below.get().figures());
            ratios.put(what + inFlight + ":" + denominator, ratio);
        }
    }

    private void tail(String what, Subject subject, int inFlight) {
        find(subject, inFlight)
                .map(Table.Row::figures)
                .ifPresent(figures ->
                        ratios.put("p99-" + what + inFlight + ":p50", figures.p99Millis() / figures.p50Millis()));
    }

    private void log(String what, Subject subject, int inFlight) {
        find(subject, inFlight)
                .ifPresent(row -> ratios.put(
                        "wal-bytes" + inFlight + ":" + what, row.figures().walBytes()));
    }

    private Optional<Table.Row> find(Subject subject, int inFlight) {
        return rows.stream()
                .filter(row -> row.subject() == subject && row.inFlight() == inFlight)
                .findFirst();
    }
}
