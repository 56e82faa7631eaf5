package dev.entente.lab.service;

import dev.entente.eventstore.Aggregates;
import dev.entente.eventstore.EventStore;
import dev.entente.eventstore.Loaded;
import dev.entente.eventstore.WrongVersion;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/** Loads users and changes their balances, several at once, each in a transaction that now and then is rolled back. */
@Command(name = "user-events")
final class UserEventsWorker extends WorkerCommand {
    private static final Logger LOG = LoggerFactory.getLogger(UserEventsWorker.class);
    private static final int THREADS = 4;
    private static final int USERS = 12;

    /** Works until it is killed. */
    public static void main(String[] arguments) {
        run(new UserEventsWorker(), arguments);
    }

    @Override
    void begin(DataSource database) {
        Aggregates<User, UserEvent> users = User.in(EventStore.postgres());
        for (int i = 0; i < THREADS; i++) {
            Random random = new Random(seed() + i);
            Thread.ofPlatform().daemon().start(() -> {
                while (true) {
                    step(database, users, random);
                }
            });
        }
    }

    private static void step(DataSource database, Aggregates<User, UserEvent> users, Random random) {
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
            LOG.debug("another one was first: {}", late.getMessage());
        } catch (SQLException failure) {
            LOG.warn("not done: {}", failure.getMessage());
        }
    }
}
