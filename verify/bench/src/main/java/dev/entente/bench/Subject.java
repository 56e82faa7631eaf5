package dev.entente.bench;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** The subjects of a measurement: the program that runs the transaction, and the pattern. */
enum Subject {
    /** Three bare unary calls from the client to the participant, one after another, counted as one transaction. */
    FLOOR_CALLS("floor-calls", Pattern.SAGA, 3, "", false),
    /** Client to relay to participant and back: the calls of a saga, without storage. */
    FLOOR_RELAY("floor-relay", Pattern.SAGA, 2, "relay", false),
    /** A row per saga and per step, four commits. */
    HAND_NAIVE("hand-naive", Pattern.SAGA, 2, "hand-naive", true),
    /** One row, two commits. */
    HAND_GOOD("hand-good", Pattern.SAGA, 2, "hand-good", true),
    /** Entente's saga of two steps. */
    ENTENTE_SAGA("entente", Pattern.SAGA, 2, "entente", true),
    /** Entente's saga, submitted over one shared stream. The coordinator calls the participant over a stream, too. */
    ENTENTE_STREAM("entente-stream", Pattern.SAGA, 2, "entente-stream", true),
    /** Client to relay to participant and back: the calls of a TCC transaction of two branches, without storage. */
    FLOOR_RELAY_TCC("floor-relay", Pattern.TCC, 4, "relay", false),
    /** Entente's declarative TCC transaction of two branches. */
    ENTENTE_TCC("entente", Pattern.TCC, 4, "entente", true),
    /** Entente's saga on a second coordinator: an older version, or other settings. Only if one was specified. */
    BEFORE_SAGA("before", Pattern.SAGA, 2, "before", true),
    /** Entente's TCC transaction on the second coordinator. */
    BEFORE_TCC("before", Pattern.TCC, 4, "before", true);

    /** The pattern, printed in lower case. */
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

    /** Returns the name in figures and ratios. Name and {@link #pattern()} together are unique. */
    String printed() {
        return printed;
    }

    Pattern pattern() {
        return pattern;
    }

    /** Returns whether the server's jar runs this subject. */
    boolean isEntente() {
        return switch (this) {
            case ENTENTE_SAGA, ENTENTE_STREAM, ENTENTE_TCC, BEFORE_SAGA, BEFORE_TCC -> true;
            case FLOOR_CALLS, FLOOR_RELAY, FLOOR_RELAY_TCC, HAND_NAIVE, HAND_GOOD -> false;
        };
    }

    /** Returns the number of calls to the participant per transaction. */
    int participantCalls() {
        return participantCalls;
    }

    /** Returns whether this subject needs a second coordinator. */
    boolean isBefore() {
        return this == BEFORE_SAGA || this == BEFORE_TCC;
    }

    /**
     * Returns the subject's share of the warm-up. A coordinator has about ten times the code of a relay, and is half
     * interpreted when the relay is already compiled. An earlier measurement would compare the progress of the JIT
     * compiler.
     */
    int warmUpShares() {
        return isEntente() ? 3 : 1;
    }

    /** Returns the processes that take part; the bench measures their CPU and memory. */
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
     * Returns whether {@code name} means this subject: its name alone, or name and pattern, as in {@code entente-tcc}.
     */
    boolean isNamed(String name) {
        return name.equals(printed) || name.equals(printed + "-" + pattern.printed());
    }

    @Override
    public String toString() {
        return printed + "/" + pattern.printed();
    }
}
