package dev.entente.faults.load;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import dev.entente.faults.machine.Ledger;
import dev.entente.faults.machine.Node;
import dev.entente.faults.machine.Room;
import dev.entente.lab.machine.Wait;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;
import torture.v1.LedgerServiceGrpc;

/** What clients have: a connection to each coordinator, of which any answers for all, and databases of their own. Thread-safe. */
public final class Fleet implements AutoCloseable {
    /** What messages are published to. */
    static final String TOPIC = "moves";

    private static final int POOL_SIZE = 16;
    private static final int POOL_PATIENCE_MILLIS = 60_000;
    private static final Duration ATTEMPT = Duration.ofSeconds(2);
    private static final Duration FIRST_ANSWER = Duration.ofSeconds(60);
    private static final Duration RETRY_FOR = Duration.ofSeconds(2);

    private final List<Entente> coordinators;
    private final List<Dying> dying;
    private final Map<String, HikariDataSource> ownDatabases = new HashMap<>();

    /** Dials nobody yet. */
    public Fleet(List<Node> nodes, List<Ledger> ledgers) {
        coordinators = nodes.stream().map(node -> connect(node, ledgers)).toList();
        dying = nodes.stream()
                .map(node -> Dying.of(node.lines().clients().address()))
                .toList();
        ledgers.forEach(ledger -> ownDatabases.put(ledger.name(), pool(ledger.dataSource())));
    }

    /** After an outage many clients begin at once. */
    private static HikariDataSource pool(DataSource database) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(database);
        config.setMaximumPoolSize(POOL_SIZE);
        config.setMinimumIdle(0);
        config.setConnectionTimeout(POOL_PATIENCE_MILLIS);
        return new HikariDataSource(config);
    }

    /**
     * From now on events of the topic {@value #TOPIC} go to both ledgers, in to one and out of the other. On a loaded machine the first calls
     * may come too early, so they are asked again for a while. Blocks.
     */
    public void subscribe() throws Exception {
        if (!Wait.until(FIRST_ANSWER, this::isSubscribed)) {
            throw new IOException("no coordinator took a subscription within " + FIRST_ANSWER);
        }
    }

    private boolean isSubscribed() {
        Entente entente = coordinators.getFirst();
        try {
            entente.topics()
                    .subscribe(
                            TOPIC,
                            Room.LEDGERS.getFirst(),
                            entente.participant(Room.LEDGERS.getFirst()),
                            LedgerServiceGrpc.getMoveMethod());
            entente.topics()
                    .subscribe(
                            TOPIC,
                            Room.LEDGERS.getLast(),
                            entente.participant(Room.LEDGERS.getLast()),
                            LedgerServiceGrpc.getDrawMethod());
            return true;
        } catch (CoordinatorUnavailable _) {
            return false;
        }
    }

    /** One by its number, for a client that says nothing any more once it has begun. */
    Entente dying(int number) {
        return dying.get(Math.floorMod(number, dying.size())).entente();
    }

    /** Where a client's own transactions run that publishes from that ledger. */
    DataSource ownDatabase(String ledger) {
        return Objects.requireNonNull(ownDatabases.get(ledger), ledger);
    }

    private static Entente connect(Node node, List<Ledger> ledgers) {
        Entente.Builder builder = Entente.builder(node.lines().clients().address())
                .callTimeout(ATTEMPT)
                .retryFor(RETRY_FOR);
        ledgers.forEach(ledger -> builder.participant(ledger.name(), ledger.address()));
        return builder.build();
    }

    /** Any of them. */
    Entente any() {
        return coordinators.get(ThreadLocalRandom.current().nextInt(coordinators.size()));
    }

    /** One by its number, counted round and round. */
    public Entente get(int number) {
        return coordinators.get(Math.floorMod(number, coordinators.size()));
    }

    @Override
    public void close() {
        coordinators.forEach(Entente::close);
        dying.forEach(Dying::close);
        ownDatabases.values().forEach(HikariDataSource::close);
    }
}
