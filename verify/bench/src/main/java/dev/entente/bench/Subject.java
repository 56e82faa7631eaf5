package dev.entente.bench;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** The subjects of a measurement: the program that runs the transaction, and the pattern. */
enum Subject {
    /** Three bare unary calls from the client to the participant, one after another, counted as one transaction. */
    FLOOR_CALLS("floor-calls", Pattern.SAGA, 3, "", false),
    /** Client to relay to participant and back: the same calls as a saga, nothing stored. */
    FLOOR_RELAY("floor-relay", Pattern.SAGA, 2, "relay", false),
    /** A row per saga and per step, four commits. */
    HAND_NAIVE("hand-naive", Pattern.SAGA, 2, "hand-naive", true),
    /** One row, two commits. */
    HAND_GOOD("hand-good", Pattern.SAGA, 2, "hand-good", true),
    /** Entente's saga of two steps. */
    ENTENTE_SAGA("entente", Pattern.SAGA, 2, "entente", true),
    /**
     * The same saga, submitted over a stream that all of them share, by a coordinator that calls the participant over a
     * stream.
     */
    ENTENTE_STREAM("entente-stream", Pattern.SAGA, 2, "entente-stream", true),
    /** The same calls as a TCC transaction of two branches, nothing stored. */
    FLOOR_RELAY_TCC("floor-relay", Pattern.TCC, 4, "relay", false),
    /** Entente's declarative TCC transaction of two branches. */
    ENTENTE_TCC("entente", Pattern.TCC, 4, "entente", true),
    /**
     * The same saga by another coordinator: the one before a change, or with other settings. Only where one was named.
     */
    BEFORE_SAGA("before", Pattern.SAGA, 2, "before", true),
    /** The same TCC transaction by that coordinator. */
    BEFORE_TCC("before", Pattern.TCC, 4, "before", true);

    /** The pattern, in lower case as it is printed. */
    enum Pattern {
        SAGA,
        TCC;

        String printed() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final String printed;
    private final Pattern pattern;
    private final int participantCalls;
    private final String coordinator;
    private final boolean stores;

    Subject(String printed, Pattern pattern, int participantCalls, String coordinator, boolean stores) {
        this.printed = printed;
        this.pattern = pattern;
        this.participantCalls = participantCalls;
        this.coordinator = coordinator;
        this.stores = stores;
    }

    /** The name in figures and ratios; with {@link #pattern()} it is unique. */
    String printed() {
        return printed;
    }

    Pattern pattern() {
        return pattern;
    }

    /** Tells whether the server's jar runs it. */
    boolean isEntente() {
        return switch (this) {
            case ENTENTE_SAGA, ENTENTE_STREAM, ENTENTE_TCC, BEFORE_SAGA, BEFORE_TCC -> true;
            case FLOOR_CALLS, FLOOR_RELAY, FLOOR_RELAY_TCC, HAND_NAIVE, HAND_GOOD -> false;
        };
    }

    /** How many calls the participant must have answered per transaction. */
    int participantCalls() {
        return participantCalls;
    }

    /** Tells whether it needs a second coordinator. */
    boolean isBefore() {
        return this == BEFORE_SAGA || this == BEFORE_TCC;
    }

    /**
     * How much of the warm-up it needs beside the others. A coordinator has some ten times the code of a relay, and is
     * half interpreted when that one has long been compiled: measured too early, what is compared is how far each has
     * come.
     */
    int warmUpShares() {
        return isEntente() ? 3 : 1;
    }

    /** The processes that take part, and whose CPU and memory are therefore counted. */
    Set<String> processes() {
        Set<String> processes = new TreeSet<>(List.of("client", "participant"));
        if (!coordinator.isEmpty()) {
            processes.add(coordinator);
        }
        if (stores) {
            processes.add("postgres");
        }
        return processes;
    }

    /**
     * Tells whether {@code name} means this subject: its name alone, or its name and pattern, as in {@code
     * entente-tcc}.
     */
    boolean isNamed(String name) {
        return name.equals(printed) || name.equals(printed + "-" + pattern.printed());
    }

    @Override
    public String toString() {
        return printed + "/" + pattern.printed();
    }
}
