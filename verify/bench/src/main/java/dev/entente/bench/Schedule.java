package dev.entente.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The subjects of a measurement, its repeats and its durations.
 *
 * @param subjects in the order of the report
 * @param inFlight the numbers of transactions that the client keeps open, each at least 1
 * @param repeats the number of windows per figure, at least 1; the figure is their median
 * @param window the length of one measured window
 * @param warmUp for all subjects together, before the first window
 */
record Schedule(List<Subject> subjects, List<Integer> inFlight, int repeats, Duration window, Duration warmUp) {
    /** The time of load before a window is measured: connections are warm, and the first batch is complete. */
    static final Duration RAMP = Duration.ofMillis(400);

    /** The number of warm-up rounds; each subject runs in every round. */
    static final int WARM_UP_ROUNDS = 4;

    Schedule {
        subjects = List.copyOf(subjects);
        inFlight = List.copyOf(inFlight);
    }

    /** Returns whether a subject needs the server's jar. */
    boolean needsServer() {
        return subjects.stream().anyMatch(Subject::isEntente);
    }

    /**
     * Returns the subjects in the order of {@code repeat}. Each repeat starts with another subject, so that no subject
     * always follows the same predecessor.
     */
    List<Subject> order(int repeat) {
        List<Subject> rotated = new ArrayList<>(subjects);
        Collections.rotate(rotated, repeat);
        return rotated;
    }

    /** Returns the numbers in flight of the warm-up: all except 1, which warms up little code; else only 1. */
    List<Integer> warmUpInFlight() {
        List<Integer> busy = inFlight.stream().filter(n -> n > 1).toList();
        return busy.isEmpty() ? inFlight : busy;
    }

    /** Returns the part of {@link #warmUp} for {@code subject} in each round, with each number in flight. */
    Duration warmUpOf(Subject subject) {
        int all = subjects.stream().mapToInt(Subject::warmUpShares).sum();
        return warmUp.multipliedBy(subject.warmUpShares())
                .dividedBy((long) all * warmUpInFlight().size() * WARM_UP_ROUNDS);
    }
}
