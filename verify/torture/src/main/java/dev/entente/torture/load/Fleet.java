package dev.entente.torture.load;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import dev.entente.rig.StreamOption;
import dev.entente.rig.Wait;
import dev.entente.torture.machine.CoordinatorNode;
import dev.entente.torture.machine.Ledger;
import dev.entente.torture.machine.TortureRig;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import torture.v1.LedgerServiceGrpc;

/**
 * The clients' connections: one to each coordinator, and connections to the clients' own databases. Any coordinator
 * answers for all transactions. Thread-safe.
 */
public final class Fleet implements AutoCloseable {
    /** The topic that messages are published to. */
    public static final String TOPIC = "moves";

    private static final int POOL_SIZE = 16;
    private static final int POOL_PATIENCE_MILLIS = 60_000;
    private static final Duration ATTEMPT = Duration.ofSeconds(2);
    private static final Duration FIRST_ANSWER = Duration.ofSeconds(60);
    private static final Duration RETRY_FOR = Duration.ofSeconds(2);
    private static final Duration LONG_RETRY_FOR = Duration.ofSeconds(10);
    /** The timeouts of clients that need an answer at the end of a run. */
    private static final Duration PATIENT_ATTEMPT = Duration.ofSeconds(20);

    private static final Duration PATIENT_RETRY_FOR = Duration.ofSeconds(40);

    private final List<Entente> coordinators;
    private final List<String> addresses;
    private final List<OperatorClient> desks;
    private final Map<String, HikariDataSource> ownDatabases = new HashMap<>();
    private final Map<String, String> ledgerAddresses = new TreeMap<>();

    /** Creates the clients without connecting yet. */
    public Fleet(List<CoordinatorNode> nodes, List<Ledger> ledgers) {
        this(nodes, ledgers, new StreamOption());
    }

    /** Creates the clients. The option decides whether they submit over streams. */
    public Fleet(List<CoordinatorNode> nodes, List<Ledger> ledgers, StreamOption stream) {
        this(
                nodes,
                ledgers,
                nodes.stream()
                        .map(node -> stream.on(builder(address(node), ledgers, ATTEMPT, RETRY_FOR))
                                .build())
                        .toList());
    }

    /** Makes a fleet of clients that know all coordinators. A client switches if a coordinator does not answer. */
    public static Fleet knowingAll(List<CoordinatorNode> nodes, List<Ledger> ledgers) {
        String all = nodes.stream().map(Fleet::address).collect(Collectors.joining(","));
        return new Fleet(
                nodes,
                ledgers,
                nodes.stream()
                        .map(_ -> builder(all, ledgers, ATTEMPT, LONG_RETRY_FOR).build())
                        .toList());
    }

    /** Makes a fleet for the end of a run, with long timeouts: an overloaded machine answers slowly. */
    public static Fleet patient(List<CoordinatorNode> nodes) {
        return new Fleet(
                nodes,
                List.of(),
                nodes.stream()
                        .map(node -> builder(address(node), List.of(), PATIENT_ATTEMPT, PATIENT_RETRY_FOR)
                                .build())
                        .toList());
    }

    private Fleet(List<CoordinatorNode> nodes, List<Ledger> ledgers, List<Entente> coordinators) {
        this.coordinators = coordinators;
        addresses = nodes.stream().map(Fleet::address).toList();
        ledgers.forEach(ledger -> ledgerAddresses.put(ledger.name(), ledger.address()));
        desks = addresses.stream()
                .map(address -> new OperatorClient(channel(address)))
                .toList();
        ledgers.forEach(
                ledger -> ownDatabases.put(ledger.name(), pool(ledger.database().dataSource())));
    }

    private static String address(CoordinatorNode node) {
        return node.lines().clients().address();
    }

    /** Returns a pool with a long wait for a connection, because many clients begin at once after an outage. */
    private static HikariDataSource pool(DataSource database) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(database);
        config.setMaximumPoolSize(POOL_SIZE);
        config.setMinimumIdle(0);
        config.setConnectionTimeout(POOL_PATIENCE_MILLIS);
        return new HikariDataSource(config);
    }

    /**
     * Subscribes both ledgers to the topic {@value #TOPIC}: one ledger receives the amount, the other pays it. Retries
     * for a while, because the first calls may come too early on a loaded machine. Blocks.
     */
    public void subscribe() throws Exception {
        if (!Wait.until(FIRST_ANSWER, this::isSubscribed)) {
            throw new IOException("no coordinator accepted a subscription within " + FIRST_ANSWER);
        }
    }

    private boolean isSubscribed() {
        Entente entente = coordinators.getFirst();
        try {
            entente.topics()
                    .subscribe(
                            TOPIC,
                            TortureRig.LEDGERS.getFirst(),
                            entente.participant(TortureRig.LEDGERS.getFirst()),
                            LedgerServiceGrpc.getMoveMethod());
            entente.topics()
                    .subscribe(
                            TOPIC,
                            TortureRig.LEDGERS.getLast(),
                            entente.participant(TortureRig.LEDGERS.getLast()),
                            LedgerServiceGrpc.getDrawMethod());
            return true;
        } catch (CoordinatorUnavailable _) {
            return false;
        }
    }

    /** Returns a new channel to the coordinator of this number; the caller closes it. */
    ManagedChannel channel(int number) {
        return channel(addresses.get(Math.floorMod(number, addresses.size())));
    }

    private static ManagedChannel channel(String address) {
        return NettyChannelBuilder.forTarget(address).usePlaintext().build();
    }

    /** Returns a client that uses only this channel; the caller closes it. */
    Entente over(ManagedChannel channel) {
        Entente.Builder builder =
                Entente.builder(channel).stream(false).callTimeout(ATTEMPT).retryFor(RETRY_FOR);
        ledgerAddresses.forEach(builder::participant);
        return builder.build();
    }

    /** Returns the connection of this number, for an operator or a client without an SDK. */
    OperatorClient coordinator(int number) {
        return desks.get(Math.floorMod(number, desks.size()));
    }

    /** Returns the coordinators' addresses, separated by commas, for a participant that is also a client. */
    String addresses() {
        return String.join(",", addresses);
    }

    /** Returns the ledgers' addresses, by name. */
    Map<String, String> ledgers() {
        return ledgerAddresses;
    }

    /** Returns the database for the local transactions of a client that publishes from {@code ledger}. */
    DataSource ownDatabase(String ledger) {
        return Objects.requireNonNull(ownDatabases.get(ledger), ledger);
    }

    private static Entente.Builder builder(
            String coordinators, List<Ledger> ledgers, Duration attempt, Duration retryFor) {
        Entente.Builder builder =
                Entente.builder(coordinators).callTimeout(attempt).retryFor(retryFor);
        ledgers.forEach(ledger -> builder.participant(ledger.name(), ledger.address()));
        return builder;
    }

    /** Returns a random coordinator's client. */
    Entente any() {
        return coordinators.get(ThreadLocalRandom.current().nextInt(coordinators.size()));
    }

    /** Returns the client of this number, modulo the number of coordinators. */
    public Entente get(int number) {
        return coordinators.get(Math.floorMod(number, coordinators.size()));
    }

    @Override
    public void close() {
        coordinators.forEach(Entente::close);
        desks.forEach(OperatorClient::close);
        ownDatabases.values().forEach(HikariDataSource::close);
    }
}
