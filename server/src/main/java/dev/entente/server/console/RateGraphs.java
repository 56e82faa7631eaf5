package dev.entente.server.console;

import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.entente.server.console.drawing.StatusStyle;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.ListRatesResponse;
import dev.entente.v1.Rate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * The graphs of the overview: the transactions of all coordinators per minute, and their times.
 *
 * @param response the values
 * @param from the left edge in milliseconds
 * @param until the right edge in milliseconds
 */
public record RateGraphs(ListRatesResponse response, long from, long until, Texts texts) {
    public static final int WIDTH = 400;
    public static final int TOP = 22;
    public static final int BOTTOM = 128;

    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm 'UTC'").withZone(ZoneOffset.UTC);
    /** Represents times beyond the last bound of the API. */
    private static final double BEYOND_MILLIS = 2 * Duration.ofHours(1).toMillis();

    private static final List<Series> SUCCESS = List.of(
            new Series("counts.accepted", StatusStyle.RUN, Rate::getAccepted),
            new Series("state.SUCCEEDED", StatusStyle.GOOD, Rate::getSucceeded));
    private static final List<Series> FAILURE = List.of(
            new Series("state.ABORTED", StatusStyle.BACK, Rate::getAborted),
            new Series("state.PARKED", StatusStyle.BAD, Rate::getParked),
            new Series("state.GIVEN_UP", StatusStyle.WAIT, Rate::getGivenUp));
    private static final List<Series> TIMES =
            List.of(new Series("counts.within", StatusStyle.CALM, RateGraphs::logOfWithin95));

    /** @param name the key of its text */
    private record Series(String name, StatusStyle tone, ToDoubleFunction<Rate> value) {}

    /**
     * A line; a missing value interrupts the line.
     *
     * @param path the shape in SVG
     */
    public record Line(String name, StatusStyle tone, String path) {}

    /** The values of a step in words, at their position. */
    public record Step(int x, String text) {}

    /** @param top the largest value */
    public record Graph(String title, String top, List<Line> lines, List<Step> steps) {}

    static RateGraphs of(ListRatesResponse response, boolean isOfDay, Instant now, Texts texts) {
        long step = Durations.toMillis(response.getStep());
        long until = now.toEpochMilli() / step * step;
        return new RateGraphs(
                response, until - Duration.ofHours(isOfDay ? 24 : 1).toMillis(), until, texts);
    }

    /** Returns the graphs; empty if no counts are stored. */
    public List<Graph> graphs() {
        return response.getRatesCount() == 0
                ? List.of()
                : List.of(
                        graph("rates.success", SUCCESS, false),
                        graph("rates.failure", FAILURE, false),
                        graph("rates.times", TIMES, true));
    }

    public static String clock(long time) {
        return CLOCK.format(Instant.ofEpochMilli(time));
    }

    /** Returns the width of a step. */
    public int width() {
        return x(from + Durations.toMillis(response.getStep())) + 1;
    }

    private int x(long time) {
        return (int) (WIDTH * (time - from) / (until - from));
    }

    private Graph graph(String title, List<Series> series, boolean isOfTimes) {
        double most = series.stream()
                .flatMapToDouble(one -> response.getRatesList().stream().mapToDouble(one.value()))
                .filter(value -> value > 0)
                .max()
                .orElse(0);
        List<Line> lines = series.stream()
                .map(one -> new Line(texts.of(one.name()), one.tone(), path(one, Math.max(most, 1))))
                .toList();
        List<Step> steps = response.getRatesList().stream()
                .map(rate -> {
                    long time = Timestamps.toMillis(rate.getTime());
                    return new Step(x(time), clock(time) + ": " + text(rate, series, isOfTimes));
                })
                .toList();
        return new Graph(texts.of(title), text(most, isOfTimes), lines, steps);
    }

    private String path(Series series, double most) {
        StringBuilder path = new StringBuilder();
        long step = Durations.toMillis(response.getStep());
        long last = 0;
        for (Rate rate : response.getRatesList()) {
            double value = series.value().applyAsDouble(rate);
            long time = Timestamps.toMillis(rate.getTime());
            if (!Double.isNaN(value)) {
                boolean goesOn = time - last == step;
                path.append(goesOn ? "L" : "M")
                        .append(x(time + step / 2))
                        .append(' ')
                        .append(Math.round(BOTTOM - (BOTTOM - TOP) * value / most))
                        .append(goesOn ? "" : "h0"); // shows a value without neighbours as a dot
                last = time;
            }
        }
        return path.toString();
    }

    private static double logOfWithin95(Rate rate) {
        boolean isAnyFinished = rate.getSucceeded() + rate.getAborted() + rate.getGivenUp() > 0;
        return rate.hasWithin95()
                ? Math.log((double) Durations.toMillis(rate.getWithin95()))
                : isAnyFinished ? Math.log(BEYOND_MILLIS) : Double.NaN;
    }

    private String text(Rate rate, List<Series> series, boolean isOfTimes) {
        return series.stream()
                .map(one -> texts.of(one.name()) + " " + text(one.value().applyAsDouble(rate), isOfTimes))
                .collect(Collectors.joining(", "));
    }

    private String text(double value, boolean isTime) {
        if (!isTime) {
            return Texts.decimals(value / Durations.toMillis(response.getStep()) * 60e3);
        }
        double millis = Math.rint(Math.exp(value));
        return !(value > 0)
                ? "\u2013"
                : millis < BEYOND_MILLIS
                        ? texts.of("counts.at-most", texts.span(Duration.ofMillis((long) millis)))
                        : texts.of("counts.beyond");
    }
}
