package dev.entente.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The subjects of a measurement, its repeats and its lengths.
 *
 * @param subjects in the order of the report
 * @param inFlight how many transactions the client keeps open, each at least 1
 * @param repeats how many windows each figure is the median of, at least 1
 * @param window the length of one measured window
 * @param warmUp for all subjects together, before the first window
 */
record Schedule(List<Subject> subjects, List<Integer> inFlight, int repeats, Duration window, Duration warmUp) {
    /** How long a window's load runs before it is measured: connections are warm, the first batch is through. */
    static final Duration RAMP = Duration.ofMillis(400);

    /** How often each subject's turn comes during the warm-up. */
    static final int WARM_UP_ROUNDS = 4;

    Schedule {
        subjects = List.copyOf(subjects);
        inFlight = List.copyOf(inFlight);
    }

    /** Tells whether a subject is run by the server's jar. */
    boolean needsServer() {
        return subjects.stream().anyMatch(Subject::isEntente);
    }

    /**
     * The subjects as repeat {@code repeat} takes them: each time another one first, so that none always follows the
     * same one.
     */
    List<Subject> order(int repeat) {
        List<Subject> rotated = new ArrayList<>(subjects);
        Collections.rotate(rotated, repeat);
        return rotated;
    }

    /** The numbers in flight that warm up: all but 1, under which little code gets hot, unless there is no other. */
    List<Integer> warmUpInFlight() {
        List<Integer> busy = inFlight.stream().filter(n -> n > 1).toList();
        return busy.isEmpty() ? inFlight : busy;
    }

    /** The part of {@link #warmUp} that {@code subject} gets in each round, with each number in flight. */
    Duration warmUpOf(Subject subject) {
        int all = subjects.stream().mapToInt(Subject::warmUpShares).sum();
        return warmUp.multipliedBy(subject.warmUpShares())
                .dividedBy((long) all * warmUpInFlight().size() * WARM_UP_ROUNDS);
    }
}
