package dev.entente.bench.outbox;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The ways to empty an outbox in {@code OutboxBench}. */
public enum OutboxSubject {
    /** As it is often written: claim one row, call, mark it, commit; one table, a partial index on what is pending. */
    ONE_ROW("one-row", false, 0, 1, false),
    /** The SDK's relay as it comes. */
    RELAY("relay", false, 0, 1, false),
    /** The same with many sent messages behind. */
    RELAY_BEHIND("relay-behind", true, 0, 1, false),
    /** The same with messages of a thousand ordering keys, so that most wait for another one. */
    RELAY_KEYED("relay-keyed", false, 1000, 1, false),
    /**
     * A hundred rows in one transaction that waits for the last answer, for ten destinations, with many sent messages
     * behind.
     */
    BATCH_TEN("batch-ten", true, 0, 10, false),
    /** The SDK's relay for ten destinations, with many sent messages behind. */
    RELAY_TEN("relay-ten", true, 0, 10, false),
    /** As {@link #BATCH_TEN}, but one of the ten takes calls and answers none. */
    BATCH_HANGING("batch-hanging", true, 0, 10, true),
    /** As {@link #RELAY_TEN}, but one of the ten takes calls and answers none. */
    RELAY_HANGING("relay-hanging", true, 0, 10, true);

    private final String printed;
    private final boolean hasSentBehind;
    private final int keys;
    private final int destinations;
    private final boolean hasHanging;

    OutboxSubject(String printed, boolean hasSentBehind, int keys, int destinations, boolean hasHanging) {
        this.printed = printed;
        this.hasSentBehind = hasSentBehind;
        this.keys = keys;
        this.destinations = destinations;
        this.hasHanging = hasHanging;
    }

    /** Returns those of that list of names after {@code --only outbox}; all, if it is empty. */
    public static List<OutboxSubject> named(List<String> names) {
        for (String name : names) {
            if (Arrays.stream(values()).noneMatch(subject -> subject.printed.equals(name))) {
                throw new IllegalArgumentException("no subject of outbox is named '" + name + "'; it has "
                        + Arrays.stream(values()).map(OutboxSubject::printed).collect(Collectors.joining(", ")));
            }
        }
        return Arrays.stream(values())
                .filter(subject -> names.isEmpty() || names.contains(subject.printed))
                .toList();
    }

    /** The name in figures and ratios. */
    public String printed() {
        return printed;
    }

    /** Its database's name. */
    public String database() {
        return "outbox_" + printed.replace('-', '_');
    }

    public boolean hasSentBehind() {
        return hasSentBehind;
    }

    /** How many ordering keys its messages have; 0 for none. */
    int keys() {
        return keys;
    }

    /** How many destinations its messages go to in turn. */
    int destinations() {
        return destinations;
    }

    /** Tells whether the last of its destinations answers nothing. */
    boolean hasHanging() {
        return hasHanging;
    }

    /** Returns more messages than it delivers in a second, on any machine that was seen. */
    int mostPerSecond() {
        return this == ONE_ROW ? 10_000 : 40_000;
    }

    /** Tells whether a whole batch is one transaction. */
    boolean isOneBatch() {
        return this == BATCH_TEN || this == BATCH_HANGING;
    }
}
