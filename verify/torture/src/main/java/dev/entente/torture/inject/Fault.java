package dev.entente.torture.inject;

import dev.entente.torture.machine.Link.LinkFault;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A possible fault of a run. */
public sealed interface Fault {
    /** Returns the class of the fault in reports: {@code kill}, {@code line-database-black-hole}. */
    String title();

    /** A fault of one process, or of the database. */
    enum Kind implements Fault {
        /** SIGKILL of a coordinator, which is started again after a while. */
        KILL(14),
        /** SIGSTOP of a coordinator, then SIGCONT: a zombie that does not know the events of the pause. */
        ZOMBIE(12),
        /** SIGTERM of a coordinator, which drains and is started again. */
        TERMINATE(6),
        /** SIGTERM of all coordinators, one after another. */
        ROLLING_RESTART(2),
        /** SIGKILL of a participant. */
        LEDGER_KILL(6),
        /** SIGSTOP of a participant. */
        LEDGER_HANG(4),
        /** A participant works slowly. */
        LEDGER_SLOW(3),
        /** A participant does its work and does not answer. */
        LEDGER_MUTE(3),
        /** A participant does its work and answers with random statuses. */
        LEDGER_BABBLE(4),
        /** An immediate shutdown of PostgreSQL, and an immediate start. */
        DATABASE_RESTART(6),
        /** An immediate shutdown of PostgreSQL, and a later start. */
        DATABASE_AWAY(2),
        /** A session locks the finished transactions: their reads wait, and every finish, too. */
        DATABASE_LOCKED(3),
        /** Another client has taken nearly all connections of PostgreSQL. */
        CONNECTIONS_EXHAUSTED(3),
        /** The database cannot write: the disk has no space for tables or for the log. */
        DISK_FULL(3),
        /** Clients that read a locked table take all database connections of a coordinator. */
        POOL_EXHAUSTED(3),
        /** The primary is stopped, and its synchronous standby takes over. */
        FAILOVER(3),
        /** A column is added to the tables and removed under load, as in a migration. */
        SCHEMA_CHANGE(2),
        /**
         * For a run that begins with an earlier server: the database is migrated under load, then all coordinators are
         * replaced one after another.
         */
        UPGRADE(3),
        /** A coordinator's wall clock jumps an hour, forward or back, and later returns. */
        CLOCK(4),
        /** One coordinator is cut off from all other processes. */
        PARTITION(8);

        private final int weight;

        Kind(int weight) {
            this.weight = weight;
        }

        /** Returns the relative frequency. */
        int weight() {
            return weight;
        }

        @Override
        public String title() {
            return lower(this);
        }
    }

    /** A fault of one line of one coordinator. */
    record Line(Side side, LinkFault trouble) implements Fault {
        @Override
        public String title() {
            return "line-" + lower(side) + "-" + (trouble == LinkFault.NONE ? "reset" : lower(trouble));
        }
    }

    /** Returns all possible faults. */
    static List<Fault> all() {
        List<Fault> all = new ArrayList<>(List.of(Kind.values()));
        for (Side side : Side.values()) {
            Stream.of(LinkFault.values())
                    .filter(trouble -> trouble != LinkFault.GARBAGE || side == Side.LEDGER)
                    .forEach(trouble -> all.add(new Line(side, trouble)));
        }
        return all;
    }

    /** The other end of a coordinator's line. */
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
