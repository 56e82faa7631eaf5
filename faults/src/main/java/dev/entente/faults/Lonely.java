package dev.entente.faults;

import dev.entente.faults.inject.Fault;
import dev.entente.faults.inject.Fault.Kind;
import dev.entente.faults.machine.Link.Trouble;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The classes of faults that are measured one at a time. Stops and absences are longer than a lease, so that others take over. */
enum Lonely {
    /** Nothing at all: how long transactions take anyway. */
    NONE(Who.NOBODY, null, Duration.ofSeconds(10)),
    KILLED(Who.COORDINATOR, Kind.KILL, Duration.ofSeconds(10)),
    STOPPED(Who.COORDINATOR, Kind.ZOMBIE, Duration.ofSeconds(12)),
    TERMINATED(Who.COORDINATOR, Kind.TERMINATE, Duration.ZERO),
    CUT_OFF_FROM_PEERS(Who.COORDINATOR, new Fault.Line(Fault.Side.PEERS, Trouble.BLACK_HOLE), Duration.ofSeconds(12)),
    CUT_OFF_FROM_ALL(Who.COORDINATOR, Kind.PARTITION, Duration.ofSeconds(12)),
    ROLLING_RESTART(Who.COORDINATOR, Kind.ROLLING_RESTART, Duration.ZERO),
    DATABASE_RESTARTED(Who.DATABASE, Kind.DATABASE_RESTART, Duration.ofSeconds(3)),
    DATABASE_FAILED_OVER(Who.DATABASE, Kind.FAILOVER, Duration.ZERO),
    PARTICIPANT_AWAY(Who.PARTICIPANT, Kind.LEDGER_KILL, Duration.ofSeconds(30));

    /** Whom it happens to. */
    enum Who {
        NOBODY,
        COORDINATOR,
        DATABASE,
        PARTICIPANT
    }

    private final Who who;
    private final @Nullable Fault fault;
    private final Duration lasts;

    Lonely(Who who, @Nullable Fault fault, Duration lasts) {
        this.who = who;
        this.fault = fault;
        this.lasts = lasts;
    }

    /** {@code cut-off-from-peers}. */
    String title() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Who who() {
        return who;
    }

    /** What is done; null for nothing. */
    @Nullable
    Fault fault() {
        return fault;
    }

    Duration lasts() {
        return lasts;
    }

    /** Those whose names begin so; all where none is named. */
    static List<Lonely> wanted(List<String> beginnings) {
        return Stream.of(values())
                .filter(one -> beginnings.isEmpty()
                        || beginnings.stream().anyMatch(beginning -> one.title().startsWith(beginning)))
                .toList();
    }
}
