package dev.entente.stories.service;

import dev.entente.eventstore.Aggregates;
import dev.entente.eventstore.EventStore;
import dev.entente.eventstore.Loaded;
import dev.entente.eventstore.PlacedEvent;
import dev.entente.eventstore.Projection;
import dev.entente.eventstore.ProjectionRunner;
import dev.entente.eventstore.StoredEvent;
import dev.entente.eventstore.WrongVersion;
import dev.entente.rig.SqlDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * One of two processes: changes users' balances, or keeps a table of all balances as a projection of the users' events.
 */
@Command(name = "balances")
public final class BalanceWorker extends WorkerCommand {
    /** The projection's name. */
    public static final String LIST = "balance-list";

    /** The statement that creates the projection's table. */
    public static final String TABLE = """
        create table balance_list (generation bigint not null, id text not null, cents bigint not null,
          events bigint not null, primary key (generation, id))
        """;

    /** Reads the generation in the same statement, so that a query never sees a partial rebuild. */
    public static final String LIVE = " from balance_list where generation = (select generation from entente_projection"
            + " where name = 'balance-list' and state = 'LIVE')";

    private static final Logger LOG = LoggerFactory.getLogger(BalanceWorker.class);
    private static final Duration POLL = Duration.ofMillis(20);
    private static final int THREADS = 4;
    private static final int USERS = 12;

    @Option(names = "--part", required = true, description = "list or write.")
    private String part = "";

    BalanceWorker() {}

    /** Works until the process is killed. */
    public static void main(String[] arguments) {
        run(new BalanceWorker(), arguments);
    }

    @Override
    void begin(DataSource database) {
        if (part.equals("list")) {
            ProjectionRunner.start(list(EventStore.postgres(), isFaulty()), database, POLL);
            return;
        }
        Aggregates<User, UserEvent> users = User.in(EventStore.postgres());
        for (int i = 0; i < THREADS; i++) {
            Random random = new Random(seed() + i);
            Thread.ofPlatform().daemon().start(() -> {
                while (true) {
                    change(database, users, random);
                }
            });
        }
    }

    /** Loads a user and changes the balance in one transaction. One in ten transactions is rolled back. */
    private static void change(DataSource database, Aggregates<User, UserEvent> users, Random random) {
        String id = "u-" + random.nextInt(USERS);
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            Loaded<User> user = users.load(connection, id);
            users.append(
                    connection,
                    user,
                    user.version() == 0
                            ? List.of(new UserEvent.Created(id))
                            : List.of(
                                    new UserEvent.BalanceUpdated(random.nextInt(1000)),
                                    new UserEvent.BalanceUpdated(-random.nextInt(500))));
            if (random.nextInt(10) == 0) {
                connection.rollback();
            } else {
                connection.commit();
            }
        } catch (WrongVersion late) {
            LOG.debug("another append was first: {}", late.getMessage());
        } catch (SQLException failure) {
            LOG.warn("the change failed: {}", failure.getMessage());
        }
    }

    /** @param isFaulty true to process some events twice */
    public static Projection list(EventStore store, boolean isFaulty) {
        return Projection.in(
                store,
                LIST,
                (connection, generation, placed) -> take(connection, generation, placed, isFaulty),
                BalanceWorker::clear);
    }

    private static void take(Connection connection, long generation, PlacedEvent placed, boolean isFaulty)
            throws SQLException {
        StoredEvent event = placed.event();
        String sql = """
            insert into balance_list (generation, id, cents, events) values (?, ?, ?, 1)
            on conflict (generation, id) do update
            set cents = balance_list.cents + excluded.cents, events = balance_list.events + 1
            """;
        long cents = UserEvent.TYPES.read(event) instanceof UserEvent.BalanceUpdated updated ? updated.cents() : 0;
        for (int times = isFaulty && placed.position() % 50 == 0 ? 2 : 1; times > 0; times--) {
            SqlDatabase.update(connection, sql, generation, event.stream(), cents);
        }
    }

    private static int clear(Connection connection, long generation, int limit) throws SQLException {
        String sql = """
            delete from balance_list where ctid = any (array(
              select ctid from balance_list where generation = ? limit ?))
            """;
        return SqlDatabase.update(connection, sql, generation, limit);
    }
}
