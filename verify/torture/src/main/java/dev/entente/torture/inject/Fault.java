package dev.entente.torture.inject;

import dev.entente.torture.machine.Link.Trouble;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A fault that a run may have. */
public sealed interface Fault {
    /** The class that reports count it under: {@code kill}, {@code line-database-black-hole}. */
    String title();

    /** Something happens to one process, or to the database. */
    enum Kind implements Fault {
        /** kill -9 of a coordinator, which is started again after a while. */
        KILL(14),
        /** SIGSTOP of a coordinator, then SIGCONT: a zombie that does not know what has happened meanwhile. */
        ZOMBIE(12),
        /** SIGTERM of a coordinator, which drains and is started again. */
        TERMINATE(6),
        /** All coordinators, one after another, by SIGTERM. */
        ROLLING_RESTART(2),
        /** kill -9 of a participant. */
        LEDGER_KILL(6),
        /** SIGSTOP of a participant. */
        LEDGER_HANG(4),
        /** A participant takes its time. */
        LEDGER_SLOW(3),
        /** A participant does its work and does not answer. */
        LEDGER_MUTE(3),
        /** A participant does its work and answers with statuses out of the blue. */
        LEDGER_BABBLE(4),
        /** Immediate shutdown of PostgreSQL, and a start at once. */
        DATABASE_RESTART(6),
        /** The same, and nothing for a while. */
        DATABASE_AWAY(2),
        /** Somebody holds locks that every reader and writer waits for. */
        DATABASE_LOCKED(3),
        /** Somebody else has taken nearly every connection that PostgreSQL has. */
        CONNECTIONS_EXHAUSTED(3),
        /** The database cannot write any more: no room for tables, or for its log. */
        DISK_FULL(3),
        /** Each connection of a coordinator is taken by somebody who reads what is locked. */
        POOL_EXHAUSTED(3),
        /** The primary is broken off, and its synchronous standby takes over. */
        FAILOVER(3),
        /** A column is added to and taken from the tables under load, as a migration would. */
        SCHEMA_CHANGE(2),
        /**
         * Of a run that begins with an earlier server: the database is migrated under load, then all coordinators are
         * replaced one after another.
         */
        UPGRADE(3),
        /** A coordinator's wall clock jumps an hour, forward or back, and later returns. */
        CLOCK(4),
        /** One coordinator is cut off from everybody. */
        PARTITION(8);

        private final int weight;

        Kind(int weight) {
            this.weight = weight;
        }

        /** How often, compared with the others. */
        int weight() {
            return weight;
        }

        @Override
        public String title() {
            return lower(this);
        }
    }

    /** One line of one coordinator goes wrong. */
    record Line(Side side, Trouble trouble) implements Fault {
        @Override
        public String title() {
            return "line-" + lower(side) + "-" + (trouble == Trouble.NONE ? "reset" : lower(trouble));
        }
    }

    /** Everything that may go wrong. */
    static List<Fault> all() {
        List<Fault> all = new ArrayList<>(List.of(Kind.values()));
        for (Side side : Side.values()) {
            Stream.of(Trouble.values())
                    .filter(trouble -> trouble != Trouble.GARBAGE || side == Side.LEDGER)
                    .forEach(trouble -> all.add(new Line(side, trouble)));
        }
        return all;
    }

    /** Between a coordinator and whom. */
    enum Side {
        CLIENTS,
        PEERS,
        DATABASE,
        LEDGER
    }

    private static String lower(Enum<?> name) {
        return name.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
