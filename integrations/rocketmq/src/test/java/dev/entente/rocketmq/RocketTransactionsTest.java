package dev.entente.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.RocketBroker;
import dev.entente.jdbc.LocalTransaction;
import dev.entente.participant.Barrier;
import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** Tests that a message is sent if and only if its local transaction commits, also after crashes. */
class RocketTransactionsTest {
    private static RocketBroker broker;
    private static PGSimpleDataSource database;

    @BeforeAll
    static void start() throws Exception {
        broker = RocketBroker.running();
        database = TestDatabase.schema("half");
        Barrier.postgres().createTable(database);
        TestDatabase.run(database, "create table placed (id text primary key)");
    }

    @Test
    void a_message_is_sent_on_commit_and_not_on_rollback() throws Exception {
        broker.createTopic("simple", 4);
        try (RocketTransactions rocket = open("simple", "simple");
                SeenMessages seen = new SeenMessages(broker, "simple")) {
            String result = rocket.run(message("simple", "no-1").header("x-kind", "placed"), place("no-1"));
            assertThatThrownBy(() -> rocket.run(message("simple", "no-2"), connection -> {
                        place("no-2").run(connection);
                        throw new IOException("no");
                    }))
                    .isInstanceOf(IOException.class);
            rocket.run(message("simple", "no-3"), place("no-3"));
            assertThatThrownBy(() -> rocket.run(message("simple", "no-3"), place("no-4")))
                    .isInstanceOf(IdTaken.class)
                    .hasMessageContaining("was run before");

            assertThat(result).isEqualTo("no-1");
            await().until(() -> seen.ids().equals(Set.of("no-1", "no-3")));
            assertThat(seen.all())
                    .filteredOn(sent -> SeenMessages.id(sent).equals("no-1"))
                    .isNotEmpty() // a check-back during the commit may store a message twice
                    .allSatisfy(sent -> {
                        assertThat(sent.getUserProperty("x-kind")).isEqualTo("placed");
                        assertThat(sent.getUserProperty("entente-gid")).isEqualTo("no-1");
                        assertThat(sent.getKeys()).isEqualTo("no-1");
                    });
        }
        assertThat(rows("no-2") + rows("no-4")).isZero();
    }

    @Test
    @Tag("deep")
    @Tag("rocketmq")
    void the_check_back_sends_the_message_of_a_service_that_dies_after_its_commit() throws Exception {
        broker.createTopic("dying", 4);
        String url = database.getUrl();
        assertThat(ServiceProcess.runAndDie(url, broker.nameServer(), "dying", "dead-1", "after-commit"))
                .isEqualTo(137);
        assertThat(ServiceProcess.runAndDie(url, broker.nameServer(), "dying", "dead-2", "before-commit"))
                .isEqualTo(137);
        assertThat(rows("dead-1")).isOne();
        try (SeenMessages seen = new SeenMessages(broker, "dying");
                RocketTransactions rocket = open(ServiceProcess.GROUP, "dying")) {
            await().until(() -> seen.ids().contains("dead-1"));
            await().until(() -> isForbidden("dead-2"));

            assertThatThrownBy(() -> rocket.run(message("dying", "dead-2"), place("dead-2")))
                    .isInstanceOf(IdTaken.class)
                    .hasMessageContaining("the broker asked before");
            rocket.run(message("dying", "dead-3"), place("dead-3"));
            await().until(() -> seen.ids().contains("dead-3"));
            assertThat(seen.ids()).containsExactly("dead-1", "dead-3");
        }
        assertThat(rows("dead-2")).isZero();
    }

    @Test
    @Tag("deep")
    @Tag("rocketmq")
    void a_broker_killed_after_the_half_message_checks_back_after_its_restart() throws Exception {
        broker.createTopic("killed", 4);
        try (RocketTransactions rocket = open("killed", "killed");
                SeenMessages seen = new SeenMessages(broker, "killed")) {
            rocket.run(message("killed", "killed-1"), connection -> {
                rollBackAndKill(rocket);
                return place("killed-1").run(connection);
            });
            assertThatThrownBy(() -> rocket.run(message("killed", "away"), place("away")))
                    .isInstanceOf(RocketUnavailable.class);
            broker.start();
            await().until(() -> seen.ids().contains("killed-1"));
            await().until(() -> isForbidden("taken-back"));
            rocket.run(message("killed", "killed-2"), place("killed-2"));
            await().until(() -> seen.ids().contains("killed-2"));
            assertThat(seen.ids()).containsExactly("killed-1", "killed-2");
        } finally {
            broker.start();
        }
        assertThat(rows("killed-1")).isOne();
        assertThat(rows("away") + rows("taken-back")).isZero();
    }

    private static void rollBackAndKill(RocketTransactions rocket) {
        assertThatThrownBy(() -> rocket.run(message("killed", "taken-back"), connection -> {
                    place("taken-back").run(connection);
                    broker.kill();
                    throw new SQLException("no");
                }))
                .hasMessage("no");
    }

    @Test
    @Tag("deep")
    @Tag("rocketmq")
    void a_check_back_before_the_commit_prevents_the_commit() throws Exception {
        broker.createTopic("late", 1);
        TransactionMQProducer producer = new TransactionMQProducer("late") {
            @Override
            public void setTransactionListener(TransactionListener listener) {
                super.setTransactionListener(new CheckedListener(listener));
            }
        };
        producer.setNamesrvAddr(broker.nameServer());
        pollOften(producer);
        try (RocketTransactions rocket =
                RocketTransactions.open(producer, List.of("late"), database, Barrier.postgres())) {
            assertThatThrownBy(() -> rocket.run(message("late", "late-1"), place("late-1")))
                    .isInstanceOf(IdTaken.class);
        }
        assertThat(rows("late-1")).isZero();
    }

    /** Delays the local transaction until the broker's check-back has its response. */
    private static final class CheckedListener implements TransactionListener {
        private final TransactionListener listener;
        private volatile boolean wasChecked;

        CheckedListener(TransactionListener listener) {
            this.listener = listener;
        }

        @Override
        public LocalTransactionState executeLocalTransaction(Message half, Object local) {
            await().until(() -> wasChecked);
            return listener.executeLocalTransaction(half, local);
        }

        @Override
        public LocalTransactionState checkLocalTransaction(MessageExt half) {
            LocalTransactionState state = listener.checkLocalTransaction(half);
            wasChecked = true;
            return state;
        }
    }

    private static RocketTransactions open(String group, String topic) {
        TransactionMQProducer producer = new TransactionMQProducer(group);
        producer.setNamesrvAddr(broker.nameServer());
        pollOften(producer);
        return RocketTransactions.open(producer, List.of(topic), database, Barrier.postgres());
    }

    /** Shortens the polling interval from its default of 30 s: the client finds a restarted broker soon. */
    static void pollOften(ClientConfig client) {
        client.setHeartbeatBrokerInterval(1000);
        client.setPollNameServerInterval(1000);
    }

    private static RocketMessage message(String topic, String id) {
        return RocketMessage.to(topic, new byte[] {1, 2, 3}).id(id);
    }

    private static LocalTransaction.Work<String, SQLException> place(String id) {
        return connection -> {
            try (PreparedStatement insert = connection.prepareStatement("insert into placed values (?)")) {
                insert.setString(1, id);
                insert.executeUpdate();
            }
            return id;
        };
    }

    private static long rows(String id) throws SQLException {
        return TestDatabase.number(database, "select count(*) from placed where id = '" + id + "'");
    }

    private static boolean isForbidden(String id) throws SQLException {
        long forbidden = TestDatabase.number(
                database, "select count(*) from entente_barrier where gid = '" + id + "' and verdict = 'undone'");
        return forbidden == 1;
    }
}
