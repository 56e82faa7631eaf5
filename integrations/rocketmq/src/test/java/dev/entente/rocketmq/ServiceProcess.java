package dev.entente.rocketmq;

import dev.entente.participant.Barrier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.util.List;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.postgresql.ds.PGSimpleDataSource;

/** A service in its own process that dies before its local commit or before its response to the broker. */
final class ServiceProcess {
    static final String GROUP = "service";

    private ServiceProcess() {}

    /** Runs one transactional message and dies before its completion. */
    public static void main(String[] args) throws Exception {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setUrl(args[0]);
        database.setUser("postgres");
        boolean beforeCommit = args[4].equals("before-commit");
        TransactionMQProducer producer = new TransactionMQProducer(GROUP) {
            @Override
            public void setTransactionListener(TransactionListener listener) {
                super.setTransactionListener(new DyingListener(listener));
            }
        };
        producer.setNamesrvAddr(args[1]);
        RocketTransactions rocket = RocketTransactions.open(producer, List.of(args[2]), database, Barrier.postgres());
        rocket.run(
                RocketMessage.to(args[2], args[3].getBytes(StandardCharsets.UTF_8))
                        .id(args[3]),
                connection -> {
                    try (PreparedStatement insert = connection.prepareStatement("insert into placed values (?)")) {
                        insert.setString(1, args[3]);
                        insert.executeUpdate();
                    }
                    if (beforeCommit) {
                        die();
                    }
                    return args[3];
                });
    }

    /** Kills the process after the local commit, before any response to the broker. */
    private record DyingListener(TransactionListener listener) implements TransactionListener {
        @Override
        public LocalTransactionState executeLocalTransaction(Message half, Object local) {
            LocalTransactionState state = listener.executeLocalTransaction(half, local);
            die();
            return state;
        }

        @Override
        public LocalTransactionState checkLocalTransaction(MessageExt half) {
            return LocalTransactionState.UNKNOW;
        }
    }

    /** Stops the process like kill -9: no hook runs, no connection is closed. */
    private static void die() {
        Runtime.getRuntime().halt(137);
    }

    /** Runs the process until its death and returns the exit status. */
    static int runAndDie(String jdbcUrl, String nameServer, String topic, String id, String when)
            throws IOException, InterruptedException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ServiceProcess.class.getName(),
                        jdbcUrl,
                        nameServer,
                        topic,
                        id,
                        when)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
