package dev.entente.torture;

import dev.entente.torture.inject.Fault;
import dev.entente.torture.inject.Fault.Kind;
import dev.entente.torture.machine.Link.LinkFault;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The classes of faults that are measured one at a time. Stops and outages last longer than a lease, so that other
 * coordinators take over.
 */
enum IsolatedFaults {
    /** No fault: measures the usual duration of transactions. */
    NONE(10),
    KILLED(10),
    STOPPED(12),
    TERMINATED(0),
    CUT_OFF_FROM_PEERS(12),
    CUT_OFF_FROM_ALL(12),
    ROLLING_RESTART(0),
    DATABASE_RESTARTED(3),
    DATABASE_FAILED_OVER(0),
    PARTICIPANT_AWAY(30);

    private final int lastsSeconds;

    IsolatedFaults(int lastsSeconds) {
        this.lastsSeconds = lastsSeconds;
    }

    /** Returns the name in lower case, for example {@code cut-off-from-peers}. */
    String title() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns whether the fault affects the coordinators' database. */
    boolean isOfDatabase() {
        return this == DATABASE_RESTARTED || this == DATABASE_FAILED_OVER;
    }

    /** Returns the fault to inject; null for none. */
    @Nullable
    Fault fault() {
        return switch (this) {
            case NONE -> null;
            case KILLED -> Kind.KILL;
            case STOPPED -> Kind.ZOMBIE;
            case TERMINATED -> Kind.TERMINATE;
            case CUT_OFF_FROM_PEERS -> new Fault.Line(Fault.Side.PEERS, LinkFault.BLACK_HOLE);
            case CUT_OFF_FROM_ALL -> Kind.PARTITION;
            case ROLLING_RESTART -> Kind.ROLLING_RESTART;
            case DATABASE_RESTARTED -> Kind.DATABASE_RESTART;
            case DATABASE_FAILED_OVER -> Kind.FAILOVER;
            case PARTICIPANT_AWAY -> Kind.LEDGER_KILL;
        };
    }

    Duration lasts() {
        return Duration.ofSeconds(lastsSeconds);
    }

    /** Returns the classes with names that begin with one of these texts; all classes for an empty list. */
    static List<IsolatedFaults> wanted(List<String> beginnings) {
        return Stream.of(values())
                .filter(one -> beginnings.isEmpty()
                        || beginnings.stream().anyMatch(beginning -> one.title().startsWith(beginning)))
                .toList();
    }
}
