package dev.entente.lab.service;

import dev.entente.statemachine.TransitionRefused;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/** Creates orders and lets random events happen to them, several at once. */
@Command(name = "order-lives")
final class OrderLivesWorker extends WorkerCommand {
    private static final Logger LOG = LoggerFactory.getLogger(OrderLivesWorker.class);
    private static final int THREADS = 6;
    private static final int OPEN_ORDERS = 30;
    private static final String OPEN =
            "select id from entente_state where state not in ('DELIVERED', 'CANCELLED') limit " + OPEN_ORDERS;

    /** Works until it is killed. */
    public static void main(String[] arguments) {
        run(new OrderLivesWorker(), arguments);
    }

    @Override
    void begin(DataSource database) {
        OrderLives lives = new OrderLives(database, lies());
        for (int i = 0; i < THREADS; i++) {
            Random random = new Random(seed() + i);
            Thread.ofPlatform().daemon().start(() -> {
                while (true) {
                    step(database, lives, random);
                }
            });
        }
    }

    private static void step(DataSource database, OrderLives lives, Random random) {
        try {
            Optional<String> order = any(database, random);
            if (order.isEmpty()) {
                lives.create("o-" + new UUID(random.nextLong(), System.nanoTime()));
            } else {
                lives.happen(order.get(), OrderEvent.any(random));
            }
        } catch (TransitionRefused refused) {
            LOG.debug("refused: {}", refused.getMessage());
        } catch (SQLException failure) {
            LOG.warn("not done: {}", failure.getMessage());
        }
    }

    /** One of those that are open; empty where there are few, and now and then. */
    private static Optional<String> any(DataSource database, Random random) throws SQLException {
        int which = random.nextInt(OPEN_ORDERS);
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(OPEN)) {
            while (rows.next()) {
                if (which-- == 0) {
                    return Optional.of(rows.getString(1));
                }
            }
            return Optional.empty();
        }
    }
}
