package dev.entente.faults.machine;

import dev.entente.backends.LoopbackPorts;
import dev.entente.rig.AskedDatabase;
import dev.entente.rig.EmbeddedDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The coordinators' PostgreSQL: a primary, and a standby that every commit waits for. One thread at a time may break
 * it; anybody may connect.
 */
public final class PostgresPair implements AutoCloseable {
    private static final List<String> NAMES = List.of("postgres-a", "postgres-b");

    private static final Duration IN_STEP = Duration.ofSeconds(20);

    private final List<Integer> ports;
    private volatile PostgresServer primary;
    private volatile PostgresServer standby;
    private volatile long backAtMillis;

    private PostgresPair(List<Integer> ports, PostgresServer primary, PostgresServer standby) {
        this.ports = ports;
        this.primary = primary;
        this.standby = standby;
    }

    /** Makes both, and waits until they are in step. Blocks. */
    static PostgresPair create(Path binaries, Path folder) throws Exception {
        List<Integer> ports = List.of(LoopbackPorts.next(), LoopbackPorts.next());
        PostgresServer primary = PostgresServer.create(binaries, folder, NAMES.getFirst(), ports.getFirst(), Map.of());
        PostgresServer standby = PostgresServer.standby(primary, NAMES.getLast(), ports.getLast());
        primary.requireStandby();
        return new PostgresPair(ports, primary, standby);
    }

    /** Returns the ports of both servers, whichever is the primary. */
    public List<Integer> ports() {
        return ports;
    }

    /** Returns the server that takes writes. */
    public PostgresServer primary() {
        return primary;
    }

    /** A connection to the primary that no proxy is in the way of; the caller closes it. */
    public Connection connect(String database) throws SQLException {
        return primary.connect(database);
    }

    /** One of the primary's databases, with no proxy in the way. */
    public AskedDatabase ask(String database) {
        return primary.ask(database);
    }

    /**
     * The primary is broken off and the standby takes over; then what was the primary comes back as a standby. Blocks
     * until they are in step.
     */
    public void failOver() throws Exception {
        PostgresServer lost = primary;
        if (!lost.hasStandby(IN_STEP)) {
            replaceStandby(standby);
        }
        PostgresServer promoted = standby;
        lost.breakOff();
        promoted.promote();
        primary = promoted;
        backAtMillis = System.currentTimeMillis();
        // Now, so that whoever repairs what fails from here on makes anew the one that was lost, not this one.
        standby = lost;
        replaceStandby(lost);
    }

    /** The primary ends at once, and is started again after that time. Blocks until it answers. */
    public void restart(Duration pause) throws Exception {
        primary.breakOff();
        Thread.sleep(pause);
        primary.start();
        backAtMillis = System.currentTimeMillis();
    }

    /** When it last took writes again after a restart or a failover, in milliseconds since the epoch; 0 for never. */
    public long backAtMillis() {
        return backAtMillis;
    }

    private void replaceStandby(PostgresServer former) throws Exception {
        former.close();
        standby = PostgresServer.standby(primary, former.name(), former.port());
        primary.requireStandby();
    }

    /** Starts the primary where something has left it down, and sees to it that it has a standby. Blocks. */
    public void revive() throws Exception {
        if (!primary.answers()) {
            primary.breakOff();
            primary.start();
        }
        if (!primary.hasStandby(IN_STEP)) {
            replaceStandby(standby);
        }
    }

    /** The JDBC URL of one of its databases by way of those addresses. */
    static String url(List<String> addresses, String database) {
        return "jdbc:postgresql://" + String.join(",", addresses) + "/" + database + "?user=" + EmbeddedDatabase.USER
                + "&targetServerType=primary&connectTimeout=2&hostRecheckSeconds=1";
    }

    @Override
    public void close() throws IOException {
        standby.close();
        primary.close();
    }
}
